import { mkdtempSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { spoor } from '../../test/here.ts';
import { formatWalHeader, frameLength, readWal, saltSumOf, sealFrame, walPath } from '../ledger/wal.ts';

const folder = mkdtempSync(join(tmpdir(), 'spoor-compare-'));
const at = (name: string) => join(folder, name);
const compare = (...args: string[]) => spoor(['compare', ...args, '--ledger', at('ledger'), '--stream', 'vault/auth']);
const lines = Array.from(
  { length: 300 },
  (_, n) =>
    `Nov 22 10:${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')} vault sshd[${n}]: Accepted publickey for user${n}`,
);
const write = (name: string, some: readonly string[]) =>
  writeFileSync(at(name), some.map((line) => `${line}\n`).join(''));

beforeAll(async () => {
  vi.stubEnv('XDG_STATE_HOME', at('state'));
  expect((await spoor(['ledger', 'init', at('ledger'), '--origin', 'vault.example/main'])).status).toBe(0);
  write(
    'sent',
    lines.map((line) => `<38>${line}`),
  );
  expect((await spoor(['ledger', 'append', at('ledger'), '--stream', 'vault/auth', at('sent')])).status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('spoor compare', () => {
  test('tells what a host lacks, proved and with the command for the proof; the same file is the same', async () => {
    write('auth.log', lines);
    expect(await compare(at('auth.log'))).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^ 0 lines are missing .*\n.* 300 the same\n/),
    });
    write('auth.log', [
      ...lines.slice(0, 100),
      ...lines.slice(102, 200),
      'Nov 22 10:03:20 vault su: \u001b[2Jforged',
      ...lines.slice(200, 299),
    ]);
    const { status, stdout } = await compare(at('auth.log'));
    expect(status).toBe(10);
    expect(stdout).toMatch(/^ 3 lines are missing on the host that the ledger holds \(checkpoint of 301 records\)\n/);
    expect(stdout).toMatch(
      /auth\.log:100\n {5}#101 {2}\S+ \S+Z {2}Nov 22 10:01:40 vault sshd\[100\]: Accepted publickey for user100\n/,
    );
    expect(stdout).toContain('\\x1b[2Jforged');
    expect(stdout).toContain(' 3 records told here were checked against the signed checkpoint\n');
    expect(stdout).toContain(` Proof of one: spoor prove ${at('ledger')} 101\n`);
  });

  test('reads rotated files in their order, and leaves out what was not handed in', async () => {
    write('r.log', lines.slice(200));
    write('r.log.1', lines.slice(100, 200));
    writeFileSync(
      at('r.log.2.gz'),
      gzipSync(
        lines
          .slice(0, 100)
          .map((line) => `${line}\n`)
          .join(''),
      ),
    );
    expect(await compare(at('r.log'), at('r.log.2.gz'), at('r.log.1'))).toMatchObject({ status: 0 });
    const { status, stdout } = await compare(at('r.log'), at('r.log.2.gz'), '--json');
    const found = JSON.parse(stdout) as {
      same: number;
      missing: { count: number };
      outside: { absent: { records: { count: number } } };
    };
    expect([status, found.same, found.missing.count, found.outside.absent.records.count]).toEqual([0, 200, 0, 100]);
    expect((await compare(at('r.log'))).stdout).toContain(
      'older files lie beside it and were not handed in: r.log.1, r.log.2.gz\n',
    );
  });

  test('a file that was emptied, and records behind the time at which it was taken', async () => {
    write('e.log', []);
    expect(await compare(at('e.log'))).toMatchObject({
      status: 10,
      stdout: expect.stringContaining('The file is empty: 300 records'),
    });
    write('t.log', lines.slice(0, 250));
    expect((await compare(at('t.log'))).stdout).toMatch(/^ 50 lines are missing/);
    expect((await compare(at('t.log'), '--taken', '2020-01-01T00:00:00Z')).stdout).toMatch(
      / Not judged: 50 records received after/,
    );
    write('h.log', lines.slice(20));
    expect((await compare(at('h.log'))).stdout).toMatch(
      / Not judged: 20 records older .*\n(?:.*\n){2} {5}no older file of this log lies beside it/,
    );
    expect((await compare(at('h.log'), '--from', '2020-01-01T00:00:00Z')).stdout).toMatch(/^ 20 lines are missing/);
    utimesSync(at('t.log'), 1, 1); // a time that was set back says nothing
    expect((await compare(at('t.log'))).stdout).toMatch(/^ 50 lines are missing/);
  });

  test('what cannot be compared is refused', async () => {
    write('x.log', lines);
    expect(await spoor(['compare', at('x.log'), '--ledger', at('ledger'), '--stream', 'vault'])).toMatchObject({
      status: 66,
    });
    expect((await compare(at('none.log'))).status).toBe(66);
    expect((await compare('-')).status).toBe(64);
    writeFileSync(at('cut.gz'), gzipSync(lines.join('\n')));
    truncateSync(at('cut.gz'), 900);
    expect(await compare(at('cut.gz'))).toMatchObject({ status: 65, stdout: '' });
    expect((await spoor(['compare', '--rules'])).stdout).toContain('<38>');
  });

  test('an accusation is not built on a ledger that was forged', async () => {
    write('f.log', lines.slice(1));
    const path = at(`ledger/${walPath(0)}`);
    const before = readFileSync(path);
    const { entries, salt } = readWal(before, 0);
    for (const [forged, sum] of [
      [rewritten(entries, salt), 'right sums'],
      [Buffer.from(before.toString('latin1').replace('for user0', 'for user9'), 'latin1'), 'a wrong sum'],
    ] as const) {
      expect([sum, forged.length, forged.equals(before)]).toEqual([sum, before.length, false]);
      writeFileSync(path, forged);
      expect([sum, (await compare(at('f.log'), '--from', '2020-01-01T00:00:00Z')).status]).toEqual([sum, 65]);
    }
    writeFileSync(path, before);
    expect((await compare(at('f.log'), '--from', '2020-01-01T00:00:00Z')).stdout).toMatch(/^ 1 line is missing/);
  });
});

/** The log file with another user in its first line, framed so that its reader believes it. */
function rewritten(entries: readonly Buffer[], salt: Buffer): Buffer {
  const frames = entries.map((entry, index) => {
    const forged = Buffer.from(entry.toString('latin1').replace('for user0', 'for user9'), 'latin1');
    const buffer = Buffer.concat([Buffer.alloc(frameLength(0)), forged]);
    sealFrame(buffer, 0, forged.length, index, saltSumOf(salt));
    return buffer;
  });
  return Buffer.concat([formatWalHeader(0, salt), ...frames]);
}
