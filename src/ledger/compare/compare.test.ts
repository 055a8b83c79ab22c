import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Zone } from '../../core/zone.ts';
import { type CompareOptions, type Comparison, compareLines } from './compare.ts';
import { heldFiles, heldLedger, heldRecords } from './fixtures/held-lines.ts';
import type { HostBlock, LedgerLine } from './lines.ts';

const key = Buffer.from('testkey!');
const options: CompareOptions = { key, zone: null, most: 10_000, fromUs: null, takenUs: null, writtenUs: null };
const file = (lines: readonly string[], name = 'auth.log', afterAbsent = false): HostBlock => ({
  file: name,
  bytes: Buffer.from(lines.map((line) => `${line}\n`).join('')),
  afterAbsent,
});
const compare = (held: readonly string[], found: readonly string[], more: Partial<CompareOptions> = {}) =>
  compareLines(heldRecords(held), heldFiles([file(found)]), { ...options, ...more });
const said = ({ same, missing, added, changed, moved }: Comparison) => ({
  same,
  missing: missing.told.map(({ index }) => index),
  added: added.told.map(({ line }) => line),
  changed: changed.told.map(({ record, line }) => [record.index, line.line]),
  moved: moved.told.map(({ record, line }) => [record.index, line.line]),
});
const nothing = { missing: [], added: [], changed: [], moved: [] };
const outside = ({ outside: { older, newer, absent, unreadable } }: Comparison) =>
  [older, newer, absent, unreadable].map(({ records, lines }) => [records.count, lines.count]);

const log = [
  'Nov 22 10:23:01 vault CRON[811]: pam_unix(cron:session): session opened for user root',
  'Nov 22 10:23:05 vault sshd[900]: Connection from 192.0.2.12 port 41822 on 192.0.2.13 port 22',
  'Nov 22 10:23:06 vault sshd[900]: Accepted publickey for root from 192.0.2.12 port 41822 ssh2',
  'Nov 22 10:23:07 vault sshd[900]: pam_unix(sshd:session): session opened for user root',
  'Nov 22 10:24:00 vault sudo: alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/ls',
  'Nov 22 10:25:00 vault CRON[812]: pam_unix(cron:session): session closed for user root',
];

describe('a file and its stream', () => {
  test('that are the same differ in nothing', async () => {
    expect(said(await compare(log, log))).toEqual({ ...nothing, same: 6 });
    expect(said(await compare([], []))).toEqual({ ...nothing, same: 0 });
  });

  test('deleted lines are told with their place, index, time and text', async () => {
    const found = await compare(log, log.toSpliced(1, 3));
    expect(said(found)).toEqual({ ...nothing, same: 3, missing: [1, 2, 3] });
    expect(found.missing.told[1]).toEqual({
      index: 2,
      seq: 2,
      receivedUs: 2000,
      text: log[2],
      behind: { file: 'auth.log', line: 1 },
    });
  });

  test('lines that were put in, changed and put elsewhere are told as such', async () => {
    const forged = 'Nov 22 10:23:30 vault systemd[1]: Started Daily Cleanup of Temporary Directories.';
    const changed = (log[2] as string).replace('192.0.2.12', '198.51.100.9');
    const found = await compare(log, [log[0], log[1], changed, log[3], forged, log[4], log[5]] as string[]);
    expect(said(found)).toEqual({ ...nothing, same: 5, added: [5], changed: [[2, 3]] });
    expect(found.added.told[0]).toEqual({ file: 'auth.log', line: 5, text: forged, behindIndex: 3 });
    expect(found.changed.told[0]?.difference).toEqual({ at: 66, held: '192.0.2.12', found: '198.51.100.9' });
    const moved = await compare(log, [log[0], log[4], log[1], log[2], log[3], log[5]] as string[]);
    expect(said(moved)).toEqual({ ...nothing, same: 5, moved: [[4, 2]] });
  });

  test('the same line twice is two events', async () => {
    const twice = [log[0], log[1], log[1], log[1], log[2]] as string[];
    const found = await compare(twice, [log[0], log[1], log[1], log[2]] as string[]);
    expect([found.same, found.missing.count, found.added.count]).toEqual([4, 1, 0]);
    const other = await compare([log[0], log[1], log[2]] as string[], twice);
    expect([other.same, other.missing.count, other.added.count]).toEqual([3, 0, 2]);
  });

  test('through rotation: a line that was removed at a file’s end is missing', async () => {
    const files = [file(log.slice(0, 2), 'auth.log.1'), file(log.slice(3), 'auth.log')];
    const found = await compareLines(heldRecords(log), heldFiles(files), options);
    expect(said(found)).toEqual({ ...nothing, same: 5, missing: [2] });
    expect(found.missing.told[0]?.behind).toEqual({ file: 'auth.log.1', line: 2 });
    const hole = [file(log.slice(0, 2), 'auth.log.2'), file(log.slice(3), 'auth.log', true)];
    const excused = await compareLines(heldRecords(log), heldFiles(hole), options);
    expect([said(excused), outside(excused)]).toEqual([
      { ...nothing, same: 5 },
      [
        [0, 0],
        [0, 0],
        [1, 0],
        [0, 0],
      ],
    ]);
  });
});

