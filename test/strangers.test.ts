import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cosign } from '../src/core/tlog/checkpoint.ts';
import {
  COSIGNATURE,
  formatNote,
  formatSecret,
  formatVerifierKey,
  parseSecret,
  publicKeyOf,
  rawPublic,
  splitNote,
  type VerifierKey,
  verifierKey,
} from '../src/core/tlog/note.ts';
import { realDisk } from '../src/ledger/disk.ts';
import { PACK_RECORDS } from '../src/ledger/pack.ts';
import { formatTlogProof } from '../src/ledger/proof-text.ts';
import { AuthenticTree, provenEntry } from '../src/ledger/prove.ts';
import { LedgerReader } from '../src/ledger/reader.ts';
import { writeStaticTree } from '../src/ledger/static-tree.ts';
import { AGED, AGED_US, DAY_US, openAged } from './aged-ledger.ts';
import { appendSample, type SampleLedger, sampleLedger } from './ledger-sample.ts';
import { freshDisks, grow, pruning, STRICT } from './small-ledger.ts';
import { goProgram, goWithMod, has, ran, skipped, unpackedFolder } from './strangers-tools.ts';
import { TestLog } from './test-log.ts';

// Programs of others verify a ledger that we made: `strangers-tools.ts` says where they come from.

const SHARED = new URL('../../shared/ledger/verifiers/', import.meta.url).pathname;
const NEWER = new URL('./strangers/newer/main.go', import.meta.url).pathname;

let base = '';
let sample: SampleLedger;
let tree = '';
let vkey = '';
let reader: LedgerReader;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'spoor-strangers-'));
  sample = await sampleLedger(join(base, 'ledger'));
  await appendSample(sample.ledger, PACK_RECORDS + 4464);
  await sample.ledger.seal();
  await sample.ledger.pack();
  await sample.ledger.seal();
  await sample.ledger.close();
  vkey = formatVerifierKey(sample.key);
  reader = await LedgerReader.open(realDisk(sample.folder));
  tree = join(base, 'tree');
  await writeStaticTree(reader, tree, [sample.key]);
});

afterAll(async () => {
  await reader.close();
  rmSync(base, { recursive: true, force: true });
});

describe('golang.org/x/mod/sumdb', () => {
  const main = join(SHARED, 'goverify', 'main.go');
  let program: string | null = null;

  beforeAll(() => {
    if (!existsSync(main)) return skipped('golang.org/x/mod: ../shared/ledger/verifiers is not here');
    const scratch = join(base, 'go');
    const env = goWithMod(scratch);
    if (env === null)
      return skipped(
        'golang.org/x/mod: no Go is here (apt-get install golang-go golang-golang-x-mod-dev, or setup.sh)',
      );
    program = goProgram('goverify', main, scratch, env);
    if (program !== null) ran('golang.org/x/mod/sumdb');
  }, 1_200_000);

  test('accepts the ledger as a static tree, and no other', ({ skip }) => {
    const built = program;
    if (built === null) return skip();
    const run = () =>
      spawnSync(built, [vkey, tree, '0', '255', '256', '65535', '65536', '70000'], { encoding: 'utf8' });
    const good = run();
    expect(good.stderr).toBe('');
    expect(good.stdout).toContain('root recomputed from all entries: equal');
    expect(good.stdout).toContain('all hash tiles equal');
    expect(good.stdout).toContain('index 70000: inclusion ok');
    const path = join(tree, 'tile/entries/000');
    const bytes = readFileSync(path);
    const changed = Buffer.from(bytes);
    changed[200] = (changed[200] as number) ^ 1;
    writeFileSync(path, changed);
    expect(run().stderr).toContain('FAIL');
    writeFileSync(path, bytes);
  });
});

