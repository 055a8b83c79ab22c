import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dyingDisk } from '../../../test/dying-disk.ts';
import {
  appendSample,
  openSample,
  SAMPLE_ORIGIN,
  type SampleLedger,
  sampleLedger,
  sampleRecord,
} from '../../../test/ledger-sample.ts';
import { realDisk } from '../disk.ts';
import { prune } from '../keep/prune.ts';
import { notesPath, PACK_RECORDS, packPath } from '../pack.ts';
import { LedgerReader } from '../reader.ts';
import { parseRecord } from '../record.ts';
import { type Expected, policyOf } from '../verdict.ts';
import { verifyFolder } from '../verify-folder.ts';
import { readingDisk, sealedFiles, writingDisk } from './at-rest.ts';
import { addKey, type Keyring, makeKeyFile, readKeyFile, restKey } from './keyring.ts';
import { rewriteFolder } from './rewrite.ts';
import { SealedDisk } from './sealed-disk.ts';

const FULL = process.env['SPOOR_FULL'] === '1';
const FIXTURE = new URL('./fixtures/rewriting.ts', import.meta.url).pathname;
const base = mkdtempSync(join(tmpdir(), 'spoor-rewrite-'));
const none = join(base, 'none');
const keyFile = join(base, 'keys');
let sample: SampleLedger;
let expected: Expected;
let first: Keyring;
afterAll(() => rmSync(base, { recursive: true, force: true }));

const ringOf = () => readKeyFile(keyFile, none);

async function expectWhole(folder: string, keys: Keyring, remarks: readonly unknown[] = []): Promise<void> {
  const verdict = await verifyFolder(folder, expected, keys);
  expect([verdict.problems, verdict.unchecked, verdict.remarks]).toEqual([[], null, remarks]);
}

beforeAll(async () => {
  makeKeyFile(keyFile, none, restKey(Buffer.alloc(32, 1)));
  first = ringOf();
  // A pack in plain; then encryption begins, and a second pack.
  sample = await sampleLedger(join(base, 'ledger'));
  await appendSample(sample.ledger, PACK_RECORDS + 10);
  await sample.ledger.seal();
  await sample.ledger.pack();
  await sample.ledger.close();
  const ledger = await openSample(sample.folder, 7, keyFile);
  await appendSample(ledger, PACK_RECORDS, PACK_RECORDS);
  await ledger.seal();
  expect(await ledger.pack()).toBe(1);
  await ledger.seal();
  await ledger.close();
  expected = { policy: policyOf([sample.key]), remembered: [], pauseMs: 0 };
});

describe('old plain packs beside encrypted ones', () => {
  test('are read and verified together, and it is told', async () => {
    await expectWhole(sample.folder, first, ['2 files are not encrypted at rest yet: spoor ledger encrypt goes on']);
    expect((await sealedFiles(sample.folder)).plain).toEqual([packPath(0), notesPath(0)]);
    const reader = await LedgerReader.open(readingDisk(sample.folder, SAMPLE_ORIGIN, first));
    for (const index of [5, PACK_RECORDS + 5, 2 * PACK_RECORDS + 2])
      expect(parseRecord(await reader.entry(index)).kind).toMatch(/raw|conf/);
    await reader.close();
  });

  test('nothing is written in plain again: without the key, or without the file that says so, no writer opens it', async () => {
    await expect(writingDisk(sample.folder, SAMPLE_ORIGIN, { keyFile: null })).rejects.toMatchObject({
      code: 'E_UNREADABLE',
      message: expect.stringContaining('is encrypted at rest with the key'),
    });
    const folder = join(base, 'unmarked');
    cpSync(sample.folder, folder, { recursive: true });
    rmSync(join(folder, 'at-rest'));
    await expect(writingDisk(folder, SAMPLE_ORIGIN, { keyFile })).rejects.toMatchObject({
      code: 'E_TAMPERED',
      message: expect.stringContaining('somebody took it away'),
    });
    const plain = await sampleLedger(join(base, 'plain'));
    await plain.ledger.close();
    await expect(writingDisk(plain.folder, SAMPLE_ORIGIN, { keyFile })).rejects.toMatchObject({ code: 'E_USAGE' });
    const other = join(base, 'other-keys');
    makeKeyFile(other, none, restKey(Buffer.alloc(32, 9)));
    await expect(writingDisk(sample.folder, SAMPLE_ORIGIN, { keyFile: other })).rejects.toThrow(
      /which the key file does not have/,
    );
  });
});