describe('what lies outside', () => {
  test('records before the file’s first line were rotated away, unless the file is said to reach back', async () => {
    const rotated = await compare(log, log.slice(2));
    expect([said(rotated), outside(rotated)[0]]).toEqual([{ ...nothing, same: 4 }, [2, 0]]);
    expect(said(await compare(log, log.slice(2), { fromUs: 1000 })).missing).toEqual([1]);
  });

  test('lines before the ledger’s first record or after its last are no forgeries', async () => {
    const found = await compare(log.slice(1, 5), log);
    expect([said(found), outside(found).slice(0, 2)]).toEqual([
      { ...nothing, same: 4 },
      [
        [0, 1],
        [0, 1],
      ],
    ]); // prettier-ignore
  });

  test('a file that was cut short lacks its end; what came after it was taken is no loss', async () => {
    const cut = log.slice(0, 4);
    expect(said(await compare(log, cut)).missing).toEqual([4, 5]);
    expect(said(await compare(log, cut, { takenUs: 4000 })).missing).toEqual([4]);
    expect(said(await compare(log, cut, { writtenUs: 4500 })).missing).toEqual([4]);
    const filledLater = await compareLines(heldRecords(log, 9_000_000), heldFiles([file(cut)]), {
      ...options,
      writtenUs: 4500,
    });
    expect([said(filledLater).missing, filledLater.limits.takenFrom]).toEqual([[4, 5], 'not known']);
  });

  test('where both have lines beyond, their stamps tell who ends first', async () => {
    const late = 'Nov 22 11:00:00 vault su: (to root) bob on pts/1';
    const early = 'Nov 22 09:00:00 vault kernel: usb 1-1: new high-speed USB device number 4';
    const after = await compare(log, [...log.slice(0, 5), late]);
    expect([said(after), outside(after)[1]]).toEqual([{ ...nothing, same: 5, missing: [5] }, [0, 1]]);
    const before = await compare(log, [early, ...log.slice(1)]);
    expect([said(before), outside(before)[0]]).toEqual([{ ...nothing, same: 5, missing: [0] }, [0, 1]]);
    const forged = await compare(log, [late, ...log.slice(1)]);
    expect([said(forged), outside(forged)[0]]).toEqual([{ ...nothing, same: 5, added: [1] }, [1, 0]]);
  });

  test('a file with nothing in common accuses nobody', async () => {
    const found = await compare(log, ['one', 'two']);
    expect([said(found), outside(found)[0]]).toEqual([{ ...nothing, same: 0 }, [6, 2]]);
    expect(outside(await compare(log, []))[0]).toEqual([6, 0]);
  });

  test('a record that cannot be shown may be the line that the ledger seems to lack', async () => {
    const record = (index: number, text: string | null, weight = 1): LedgerLine => ({
      ...{ index, seq: index, rtUs: index, weight },
      bytes: text === null ? null : Buffer.from(text),
    });
    const held = [record(4, log[0] as string), record(7, null, 2), record(9, log[5] as string)];
    const found = await compareLines(heldLedger(held), heldFiles([file(log)]), options);
    expect([said(found).added, outside(found)[3]]).toEqual([
      [4, 5],
      [1, 2],
    ]); // prettier-ignore
  });
});

