import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collect, collectBytes, inPieces, logText, makeTar, makeZip, wholeOf } from '../../test/archives.ts';
import { type Custody, gather, type Input, isRefusal } from './index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-gather-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (...names: string[]) => join(folder, ...names);
const put = (name: string, text: string) => ({ name, body: Buffer.from(text) });
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('a plain file is told by its path, and is left to its reader to hash', async () => {
  writeFileSync(at('auth.log'), logText(700_000));
  utimesSync(at('auth.log'), 1_700_000_000, 1_700_000_000.5);
  const { inputs, custody } = await collect([at('auth.log')]);
  const path = at('auth.log');
  const known = { path, container: null, size: logText(700_000).length, mtimeMs: 1_700_000_000_500, plainFile: path };
  expect(inputs).toMatchObject([known]);
  expect(inputs[0]?.body.equals(logText(700_000))).toBe(true);
  expect(custody).toEqual([]);
});

test('a folder is read by name, in code unit order; an empty file is an input', async () => {
  for (const name of ['b', 'a', 'B', 'é', 'a.log', 'sub/z', 'sub/y']) {
    mkdirSync(at(name, '..'), { recursive: true });
    writeFileSync(at(name), name === 'b' ? '' : name);
  }
  const { inputs, refusals } = await collect([`${folder}/`]);
  expect(inputs.map(({ path }) => path)).toEqual(
    ['B', 'a', 'a.log', 'b', 'sub/y', 'sub/z', 'é'].map((name) => at(name)),
  );
  expect(inputs[3]).toMatchObject({ size: 0, body: Buffer.alloc(0) });
  expect(refusals).toEqual([]);
});

test('links that lose nothing are passed over, others told; nothing loops; a file met twice is read once', async () => {
  mkdirSync(at('in'));
  writeFileSync(at('in', 'a.log'), 'line\n');
  linkSync(at('in', 'a.log'), at('in', 'again.log'));
  symlinkSync('.', at('in', 'loop'));
  symlinkSync('a.log', at('in', 'current.log'));
  symlinkSync('/etc/hostname', at('in', 'out'));
  symlinkSync('gone', at('in', 'dangling'));
  const { inputs, refusals, skipped } = await collect([at('in'), at('in', 'current.log')]);
  expect(inputs.map(({ path }) => path)).toEqual([at('in', 'a.log')]);
  expect(skipped).toEqual([at('in', 'again.log'), at('in', 'current.log')]);
  expect(refusals.map(({ path, code }) => [path, code])).toEqual([
    [at('in', 'dangling'), 'E_UNREADABLE'],
    [at('in', 'out'), 'E_UNREADABLE'],
  ]);
  const byName = await collect([at('in', 'current.log')]);
  expect(byName.inputs.map(({ path }) => path)).toEqual([at('in', 'current.log')]);
});

test('pipes and devices are never opened; what is not there or cannot be read is told and the rest goes on', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  writeFileSync(at('z.log'), 'line\n');
  const paths = [folder, at('pipe'), '/dev/zero', at('none'), at('z.log', 'below'), '/proc/self/mem', at('z.log')];
  const { inputs, refusals } = await collect(paths);
  expect(inputs.map(({ path }) => path)).toEqual([at('z.log')]);
  expect(refusals.map(({ path, code }) => [path, code])).toEqual([
    [at('pipe'), 'E_UNREADABLE'],
    [at('pipe'), 'E_UNREADABLE'],
    ['/dev/zero', 'E_UNREADABLE'],
    [at('none'), 'E_NOT_FOUND'],
    [at('z.log', 'below'), 'E_NOT_FOUND'],
    ['/proc/self/mem', 'E_UNREADABLE'],
  ]);
});