describe('a new key', () => {
  let rotated = '';

  test('is used from then on; old files stay under theirs until they are written anew', async () => {
    rotated = join(base, 'rotated');
    cpSync(sample.folder, rotated, { recursive: true });
    addKey(keyFile, rotated, restKey(Buffer.alloc(32, 2)));
    const ledger = await openSample(rotated, 7, keyFile);
    await appendSample(ledger, 20);
    await ledger.seal();
    await ledger.close();
    const [newest, older] = ringOf().keys.map(({ id }) => id);
    await expectWhole(rotated, ringOf(), [
      '2 files are not encrypted at rest yet: spoor ledger encrypt goes on',
      expect.stringContaining(`2 files are encrypted with the older key ${older}`),
    ]);
    const { sealed } = await sealedFiles(rotated);
    expect(sealed.filter(({ id }) => id === newest).map(({ path }) => path)).toEqual(['wal/0000000000131072.wal']);
    const old = await verifyFolder(rotated, expected, first);
    expect([old.problems, old.unchecked]).toEqual([[], expect.stringContaining(`has only ${older}`)]);
  });

  test('a rewrite dies at any call to the disk: nothing is lost, and the next one goes on', async () => {
    const keys = ringOf();
    const { id } = keys.newest;
    const folder = join(base, 'dying');
    cpSync(rotated, folder, { recursive: true });
    const died = async (at: number) => {
      const { disk, calls } = dyingDisk(realDisk(folder), at, () => {
        throw new Error('killed');
      });
      const sealed = new SealedDisk(disk, { origin: SAMPLE_ORIGIN, keys, random: randomBytes });
      await rewriteFolder(folder, sealed, id).catch((error: Error) => expect(error.message).toBe('killed'));
      return calls();
    };
    // Each life gets one call further within the file that it is at.
    for (let at = 0; (await died(at)) === at; at += 1) {
      const reader = await LedgerReader.open(readingDisk(folder, SAMPLE_ORIGIN, keys));
      for (const index of [0, PACK_RECORDS - 1, PACK_RECORDS, 2 * PACK_RECORDS - 1]) await reader.entry(index);
      await reader.close();
      if (FULL || at % 12 === 3) expect((await verifyFolder(folder, expected, keys)).problems).toEqual([]);
    }
    await expectWhole(folder, keys);
    expect((await sealedFiles(folder)).sealed.every((one) => one.id === id)).toBe(true);
    expect(statSync(join(folder, packPath(0))).mode & 0o777).toBe(0o440);
    expect(readFileSync(join(folder, packPath(0)))).not.toEqual(readFileSync(join(rotated, packPath(0))));
  });

  test('a rewrite is killed with SIGKILL, and goes on', async () => {
    const folder = join(base, 'killed');
    cpSync(rotated, folder, { recursive: true });
    for (const left of ['pack/00000009.json.new', 'wal/0000000000000000.wal.new'])
      writeFileSync(join(folder, left), 'in plain');
    const run = (at: number) =>
      spawnSync(process.execPath, ['--import', 'tsx', FIXTURE, folder, keyFile, String(at)], { encoding: 'utf8' });
    let kills = 0;
    // Each goes on where the last was killed: in the end one has fewer calls left than it may make.
    for (const at of FULL ? Array.from({ length: 100 }, (_, nth) => nth) : [5, 8]) {
      const { signal, status, stderr } = run(at);
      expect([signal, status, stderr]).toEqual(signal === null ? [null, 0, ''] : ['SIGKILL', null, expect.anything()]);
      if (signal === null) break;
      kills += 1;
      expect((await verifyFolder(folder, expected, ringOf())).problems).toEqual([]);
    }
    expect(kills).toBeGreaterThanOrEqual(FULL ? 8 : 2);
    expect(run(100_000)).toMatchObject({ status: 0, stderr: '' });
    await expectWhole(folder, ringOf()); // without a word of files that were left
  });
});

test('an encrypted ledger is pruned: a part of a pack, and of the log file; what stays is encrypted', async () => {
  const folder = join(base, 'pruned');
  cpSync(sample.folder, folder, { recursive: true });
  const onlyFirst = join(base, 'first-key');
  makeKeyFile(onlyFirst, folder, first.newest);
  const ledger = await openSample(folder, 7, onlyFirst);
  await ledger.note('conf', {}, Buffer.from('retention=P1D\n'));
  await appendSample(ledger, 1000, 200_000_000); // days later
  const disk = readingDisk(folder, SAMPLE_ORIGIN, first);
  const writing = new SealedDisk(realDisk(folder), { origin: SAMPLE_ORIGIN, keys: first, random: randomBytes });
  const nowUs = sampleRecord(200_000_000).receivedAtUs;
  const { gone } = await prune({ disk: writing, trust: expected.policy, ledger, who: 'me', nowUs });
  await ledger.seal();
  await ledger.close();
  expect(gone).toBeGreaterThan(PACK_RECORDS);
  const verdict = await verifyFolder(folder, expected, first);
  expect([verdict.problems, verdict.unchecked, verdict.minimum]).toEqual([[], null, gone]);
  expect(await sealedFiles(folder)).toMatchObject({ plain: [], unreadable: [] });
  const reader = await LedgerReader.open(disk);
  expect(await reader.minimum()).toBe(gone);
  await reader.close();
});