describe('what is looked through', () => {
  test('framing and forms of the header', async () => {
    const payloads = [
      `<38>${log[0]}\n`,
      `<86>1 2026-11-22T10:23:05.123456+09:00 vault.example sshd 900 - - Connection from 192.0.2.12 port 41822 on 192.0.2.13 port 22`,
      `115 <86>1 2026-11-22T10:23:06Z vault sshd 900 ID7 [meta seq="1]"][x y="\\"]"] \ufeffAccepted publickey for root from 192.0.2.12 port 41822 ssh2`,
      `<38>2026-11-22T10:23:07.5+09:00 vault sshd[900]: pam_unix(sshd:session): session opened for user root\r\n`,
      `${log[4]}\0`,
      `<86>Nov 22 10:25:00 vault CRON[812]: pam_unix(cron:session):\tsession closed for user root`,
    ];
    const escaped = log.with(5, (log[5] as string).replace('): session', '):#011session'));
    expect(said(await compare(payloads, escaped))).toEqual({ ...nothing, same: 6 });
    const iso = escaped.with(
      5,
      '2026-11-22T10:25:00.000001+09:00 vault CRON[812]: pam_unix(cron:session):#011session closed for user root',
    ); // prettier-ignore
    expect(said(await compare(payloads, iso))).toEqual({ ...nothing, same: 6 });
  });

  test('the zone of the host, where only one side states it', async () => {
    const held = [
      '<38>1 2026-11-22T01:23:05Z vault sshd 900 - - one',
      '<38>1 2026-11-22T01:23:06Z vault sshd 900 - - two',
    ];
    const found = ['Nov 22 10:23:05 vault sshd[900]: one', 'Nov 22 10:23:06 vault sshd[900]: two'];
    expect(said(await compare(held, found, { zone: new Zone('+09:00') })).changed).toEqual([]);
    expect((await compare(held, found, { zone: new Zone('+09:00') })).same).toBe(2);
    expect((await compare(held, found)).same).toBe(0);
  });

  test('within one form nothing is: a stamp that was changed by a microsecond shows', async () => {
    const lines = [1, 2, 3].map((n) => `2026-11-22T10:25:0${n}.000001+09:00 vault sshd[1]: same words`);
    const found = await compare(lines, lines.with(1, (lines[1] as string).replace('000001', '000002')));
    expect(said(found)).toEqual({ ...nothing, same: 2, changed: [[1, 2]] });
  });

  test('one line in the other form, put early, does not lead astray', async () => {
    const held = Array.from(
      { length: 200 },
      (_, n) => `<38>Nov 22 10:0${Math.floor(n / 60)}:${String(n % 60).padStart(2, '0')} vault sshd[1]: message ${n}`,
    );
    const found = held.map((line) => line.replace(/^<38>Nov 22 (\S+)/, '2026-11-22T$1.000+09:00'));
    const result = await compare(held, found.toSpliced(10, 0, (held[180] as string).slice(4)));
    expect([result.same, result.missing.count, result.added.count]).toEqual([200, 0, 1]);
  });
});

/** Words so unlike that no line passes for another, changed. */
const wordOf = (n: number) => Buffer.from(String(Math.imul(n + 1, 0x9e3779b1) >>> 0)).toString('base64url');
const lineOf = (n: number) => `${wordOf(n)}${wordOf(n + 7919)}${wordOf(n + 104_729)}${wordOf(n + 1_299_709)} end`;

