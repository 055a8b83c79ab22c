import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasTool } from '../archives.ts';
import { BREACH, guesses, OWN_TIME, put, visit } from './own-logs.ts';
import { ROOT, runProgram, SAMPLE_TIME, scratch, spoor, storyOf } from './program.ts';

const at = scratch();

/** RFC 4180: rows of cells. */
function rows(text: string): string[][] {
  const all: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    all.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') all.push([]);
    if (end === '') break;
  }
  expect(all.pop()).toEqual(['']);
  return all;
}

describe.concurrent('--csv', () => {
  test('writes a table of each kind, which says what the JSON says', async () => {
    const folder = at('deep/er/tables');
    const { code } = await spoor(['investigate', '--csv', folder, ...SAMPLE_TIME, join(ROOT, 'sample/incident')]);
    expect(code).toBe(0);
    const story = await storyOf([...SAMPLE_TIME, join(ROOT, 'sample/incident')]);
    const tables = Object.fromEntries(
      readdirSync(folder).map((name) => [name, rows(readFileSync(join(folder, name), 'utf8'))]),
    );
    const counts = Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, table.length - 1]));
    expect(counts).toEqual({
      'actions.csv': story.actions.length,
      'attackers.csv': story.attackers.length,
      'entries.csv': story.entries.length,
      'findings.csv': story.findings.length,
      'inputs.csv': story.inputs.length,
      'missing.csv': story.missing.length,
      'sessions.csv': story.sessions.length,
      'steps.csv': story.sessions.reduce((sum, { steps }) => sum + steps.length, 0),
    });
    const [head = [], first = []] = tables['entries.csv'] ?? [];
    const entry = Object.fromEntries(head.map((column, index) => [column, first[index]]));
    expect(entry).toMatchObject({
      host: 'gate',
      user: 'svc-batch',
      method: 'password',
      address: '203.0.113.77',
      failuresBefore: '24',
    });
    for (const table of Object.values(tables)) for (const row of table) expect(row.length).toBe(table[0]?.length);
  });

  test('no cell is a formula, whatever an attacker writes', async () => {
    const names = ['=cmd|" /C calc"!A0', '+1', '-1+1', '@SUM(A1)', '\t=1', '＝1+1', "'=1", '"=1",=2'];
    const log =
      names.map((name, index) => guesses(`2026-03-09T10:0${index}:00Z`, `203.0.113.${index + 1}`, name, 20)).join('') +
      BREACH +
      visit('2026-03-09T11:00:00Z', '203.0.113.9', '=1+1', 5, 7700);
    put(at('evil/=1.log'), log);
    const { code } = await spoor(['investigate', '--csv', at('evil-tables'), ...OWN_TIME, '=1.log'], {
      cwd: at('evil'),
    });
    expect(code).toBe(0);
    const cells = readdirSync(at('evil-tables')).flatMap((name) =>
      rows(readFileSync(at('evil-tables', name), 'utf8')).flat(),
    );
    expect(cells.filter((cell) => /^\s*[=+@＝＋－＠-]/.test(cell) && !/^-?\d+(?:\.\d+)?$/.test(cell))).toEqual([]);
    expect(cells.some((cell) => cell.includes('=cmd|'))).toBe(true);
  });

  test('an old table is replaced, other files are left alone', async () => {
    mkdirSync(at('again'));
    writeFileSync(at('again/attackers.csv'), 'old');
    writeFileSync(at('again/notes.txt'), 'mine');
    await spoor(['investigate', '--csv', at('again'), ...OWN_TIME, put(at('auth.log'), BREACH)]);
    expect(readFileSync(at('again/attackers.csv'), 'utf8')).toMatch(/^address,/);
    expect(readFileSync(at('again/notes.txt'), 'utf8')).toBe('mine');
  });
});

describe.concurrent('--blocklist nft', () => {
  const log = put(
    at('block.log'),
    guesses('2026-03-09T08:00:00Z', '203.0.113.9', 'root', 30) +
      guesses('2026-03-09T08:10:00Z', '203.0.113.8', 'root', 30) +
      guesses('2026-03-09T08:20:00Z', '2001:4860:beef::7', 'root', 30) +
      guesses('2026-03-09T08:30:00Z', '::ffff:198.18.5.5', 'root', 30) +
      guesses('2026-03-09T08:40:00Z', '192.168.1.7', 'root', 30) +
      guesses('2026-03-09T08:50:00Z', 'fd00::7', 'root', 30),
  );
  const list = async (...args: string[]) => {
    const { code, stdout, stderr } = await spoor(['investigate', '--blocklist', 'nft', ...OWN_TIME, ...args, log]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };

  test('holds attackers of the Internet, never inside or kept addresses', async () => {
    const all = await list();
    expect(all).toContain('203.0.113.8/31');
    expect(all).toContain('2001:4860:beef::7');
    const rules = (await list('--keep', '203.0.113.9')).replaceAll(/^#.*$/gm, '');
    expect(rules).toContain('203.0.113.8');
    expect(rules).not.toMatch(/203\.0\.113\.9|192\.168|fd00|198\.18|\/31/);
  });

  test('is what nft takes, also when there is nothing to block', async () => {
    if (!hasTool('nft')) return;
    const ruleset = [await list(), await list('--keep', '0.0.0.0/0', '--keep', '::/0')];
    for (const input of ruleset) {
      const { code, stderr } = await runProgram('unshare', ['-rn', 'nft', '-c', '-f', '-'], { input });
      if (/unshare failed|Operation not permitted/.test(stderr)) return console.warn(`SKIPPED: ${stderr.trim()}`);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
  });

  test('of the incident too', async () => {
    const { stdout } = await spoor([
      'investigate',
      '--blocklist',
      'nft',
      ...SAMPLE_TIME,
      join(ROOT, 'sample/incident'),
    ]);
    const elements = [...stdout.replaceAll(/^#.*$/gm, '').matchAll(/^ {6}([0-9a-f.:/]+),?$/gm)].map(
      ([, element]) => element,
    );
    expect(elements).toEqual((await storyOf([...SAMPLE_TIME, join(ROOT, 'sample/incident')])).block);
    expect(elements.filter((element) => /^10\.|198\.51\.100\.1[01]$/.test(element ?? ''))).toEqual([]);
  });
});