describe('tessera and torchwood', () => {
  let program: string | null = null;
  beforeAll(() => {
    const unpacked = unpackedFolder();
    const scratch = join(base, 'newer');
    const env = unpacked === null ? null : goWithMod(scratch);
    const there = unpacked !== null && existsSync(join(unpacked, 'root/usr/share/gocode/src/filippo.io/torchwood'));
    if (env === null || !there)
      return skipped(
        'tessera fsck, torchwood: give SPOOR_STRANGERS (sh test/strangers/setup.sh DIR sid), or run all with --full',
      );
    program = goProgram('newer', NEWER, scratch, env);
    if (program !== null) ran('tessera fsck, torchwood');
  }, 1_200_000);

  test('accept the tree, each record in it and a proof; fsck none in which a bit is changed', async ({ skip }) => {
    if (program === null) return skip();
    const run = (folder: string, minimum: number, indexes: readonly number[]) =>
      spawnSync(program as string, [vkey, folder, String(minimum), ...proofFiles, ...indexes.map(String)], {
        encoding: 'utf8',
      });
    const proofFiles = [join(base, 'last.tlog-proof'), join(base, 'last.bin')];
    const { index, entry, proof } = await proofOf((size) => size - 1);
    writeFileSync(proofFiles[0] as string, proof);
    writeFileSync(proofFiles[1] as string, entry);
    const good = run(tree, 0, [0, 255, 256, 65_535, 65_536, index]);
    expect([good.stderr.match(/FAIL.*/)?.[0], good.status]).toEqual([undefined, 0]);
    for (const said of ['tessera fsck: ok', `torchwood: entry ${index} ok`, 'all entries ok', 'tlog-proof ok'])
      expect(good.stdout).toContain(said);
    const path = join(tree, 'tile/1/000');
    const bytes = readFileSync(path);
    bytes[77] = (bytes[77] as number) ^ 1;
    writeFileSync(path, bytes);
    expect(run(tree, 0, []).stderr).toContain('FAIL');
    bytes[77] = (bytes[77] as number) ^ 1;
    writeFileSync(path, bytes);
  });

  test('accept a tree of which the beginning was given up', async ({ skip }) => {
    if (program === null) return skip();
    const disks = freshDisks();
    const ledger = await openAged(disks, () => AGED_US, STRICT);
    await grow(ledger, 0, 1000, AGED_US);
    await pruning(ledger, disks, AGED_US + 31 * DAY_US);
    await grow(ledger, 1000, 1400, AGED_US + 31 * DAY_US);
    const pruned = await LedgerReader.open(disks.disk);
    const folder = join(base, 'pruned');
    const size = await writeStaticTree(pruned, folder, [AGED.key]);
    const minimum = await pruned.minimum();
    expect(minimum).toBe(1024);
    const note = (await pruned.checkpoint()) as string;
    const authentic = await AuthenticTree.open(pruned, size, Buffer.from(note.split('\n')[2] as string, 'base64'));
    const files = [join(base, 'kept.tlog-proof'), join(base, 'kept.bin')] as const;
    writeFileSync(files[1], await provenEntry(pruned, authentic, 1100));
    const proof = await authentic.inclusionProof(1100);
    writeFileSync(files[0], formatTlogProof({ index: 1100n, proof, checkpoint: note }));
    const key = formatVerifierKey(AGED.key);
    const said = spawnSync(program, [key, folder, String(minimum), ...files, '1024', String(size - 1)], {
      encoding: 'utf8',
    });
    expect([said.stderr, said.status]).toEqual(['', 0]);
    expect(said.stdout).toContain('torchwood: all entries ok');
    await ledger.close();
  });
});

/** A record with its proof, as a file for others. */
async function proofOf(
  at: (size: number) => number,
): Promise<{ index: number; entry: Buffer; proof: string; hashes: readonly Buffer[]; note: string }> {
  const note = (await reader.checkpoint()) as string;
  const [, size = '', root = ''] = note.split('\n');
  const authentic = await AuthenticTree.open(reader, Number(size), Buffer.from(root, 'base64'));
  const index = at(Number(size));
  const entry = await provenEntry(reader, authentic, index);
  const hashes = await authentic.inclusionProof(index);
  return {
    index,
    entry,
    hashes,
    note,
    proof: formatTlogProof({ index: BigInt(index), proof: hashes, checkpoint: note }),
  };
}