describe('planted edits are found, and nothing else', () => {
  const edit = fc.constantFrom('keep', 'keep', 'repeat', 'repeat', 'delete', 'add', 'change');
  const plant = (what: string, at: number) => {
    const line = what === 'repeat' ? 'a line that comes again' : lineOf(at);
    const changed = what === 'change' ? line.replace(/end$/, 'END') : line;
    return { held: what === 'add' ? [] : [line], found: what === 'delete' ? [] : [changed] };
  };
  test('deleted, added and changed, with repeated lines among them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 60 }), async (edits) => {
        const planted = edits.map((what, at) => plant(what, at));
        const between = (at: number) => `between ${wordOf(at)}`;
        const held = ['begin', ...planted.flatMap(({ held: lines }, at) => [...lines, between(at)])];
        const found = ['begin', ...planted.flatMap(({ found: lines }, at) => [...lines, between(at)])];
        const planned = (what: string) => edits.flatMap((is, at) => (is === what ? [lineOf(at)] : []));
        const result = await compare(held, found);
        expect(result.missing.told.map(({ text }) => text)).toEqual(planned('delete'));
        expect(result.added.told.map(({ text }) => text)).toEqual(planned('add'));
        expect(result.changed.told.map(({ record }) => record.text)).toEqual(planned('change'));
        for (const { line, difference } of result.changed.told) {
          expect(found[line.line - 1]).toBe(line.text);
          expect([difference.held, difference.found]).toEqual(['end', 'END']);
        }
        const differ = planned('add').length + planned('change').length;
        expect([result.moved.count, result.same]).toEqual([0, found.length - differ]);
      }),
    );
  });

  test('one line that was put far away is moved, and only that', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 38 }), fc.integer({ min: 1, max: 38 }), async (from, to) => {
        fc.pre(Math.abs(from - to) > 1);
        const held = Array.from({ length: 40 }, (_, n) => lineOf(n));
        const found = held.toSpliced(from, 1).toSpliced(to, 0, held[from] as string);
        expect(said(await compare(held, found))).toEqual({ ...nothing, same: 39, moved: [[from, to + 1]] });
      }),
    );
  });

  test('whatever the lines are, each is told once, and no text is both missing and added', async () => {
    const some = fc.array(
      fc.constantFrom('a', 'b', 'c', 'dd ee', log[0] as string, `<38>${log[0]}`, log[2] as string),
      {
        maxLength: 40,
      },
    );
    await fc.assert(
      fc.asyncProperty(some, some, async (held, found) => {
        const result = await compare(held, found);
        const [records, lines] = [0, 1].map((side) =>
          outside(result).reduce((sum, counts) => sum + (counts[side] as number), 0),
        ) as [number, number]; // prettier-ignore
        const both = result.same + result.changed.count + result.moved.count;
        expect(both + result.missing.count + records).toBe(held.length);
        expect(both + result.added.count + lines).toBe(found.length);
        const missing = new Set(result.missing.told.map(({ text }) => text));
        for (const { text } of result.added.told) expect(missing).not.toContain(text);
      }),
      { numRuns: 300 },
    );
  });
});

describe('hostile lines take no more work', () => {
  const n = 4000;
  const repeat = (line: (at: number) => string, count = n) => Array.from({ length: count }, (_, at) => line(at));
  const shapes: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
    'all lines equal, one fewer': [repeat(() => 'x'), repeat(() => 'x', n - 1)],
    'all lines equal, amid others': [
      ['a', ...repeat(() => 'x'), 'b'],
      ['c', ...repeat(() => 'x'), 'd'],
    ],
    reversed: [repeat(lineOf), repeat(lineOf).reverse()],
    'reversed, of two kinds': [repeat((at) => (at % 2 ? 'x' : 'y')), repeat((at) => (at % 3 ? 'x' : 'y'))],
    interleaved: [
      repeat((at) => (at % 2 ? lineOf(at) : lineOf(n + at))),
      [...repeat((at) => lineOf(2 * at + 1), n / 2), ...repeat((at) => lineOf(n + 2 * at), n / 2)],
    ],
    'few kinds at random': [repeat((at) => wordOf(at * at).slice(0, 1)), repeat((at) => wordOf(at * 31).slice(0, 1))],
    'nothing in common': [repeat(lineOf), repeat((at) => lineOf(at + 3 * n))],
    'each cut frees one line': [
      repeat((at) => `k${Math.min(at, n - 1 - at)}`),
      repeat((at) => `k${Math.max(at, n - 1 - at) % 977}`),
    ],
  };
  test('of reversed lines one is in order, and the others were moved', async () => {
    const [held, found] = shapes['reversed'] as (typeof shapes)[string];
    const result = await compare(held, found);
    expect([result.same, result.moved.count, result.unordered]).toEqual([1, n - 1, 0]);
  });

  test.each(Object.entries(shapes))('%s', async (_, [held, found]) => {
    const { steps, ...result } = await compare(held, found);
    expect(steps).toBeLessThan(100 * (held.length + found.length));
    expect(result.same + result.moved.count).toBe(commonOf(held, found));
  });
});

/** How many lines two texts have in common, in whatever order. */
function commonOf(held: readonly string[], found: readonly string[]): number {
  const left = new Map<string, number>();
  for (const line of held) left.set(line, (left.get(line) ?? 0) + 1);
  let common = 0;
  for (const line of found) {
    const count = left.get(line) ?? 0;
    if (count > 0) common += 1;
    left.set(line, count - 1);
  }
  return common;
}
