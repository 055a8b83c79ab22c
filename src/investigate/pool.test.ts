import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Story } from '../trace/story.ts';
import { everything } from './fixtures/everything.ts';
import { investigate } from './run.ts';

const PRESENT = Date.parse('2026-03-20T12:00:00Z');
const MIB = 2 ** 20;

/** A night of guessing, and one login, until it is so many bytes long. */
function guessing(bytes: number): string {
  const lines: string[] = [];
  let length = 0;
  for (let at = 0; length < bytes; at += 1) {
    const seconds = Math.floor(at / 4);
    const clock = new Date(Date.UTC(2026, 2, 8) + seconds * 1000).toISOString().slice(11, 19);
    const day = 8 + Math.floor(seconds / 86_400);
    const tag = `Mar ${String(day).padStart(2)} ${clock} ${at % 11 === 0 ? 'db1' : 'web1'} sshd[${1000 + (at % 20_000)}]:`;
    const peer = `198.51.${at % 7}.${1 + ((at * 31) % 200)} port ${20_000 + (at % 9000)}`;
    const name = `user${(at * 17) % 900}`;
    if (at % 5 === 4) lines.push(`${tag} message repeated 2 times: [ Failed password for root from ${peer} ssh2]`);
    else if (at === 30_001) lines.push(`${tag} Accepted password for root from 203.0.113.9 port 4711 ssh2`);
    else if (at % 3 === 0) lines.push(`${tag} Failed password for root from ${peer} ssh2`);
    else lines.push(`${tag} Failed password for invalid user ${name} from ${peer} ssh2`);
    length += (lines.at(-1)?.length ?? 0) + 1;
  }
  return `${lines.join('\n')}\n`;
}

async function storyOf(folder: string, workers?: number): Promise<Omit<Story, 'totals'> & { totals: object }> {
  const story = await investigate([folder], { ...everything(PRESENT), top: 2000, workers });
  return { ...story, totals: { ...story.totals, seconds: 0 } };
}

test('the story is the same however many threads read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-pool-'));
  try {
    writeFileSync(join(folder, 'auth.log'), guessing(21 * MIB));
    writeFileSync(join(folder, 'secure'), guessing(2 * MIB));
    const alone = await storyOf(folder, 0);
    expect(alone.totals).toMatchObject({ seconds: 0 });
    expect(alone.attackers.length).toBeGreaterThan(100);
    expect(await storyOf(folder, 2)).toEqual(alone);
    expect(await storyOf(folder, 1)).toEqual(alone);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a long file, read by one thread and hashed by another, tells what two reading threads tell', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-pool-'));
  try {
    const part = Buffer.from(guessing(3 * MIB));
    const file = join(folder, 'auth.log');
    const hash = createHash('sha256');
    for (let length = 0; length < 129 * MIB; length += part.length) {
      appendFileSync(file, part);
      hash.update(part);
    }
    const alone = await storyOf(folder);
    expect(alone.inputs).toMatchObject([{ sha256: hash.digest('hex'), size: statSync(file).size }]);
    expect(await storyOf(folder, 1)).toEqual(alone);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
