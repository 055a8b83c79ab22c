import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendSample, type SampleLedger, sampleLedger, sampleRecord } from '../../../test/ledger-sample.ts';
import { timestampAuthority } from '../../../test/timestamp-authority.ts';
import { anchorRecord } from '../../anchors/index.ts';
import { timestampQuery } from '../../anchors/rfc3161.ts';
import { openCheckpoint } from '../../core/tlog/checkpoint.ts';
import { realDisk } from '../disk.ts';
import { AuthenticTree, provenEntry } from '../prove.ts';
import { LedgerReader } from '../reader.ts';
import { staticTree } from '../static-tree.ts';
import { policyOf } from '../verdict.ts';
import { evidenceOut } from './evidence-file.ts';
import { exportEvidence } from './export.ts';
import { filesIn, listAnew, verify } from './fixtures/evidence.ts';

let base = '';
let sample: SampleLedger;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'spoor-export-large-'));
  sample = await sampleLedger(join(base, 'ledger'));
});
afterAll(async () => {
  await sample.ledger.close();
  rmSync(base, { recursive: true, force: true });
});

async function exported(first: number, last: number, name: string) {
  const path = join(base, name);
  const out = await evidenceOut(path);
  const disk = realDisk(sample.folder);
  const reader = await LedgerReader.open(disk);
  const wanted = { range: { first, last }, stream: null, sinceUs: null, untilUs: null };
  await exportEvidence(reader, out, { wanted, policy: policyOf([sample.key]) });
  await out.finish();
  await reader.close();
  return path;
}

/** A time stamp of an authority made for this test; its certificate is `ca.pem`. */
function stamped(folder: string, checkpoint: string): Buffer {
  const digest = hash('sha256', checkpoint, 'buffer');
  return timestampAuthority(folder).reply(timestampQuery(digest, Buffer.of(7)));
}

test('a long range comes with its part of the tree, and no neighbour’s record', async () => {
  await appendSample(sample.ledger, 1500);
  await sample.ledger.seal();
  const path = await exported(200, 1290, 'long');
  const names = filesIn(path);
  expect(names.filter((name) => name.startsWith('tree/tile/entries'))).toEqual(
    ['001', '002', '003', '004'].map((n) => `tree/tile/entries/${n}`),
  );
  const tree = staticTree(join(path, 'tree'));
  const { size, root } = openCheckpoint((await tree.checkpoint()) ?? '', [sample.key], sample.key.name);
  const authentic = await AuthenticTree.open(tree, Number(size), root);
  for (const index of [256, 700, 1279])
    expect(await provenEntry(tree, authentic, index)).toEqual(readFileSync(join(path, `records/${index}.bin`)));
  for (const index of [200, 1290]) await authentic.prove(index, readFileSync(join(path, `records/${index}.bin`)));
});

test('a time stamp is checked with the authority’s certificate', async () => {
  const checkpoint = (await sample.ledger.seal()) ?? '';
  const tsa = join(base, 'tsa');
  const kept = { ending: 'tsr', bytes: stamped(tsa, checkpoint), seconds: 1_767_330_000 };
  const place = { kind: 'rfc3161', place: 'https://tsa.example/', keep: async () => kept };
  await sample.ledger.note(...anchorRecord(checkpoint, place, kept));
  await sample.ledger.seal();
  const path = await exported(3, 4, 'stamped');
  const stamp = filesIn(path).find((name) => name.endsWith('.tsr')) ?? '';
  expect(verify(path)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('NOT CHECKED: that needs the auth'),
  });
  const withCa = (ca: string) =>
    spawnSync('sh', [join(path, 'verify.sh')], { env: { ...process.env, TSA_CA: join(tsa, ca) }, encoding: 'utf8' });
  expect(withCa('ca.pem')).toMatchObject({ status: 0, stdout: expect.stringContaining('the authority stamped it at') });
  expect(withCa('tsa.cnf').status).toBe(1);
  const changed = readFileSync(join(path, stamp));
  changed[changed.length - 9] = (changed[changed.length - 9] as number) ^ 1;
  writeFileSync(join(path, stamp), changed);
  listAnew(path);
  expect(withCa('ca.pem')).toMatchObject({ status: 1, stdout: expect.stringContaining('no time stamp') });
});

test('each erasable record comes with its payload, as the ledger keeps it', async () => {
  const records = Array.from({ length: 300 }, (_, nth) => ({ ...sampleRecord(1501 + nth), stream: 'people' }));
  const { first, last } = await sample.ledger.appendErasable(records);
  await sample.ledger.seal();
  const all = await exported(first, last, 'erasables');
  const payloads = records.map((_, nth) => readFileSync(join(all, `records/${first + nth}.payload`)));
  expect(payloads).toEqual(records.map(({ bytes }) => bytes));
  const path = await exported(first, first, 'erasable');
  const { status, stdout } = verify(path);
  expect([status, stdout.includes('holds a hash only')]).toEqual([0, false]);
});
