import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createDispatch } from '../decode/dispatch.ts';
import { parsers } from '../parsers/index.ts';
import type { Piece } from './piece.ts';
import { ReadAhead } from './read-ahead.ts';
import { Scanner } from './scan.ts';

const folder = mkdtempSync(join(tmpdir(), 'spoor-scan-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OPTIONS = { zone: 'UTC', hostZones: {}, sinceMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
const START = Date.UTC(2026, 2, 7);

/** Lines of some hosts with silences between them, and of one that speaks seldom; every hundredth line repeats the one before. */
function authLog(lines: number): string {
  const hosts = ['web1', 'db1', 'mail1'];
  let ms = START;
  return Array.from({ length: lines }, (_, at) => {
    ms += at % 997 === 0 ? 7_200_000 : 1000;
    const stamp = new Date(ms).toISOString();
    const host = at % 7000 < 5 ? 'seldom1' : hosts[Math.floor(at / 50) % hosts.length];
    if (at % 100 === 99) return `${stamp} ${host} last message repeated 2 times\n`;
    const peer = `192.0.2.${at % 250}`;
    return `${stamp} ${host} sshd[${at + 1}]: Failed password for invalid user n${at % 90} from ${peer} port 4022 ssh2\n`;
  }).join('');
}

function webLog(lines: number): string {
  return Array.from({ length: lines }, (_, at) => {
    const seconds = String(at % 60).padStart(2, '0');
    const path = at % 50 === 0 ? `/?id=1'+AND+SLEEP(${at % 7})--+` : `/product/${at % 800}`;
    return `192.0.2.${at % 250} - - [07/Mar/2026:10:00:${seconds} +0000] "GET ${path} HTTP/1.1" ${at % 9 ? 200 : 404} 5 "-" "Mozilla/5.0"\n`;
  }).join('');
}

/** Report and counts of a log: from memory (where its blocks stay), from a file (where each is written over), or read ahead. */
function read(log: string, how: 'memory' | 'file' | 'ahead'): object {
  const bytes = Buffer.from(log);
  const path = join(folder, 'log');
  writeFileSync(path, bytes);
  const ahead = how === 'ahead' ? new ReadAhead(path, bytes.length, () => false) : null;
  const piece: Piece = {
    ...{ task: 1, path, binary: null, years: { base: 2026, endMs: START + 1e9 }, mark: null, head: null, label: '' },
    bytes: how === 'memory' ? bytes : null,
    file: how === 'memory' ? null : { path, offset: 0, length: bytes.length, ahead },
  };
  const scanner = new Scanner(createDispatch(parsers), OPTIONS, () => false);
  const report = scanner.scan(piece);
  const { addresses, refs, cells, web } = scanner.tallies;
  return { report, addresses, refs, cells, targets: web.targets, hostile: web.hostile };
}

test.each([
  ['sshd', authLog(30_000)],
  ['web', webLog(30_000)],
  ['a line longer than a block', `${authLog(12_000)}${'x'.repeat(1_600_000)}\n${authLog(100)}`],
  ['no newline at its end', authLog(12_000).trimEnd()],
])('%s: a file reads as its bytes do, though its blocks are written over', (_, log) => {
  const inMemory = read(log, 'memory');
  expect(read(log, 'file')).toEqual(inMemory);
  expect(read(log, 'ahead')).toEqual(inMemory);
});

test.each([
  [0, 'Invalid user admin from 192.0.2.7 port 22'],
  [1, `Invalid user ${'x'.repeat(2_100_000)} from 192.0.2.7 port 22`],
  [1, 'y'.repeat(1_100_000)],
])('%i lines are told of which only the beginning was read', (cut, message) => {
  const log = `${authLog(3)}Mar  9 10:00:00 web1 sshd[77]: ${message}\n${authLog(3)}`;
  for (const how of ['memory', 'file', 'ahead'] as const)
    expect(read(log, how)).toMatchObject({ report: { lines: 7, shortened: cut } });
});
