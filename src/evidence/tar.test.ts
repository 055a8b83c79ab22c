import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { collectBytes, hasTool, makeTar, padded, paxRecord, tarHeader, tarMember } from '../../test/archives.ts';

const END = Buffer.alloc(1024);
const put = (name: string, text: string) => ({ name, body: Buffer.from(text) });
const files = fc.array(
  fc.record({
    name: fc.stringMatching(/^[a-z]{1,8}(?:\/[a-zé-ü .]{1,60}){0,4}x$/u),
    body: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.concat([Buffer.from('log '), bytes])),
  }),
  { minLength: 1, maxLength: 6 },
);

property.prop([files, fc.constantFrom('gnu' as const, 'pax' as const), fc.integer({ min: 1, max: 3000 })])(
  'what was put in comes out, in order, however the bytes arrive',
  async (entries, long, pieceBytes) => {
    const { inputs, refusals } = await collectBytes(makeTar(entries, long), {}, pieceBytes);
    expect(refusals).toEqual([]);
    expect(inputs.map(({ path, body }) => [path, body.toString('hex')])).toEqual(
      entries.map(({ name, body }) => [`-!/${name}`, body.toString('hex')]),
    );
  },
);

property.prop([files, fc.double({ min: 0, max: 1, noNaN: true })])(
  'cut anywhere, it gives a part of what was in it and says so',
  async (entries, where) => {
    const whole = makeTar(entries);
    const length = 512 + Math.floor(where * (whole.length - 1024 - 512));
    const { inputs, refusals } = await collectBytes(whole.subarray(0, length));
    for (const [index, { body }] of inputs.entries())
      expect(entries[index]?.body.subarray(0, body.length)).toEqual(body);
    const complete = inputs.every(({ body }, index) => body.length === entries[index]?.body.length);
    if (!complete) expect(refusals.at(-1)).toMatchObject({ code: 'E_MALFORMED', reason: 'tar archive is cut short' });
    if (!complete) expect(refusals.map(({ path }) => path)).toContain(inputs.at(-1)?.path);
  },
);

test('size, time and container are told', async () => {
  const pax = Buffer.concat([paxRecord('mtime', '1700000001.25'), paxRecord('size', '4')]);
  const tar = Buffer.concat([
    tarHeader('x', pax.length, 'x'),
    padded(pax),
    tarMember(put('a.log', 'line'), 'pax'),
    END,
  ]);
  const { inputs } = await collectBytes(tar);
  expect(inputs).toMatchObject([
    { path: '-!/a.log', container: '-', size: 4, mtimeMs: 1_700_000_001_250, plainFile: null },
  ]);
});

test('hostile names are only labels', async () => {
  const names = ['../../etc/passwd', '/etc/shadow', './a', 'a\u001b[31mb', 'x'.repeat(10_000), ''];
  const { inputs } = await collectBytes(makeTar(names.map((name) => put(name, 'hello'))));
  const labels = ['../../etc/passwd', 'etc/shadow', 'a', 'a\u001b[31mb', 'x'.repeat(4096), '(no name)'];
  expect(inputs.map(({ path }) => path)).toEqual(labels.map((label) => `-!/${label}`));
});

test('folders, links and devices have no content, even if they claim some', async () => {
  const body = padded(Buffer.from('text'));
  const kinds = [...'12346'].map((type) => tarHeader(`kind${type}`, 4, type));
  const tar = Buffer.concat([
    ...kinds,
    tarHeader('dir/', 0, '5'),
    tarHeader('V', 4, 'V'),
    body,
    makeTar([put('a', 'b')]),
  ]);
  const { inputs, refusals } = await collectBytes(tar);
  expect(inputs.map(({ path }) => path)).toEqual(['-!/a']);
  expect(refusals).toEqual([]);
});

test('archives put one behind the other are all read', async () => {
  const { inputs } = await collectBytes(Buffer.concat([makeTar([put('a', '1')]), makeTar([put('b', '2')])]));
  expect(inputs.map(({ path }) => path)).toEqual(['-!/a', '-!/b']);
});