test('a name that is not UTF-8 hides nothing', async () => {
  const name = Buffer.from([0x61, 0xff, 0x62]);
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), 'line\n');
  mkdirSync(Buffer.concat([Buffer.from(`${folder}/z`), name]));
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/z`), name, Buffer.from('/in.log')]), 'deep\n');
  const { inputs, refusals, custody } = await collect([folder]);
  expect(refusals).toEqual([]);
  expect(inputs.map(({ path, plainFile, body }) => [path, plainFile, body.toString()])).toEqual([
    [at('a\ufffdb'), null, 'line\n'],
    [at('za\ufffdb', 'in.log'), null, 'deep\n'],
  ]);
  expect(custody.map(({ sha256: hash }) => hash)).toEqual([
    sha256(Buffer.from('line\n')),
    sha256(Buffer.from('deep\n')),
  ]);
});

test('stdin: a log, in pieces, whatever it is', async () => {
  const { inputs, custody } = await collectBytes(logText(300_000), {}, 777);
  expect(inputs).toMatchObject([{ path: '-', container: '-', size: null, mtimeMs: null, plainFile: null }]);
  expect(inputs[0]?.body.equals(logText(300_000))).toBe(true);
  expect(custody).toEqual([
    { path: '-', size: logText(300_000).length, mtimeMs: null, sha256: sha256(logText(300_000)) },
  ]);
  expect(await collectBytes(Buffer.alloc(0))).toMatchObject({ inputs: [{ body: Buffer.alloc(0) }], refusals: [] });
});

test('gz in tar in zip: each file by its place, the zip in custody', async () => {
  const tar = makeTar([
    put('web1/var/log/auth.log', 'a\n'),
    { name: 'web1/var/log/auth.log.2.gz', body: gzipSync('b\n') },
  ]);
  const zip = makeZip([{ name: 'hosts/web1.tar', body: tar }, put('note.txt', 'c\n')]);
  writeFileSync(at('evidence.zip'), zip);
  const { inputs, custody } = await collect([at('evidence.zip')]);
  expect(inputs.map(({ path, container, body }) => [path.slice(folder.length), container, body.toString()])).toEqual([
    ['/evidence.zip!/hosts/web1.tar!/web1/var/log/auth.log', at('evidence.zip'), 'a\n'],
    ['/evidence.zip!/hosts/web1.tar!/web1/var/log/auth.log.2.gz', at('evidence.zip'), 'b\n'],
    ['/evidence.zip!/note.txt', at('evidence.zip'), 'c\n'],
  ]);
  expect(custody).toMatchObject([{ path: at('evidence.zip'), size: zip.length, sha256: sha256(zip) }]);
});

test('told by content, never by name', async () => {
  writeFileSync(at('a.gz'), 'not packed\n');
  writeFileSync(at('b.log'), gzipSync('packed\n'));
  const { inputs, refusals } = await collect([folder]);
  expect(inputs.map(({ body }) => body.toString())).toEqual(['not packed\n', 'packed\n']);
  expect(refusals).toEqual([]);
});

test('inputs may be left unread, or half read; the next ones and the custody are whole all the same', async () => {
  const log = logText(600_000);
  const tgz = gzipSync(makeTar(['a', 'b', 'c', 'd'].map((name) => ({ name, body: gzipSync(log) }))));
  writeFileSync(at('x.tgz'), tgz);
  for (const habit of ['leave', 'half', 'whole'] as const) {
    const custody: Custody[] = [];
    const seen: string[] = [];
    for await (const one of gather([at('x.tgz')], { onCustody: (told) => custody.push(told) })) {
      seen.push(one.path.slice(-1));
      if (isRefusal(one) || habit === 'leave') continue;
      let pieces = 0;
      for await (const _piece of one.open()) if (++pieces === 2 && habit === 'half') break;
    }
    expect([habit, seen.join('')]).toEqual([habit, 'abcd']);
    expect(custody).toMatchObject([{ size: tgz.length, sha256: sha256(tgz) }]);
  }
});

test('a broken layer is told for the file that it cut and for the archive itself', async () => {
  const tgz = gzipSync(makeTar([put('a.log', 'line\n'), { name: 'b.log', body: logText(900_000) }]));
  writeFileSync(at('cut.tgz'), tgz.subarray(0, tgz.length / 2));
  const { inputs, refusals, custody } = await collect([at('cut.tgz')]);
  expect(inputs[0]?.body.toString()).toBe('line\n');
  expect(
    logText(900_000)
      .subarray(0, inputs[1]?.body.length)
      .equals(inputs[1]?.body as Buffer),
  ).toBe(true);
  expect(inputs[1]?.body.length).toBeGreaterThan(100_000);
  expect(refusals.map(({ path, code }) => [path, code])).toEqual([
    [at('cut.tgz!/b.log'), 'E_MALFORMED'],
    [at('cut.tgz'), 'E_MALFORMED'],
  ]);
  expect(custody).toHaveLength(1);
});

test('a broken member leaves the others whole', async () => {
  const bad = gzipSync(logText(50_000));
  bad.fill(0xff, 2000, 2100);
  const tar = makeTar([put('a', 'x'), { name: 'bad.gz', body: bad }, put('c', 'z')]);
  const { inputs, refusals } = await collectBytes(tar);
  expect(inputs.map(({ path }) => path)).toEqual(['-!/a', '-!/bad.gz', '-!/c']);
  expect(refusals.map(({ path }) => path)).toEqual(['-!/bad.gz']);
});

test('an abort ends the wait for stdin, quietly', async () => {
  const abort = new AbortController();
  async function* endless(): AsyncGenerator<Buffer> {
    yield Buffer.from('line\n'.repeat(200));
    abort.abort();
    await new Promise(() => {});
  }
  const { inputs, refusals, custody } = await collect(['-', folder], { stdin: endless(), signal: abort.signal });
  expect(inputs.map(({ body }) => body.length)).toEqual([1000]);
  expect([refusals, custody]).toEqual([[], []]);
});

test('an abort in the middle of an archive ends all', async () => {
  writeFileSync(at('x.tgz'), gzipSync(makeTar(['a', 'b', 'c'].map((name) => put(name, name)))));
  const abort = new AbortController();
  const seen: Input[] = [];
  for await (const one of gather([at('x.tgz'), folder], { signal: abort.signal })) {
    expect(isRefusal(one)).toBe(false);
    seen.push(one as Input);
    abort.abort();
  }
  expect(seen).toHaveLength(1);
});

test('content of a container can be read only once', async () => {
  for await (const one of gather(['-'], { stdin: inPieces(Buffer.from('line\n'), 10) })) {
    const input = one as Input;
    await wholeOf(input.open());
    expect(() => input.open()).toThrow('only once');
  }
});
