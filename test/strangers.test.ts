import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatVerifierKey } from '../src/core/tlog/note.ts';
import { realDisk } from '../src/ledger/disk.ts';
import { PACK_RECORDS } from '../src/ledger/pack.ts';
import { formatTlogProof } from '../src/ledger/proof-text.ts';
import { AuthenticTree, provenEntry } from '../src/ledger/prove.ts';
import { LedgerReader } from '../src/ledger/reader.ts';
import { writeStaticTree } from '../src/ledger/static-tree.ts';
import { appendSample, type SampleLedger, sampleLedger } from './ledger-sample.ts';

// Programs of others verify a ledger that we made. They are not ours to bring along: `setup.sh` fetches Debian's packages of Go and
// golang.org/x/mod without installing them (SPOOR_STRANGERS=DIR names where they were put); a Go on this machine has x/mod within it.

const SHARED = new URL('../../shared/ledger/verifiers/', import.meta.url).pathname;
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const skipped = (what: string) => process.stderr.write(`strangers: SKIPPED ${what}\n`);

/** How to run Go with x/mod, outside of modules; null where there is none. */
function goWithMod(scratch: string): NodeJS.ProcessEnv | null {
  const unpacked = process.env['SPOOR_STRANGERS'];
  if (unpacked !== undefined) {
    const said = execFileSync('sh', ['-c', `. ${JSON.stringify(join(unpacked, 'env'))}; env`], { encoding: 'utf8' });
    return Object.fromEntries(said.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2))) as NodeJS.ProcessEnv;
  }
  const root = has('go') ? execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim() : '';
  const within = join(root, 'src/cmd/vendor/golang.org/x/mod');
  if (root === '' || !existsSync(join(within, 'sumdb'))) return null;
  cpSync(within, join(scratch, 'src/golang.org/x/mod'), { recursive: true });
  return {
    ...process.env,
    GOPATH: scratch,
    GO111MODULE: 'off',
    GOFLAGS: '',
    GOPROXY: 'off',
    CGO_ENABLED: '0',
    GOCACHE: join(scratch, 'cache'),
  };
}

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
}, 120_000);

afterAll(async () => {
  await reader.close();
  rmSync(base, { recursive: true, force: true });
});

describe('golang.org/x/mod/sumdb', () => {
  const main = join(SHARED, 'goverify', 'main.go');
  let program = '';

  beforeAll(() => {
    if (!existsSync(main)) return skipped('golang.org/x/mod: ../shared/ledger/verifiers is not here');
    const scratch = join(base, 'go');
    mkdirSync(join(scratch, 'src/goverify'), { recursive: true });
    const env = goWithMod(scratch);
    if (env === null)
      return skipped(
        'golang.org/x/mod: no Go is here (apt-get install golang-go golang-golang-x-mod-dev, or setup.sh)',
      );
    cpSync(main, join(scratch, 'src/goverify/main.go'));
    const built = spawnSync('go', ['build', '-o', join(base, 'goverify'), '.'], {
      cwd: join(scratch, 'src/goverify'),
      env,
      encoding: 'utf8',
    });
    if (built.status !== 0) return skipped(`golang.org/x/mod: ${built.stderr.slice(0, 300)}`);
    program = join(base, 'goverify');
  }, 300_000);

  test('accepts the ledger as a static tree, and no other', ({ skip }) => {
    if (program === '') return skip();
    const run = () =>
      spawnSync(program, [vkey, tree, '0', '255', '256', '65535', '65536', '70000'], { encoding: 'utf8' });
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
  }, 120_000);
});

describe('openssl and coreutils', () => {
  const script = join(SHARED, 'check.sh');
  const runs = existsSync(script) && ['openssl', 'xxd', 'base64', 'sed'].every(has);
  if (!runs) skipped('check.sh: it, openssl or xxd is not here');

  test.runIf(runs)(
    'accept the proof of a record, and of no other',
    async () => {
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
    },
    120_000,
  );
});
