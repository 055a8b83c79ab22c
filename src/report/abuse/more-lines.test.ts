import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { createDispatch } from '../../decode/dispatch.ts';
import { gather } from '../../evidence/index.ts';
import { parsers } from '../../parsers/index.ts';
import { guesser } from '../fixtures/pieces.ts';
import { lineReader } from './line-reader.ts';
import { linesNaming, mostTelling } from './more-lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'spoor-more-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const A = '203.0.113.5';
const SIX = '2001:db8::7';
const second = (at: number): string =>
  `Mar  2 00:${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
const failed = (at: number, address: string): string =>
  `${second(at)} gate sshd[${at + 10}]: Failed password for root from ${address} port ${40_000 + at} ssh2`;

const readLine = lineReader({
  dispatch: createDispatch(parsers),
  zone: 'UTC',
  hostZones: {},
  endMs: Date.parse('2026-03-10T00:00:00Z'),
});

test('the first and last lines of each address, out of plain and packed files', async () => {
  const lines = Array.from({ length: 500 }, (_, at) => failed(at, at % 100 === 50 ? '2001:DB8:0::7' : A));
  writeFileSync(join(folder, 'auth.log'), `${lines.slice(0, 250).join('\n')}\r\n`);
  writeFileSync(
    join(folder, 'auth.log.1.gz'),
    gzipSync(`${lines.slice(250).join('\n')}\nSent to 203.0.113.55 and 1203.0.113.5\n`),
  );
  writeFileSync(join(folder, 'wtmp'), Buffer.concat([Buffer.alloc(50), Buffer.from(A), Buffer.alloc(50)]));
  const naming = await linesNaming(gather([folder]), new Set([A, SIX, '203.0.113.6']));
  expect([naming.get(A)?.size, naming.get(SIX)?.size, naming.get('203.0.113.6')?.size]).toEqual([48, 5, 0]);
  expect([...(naming.get(A) ?? [])].every((line) => lines.includes(line))).toBe(true);
  expect(naming.get(A)).toContain(lines[0]);
  expect(naming.get(A)).toContain(lines[499]);
});

test('of these, the hostile ones in the time of the attack, with a port first', () => {
  const pam = `${second(30)} gate sshd[7]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${A}  user=root`;
  const good = `${second(40)} gate sshd[7]: Accepted password for anna from ${A} port 40022 ssh2`;
  const forged = `${second(40)} gate sshd[7]: Failed password for invalid user x from ${A} port 1 ssh2 from 198.51.100.9 port 40022 ssh2`;
  const lines = new Set([pam, good, forged, 'no log line', failed(45, A), failed(3000, A)]);
  const attacker = guesser(A, 9, { first: '2026-03-02T00:00:00Z', last: '2026-03-02T00:10:00Z' });
  const told = mostTelling(new Map([[A, lines]]), { attackers: [attacker] }, readLine);
  expect(told.get(A)).toEqual([failed(45, A), pam]);
});