test('a damaged header loses its own file only', async () => {
  const tar = Buffer.concat([
    tarMember(put('a', '1'), 'pax'),
    tarMember(put('b', '2'), 'pax'),
    makeTar([put('c', '3')]),
  ]);
  tar[1024 + 3] = 0x21;
  const { inputs, refusals } = await collectBytes(tar);
  expect(inputs.map(({ path }) => path)).toEqual(['-!/a', '-!/c']);
  expect(refusals).toEqual([{ path: '-', code: 'E_MALFORMED', reason: 'tar archive is damaged at byte 1024' }]);
});

test('a file that claims a huge size gives what there is', async () => {
  const tar = Buffer.concat([tarHeader('huge', 8 ** 12), Buffer.from('all there is\n')]);
  const { inputs, refusals } = await collectBytes(tar);
  expect(inputs[0]?.body.toString()).toBe('all there is\n');
  expect(refusals.map(({ path, reason }) => [path, reason])).toEqual([
    ['-!/huge', 'tar archive is cut short'],
    ['-', 'tar archive is cut short'],
  ]);
});

test('broken pax headers and endless names are refused', async () => {
  const broken = Buffer.concat([tarHeader('x', 9, 'x'), padded(Buffer.from('99 path=a')), makeTar([put('a', '1')])]);
  expect((await collectBytes(broken)).refusals).toMatchObject([{ reason: 'tar archive has a broken pax header' }]);
  const endless = tarHeader('L', 2 ** 30, 'L');
  expect((await collectBytes(endless)).refusals).toMatchObject([{ code: 'E_TOO_LARGE' }]);
});

test('sparse files, old and new, are refused and the rest is read', async () => {
  const old = tarHeader('lastlog', 4, 'S');
  const pax = paxRecord('GNU.sparse.major', '1');
  const recent = Buffer.concat([
    tarHeader('x', pax.length, 'x'),
    padded(pax),
    tarHeader('journal', 4),
    padded(Buffer.from('abcd')),
  ]);
  const tar = Buffer.concat([old, padded(Buffer.from('abcd')), recent, makeTar([put('a', '1')])]);
  const { inputs, refusals } = await collectBytes(tar);
  expect(inputs.map(({ path }) => path)).toEqual(['-!/a']);
  expect(refusals.map(({ path, code }) => [path, code])).toEqual([
    ['-!/lastlog', 'E_MALFORMED'],
    ['-!/journal', 'E_MALFORMED'],
  ]);
});

test.runIf(hasTool('tar'))('what the real tar writes, in each of its formats', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-tar-'));
  try {
    const deep = join('d'.repeat(90), 'e'.repeat(60));
    mkdirSync(join(folder, 'in', deep), { recursive: true });
    writeFileSync(join(folder, 'in', deep, 'auth.log'), 'one\n');
    writeFileSync(join(folder, 'in', 'lastlog'), 'x');
    truncateSync(join(folder, 'in', 'lastlog'), 300_000);
    for (const format of ['v7', 'oldgnu', 'gnu', 'ustar', 'posix']) {
      const args = [
        '-C',
        folder,
        '--sort=name',
        `--format=${format}`,
        '-cf',
        '-',
        ...(format === 'v7' ? ['in/lastlog'] : ['in']),
      ];
      const { inputs, refusals } = await collectBytes(execFileSync('tar', args));
      const found = inputs.map(({ path, body }) => [path, body.length]);
      const names = [
        [`-!/in/${deep}/auth.log`, 4],
        ['-!/in/lastlog', 300_000],
      ];
      expect([format, found, refusals]).toEqual([format, format === 'v7' ? names.slice(1) : names, []]);
    }
    for (const format of ['gnu', 'posix']) {
      const { inputs, refusals } = await collectBytes(
        execFileSync('tar', [
          '-C',
          folder,
          '--sort=name',
          '--sparse',
          `--format=${format}`,
          '-cf',
          '-',
          'in/lastlog',
          'in',
        ]),
      );
      expect(inputs.map(({ body }) => body.length)).toEqual([4]);
      expect(refusals.map(({ path }) => path)).toEqual(['-!/in/lastlog', '-!/in/lastlog'].slice(0, refusals.length));
      expect(refusals.length).toBeGreaterThan(0);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