describe('@sigstore/verify', () => {
  // Its checks of a checkpoint and of inclusion; they are not exported on their own, only as parts of its verifier of bundles.
  const { verifyTLogInclusion } = createRequire(import.meta.url)('@sigstore/verify/dist/tlog') as {
    verifyTLogInclusion(entry: unknown, logs: readonly unknown[]): void;
  };
  const authority = (key: VerifierKey) => ({
    logID: Buffer.from(key.id, 'hex'),
    baseURL: key.name,
    publicKey: publicKeyOf(key.bytes),
    validFor: { start: new Date(0), end: new Date(4e12) },
  });
  const entryOf = async (at: (size: number) => number) => {
    const { index, entry, hashes, note } = await proofOf(at);
    return {
      canonicalizedBody: entry,
      inclusionProof: { logIndex: String(index), hashes: [...hashes], checkpoint: { envelope: note } },
    };
  };

  test('accepts our checkpoint and proofs, whoever else signed, and nothing that was changed', async () => {
    const logs = [authority(sample.key)];
    for (const at of [() => 0, () => 255, () => 65_536, (size: number) => size - 1]) {
      const good = await entryOf(at);
      expect(() => verifyTLogInclusion(good, logs)).not.toThrow();
      expect(() =>
        verifyTLogInclusion(
          { ...good, canonicalizedBody: Buffer.concat([good.canonicalizedBody, Buffer.of(0)]) },
          logs,
        ),
      ).toThrow(/root hash/);
      const { inclusionProof } = good;
      for (const changed of [
        { ...inclusionProof, logIndex: String(Number(inclusionProof.logIndex) ^ 1) },
        { ...inclusionProof, hashes: inclusionProof.hashes.slice(1) },
        {
          ...inclusionProof,
          checkpoint: { envelope: inclusionProof.checkpoint.envelope.replace(/^\S+/, 'other.example/log') },
        },
      ])
        expect(() => verifyTLogInclusion({ ...good, inclusionProof: changed }, logs)).toThrow();
    }
    const other = new TestLog(sample.key.name, 8).key;
    const good = await entryOf(() => 7);
    expect(() => verifyTLogInclusion(good, [authority(other)])).toThrow(/signature/);
    const witness = parseSecret(formatSecret('w.example', Buffer.alloc(32, 4)));
    const cosigner = verifierKey('w.example', COSIGNATURE, rawPublic(witness.secret));
    const signed = splitNote(good.inclusionProof.checkpoint.envelope);
    const cosignature = cosign(signed.text, 1_800_000_000n, cosigner, witness.secret);
    const envelope = formatNote({ text: signed.text, signatures: [...signed.signatures, cosignature] });
    const cosigned = { ...good, inclusionProof: { ...good.inclusionProof, checkpoint: { envelope } } };
    expect(() => verifyTLogInclusion(cosigned, logs)).not.toThrow();
    ran('@sigstore/verify: checkpoint and inclusion');
  });
});

describe('openssl and coreutils', () => {
  const script = join(SHARED, 'check.sh');
  const runs = existsSync(script) && ['openssl', 'xxd', 'base64', 'sed'].every(has);
  if (runs) ran('openssl and coreutils');
  else skipped('check.sh: it, openssl or xxd is not here');

  test.runIf(runs)('accept the proof of a record, and of no other', async () => {
    const note = (await reader.checkpoint()) as string;
    const [, size = '', root = ''] = note.split('\n');
    const proved = await AuthenticTree.open(reader, Number(size), Buffer.from(root, 'base64'));
    for (const index of [0, 1, 65_536, Number(size) - 1]) {
      const [record, proof] = [join(base, `${index}.bin`), join(base, `${index}.tlog-proof`)];
      const entry = await provenEntry(reader, proved, index);
      writeFileSync(record, entry);
      writeFileSync(
        proof,
        formatTlogProof({ index: BigInt(index), proof: await proved.inclusionProof(index), checkpoint: note }),
      );
      const check = () => spawnSync('sh', [script, record, proof, vkey], { encoding: 'utf8' });
      expect(check().stdout).toContain(`record is entry ${index} of ${size} in ledger.example/main`);
      writeFileSync(record, Buffer.concat([entry, Buffer.from('!')]));
      expect(check().status).not.toBe(0);
    }
  });
});
