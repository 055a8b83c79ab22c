import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendSample, type SampleLedger, sampleLedger, sampleRecord } from '../../../test/ledger-sample.ts';
import { anchorRecord } from '../../anchors/index.ts';
import { timestampQuery } from '../../anchors/rfc3161.ts';
import { openCheckpoint } from '../../core/tlog/checkpoint.ts';
import { realDisk } from '../disk.ts';
import { AuthenticTree, provenEntry } from '../prove.ts';
import { LedgerReader } from '../reader.ts';
import { staticTree } from '../static-tree.ts';
import { policyOf } from '../verdict.ts';
import { detachedIn } from './detached.ts';
import { evidenceOut } from './evidence-file.ts';
import { exportEvidence } from './export.ts';
import { filesIn, listAnew, verify } from './fixtures/evidence.ts';

let base = '';
let sample: SampleLedger;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'spoor-export-large-'));
  sample = await sampleLedger(join(base, 'ledger'));
}, 60_000);
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
  await exportEvidence(reader, out, { wanted, policy: policyOf([sample.key]), detached: detachedIn(disk) });
  await out.finish();
  await reader.close();
  return path;
}

const CONFIG = `
[req]
distinguished_name = dn
prompt = no
[dn]
CN = tsa.example
[ca]
basicConstraints = critical,CA:TRUE
[ext]
extendedKeyUsage = critical,timeStamping
[tsa1]
dir = .
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
`;

/** A time stamp of an authority made for this test; its certificate is `ca.pem`. */
function stamped(folder: string, checkpoint: string): Buffer {
  mkdirSync(folder);
  const openssl = (line: string) => execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'pipe' });
  writeFileSync(join(folder, 'tsa.cnf'), CONFIG);
  writeFileSync(join(folder, 'serial'), '01\n');
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config tsa.cnf';
  openssl(`req -x509 ${key} -keyout ca.key -out ca.pem -days 2 -extensions ca -subj /CN=ca.example`);
  openssl(`req ${key} -keyout tsa.key -out tsa.csr`);
  openssl(
    'x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile tsa.cnf -extensions ext -out tsa.pem',
  );
  const digest = execFileSync('openssl', ['dgst', '-sha256', '-binary'], { input: checkpoint });
  writeFileSync(join(folder, 'q.tsq'), timestampQuery(digest, Buffer.of(7)));
  openssl('ts -reply -config tsa.cnf -section tsa1 -queryfile q.tsq -out r.tsr');
  return readFileSync(join(folder, 'r.tsr'));
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
}, 60_000);

test('a time stamp is checked with the authority’s certificate', async () => {
  const checkpoint = (await sample.ledger.seal()) ?? '';
  const size = checkpoint.split('\n')[1] ?? '';
  const tsa = join(base, 'tsa');
  const kept = { ending: 'tsr', bytes: stamped(tsa, checkpoint), seconds: 1_767_330_000 };
  const place = { kind: 'rfc3161', place: 'https://tsa.example/', keep: async () => kept };
  await sample.ledger.note('anchor', { kind: 'rfc3161', size }, anchorRecord(checkpoint, place, kept));
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
}, 60_000);

test('an erasable record comes with its payload, as the ledger keeps it', async () => {
  const { first } = await sample.ledger.appendErasable([{ ...sampleRecord(1501), stream: 'people' }]);
  await sample.ledger.seal();
  const path = await exported(first, first, 'erasable');
  expect(readFileSync(join(path, `records/${first}.payload`))).toEqual(sampleRecord(1501).bytes);
  const { status, stdout } = verify(path);
  expect([status, stdout.includes('holds a hash only')]).toEqual([0, false]);
});
