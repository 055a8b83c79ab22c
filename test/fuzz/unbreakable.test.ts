import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBytes } from '../../bench/decode-bytes.ts';
import { build, SHAPES } from '../../bench/hostile-shapes.ts';
import { type Event, toEcs } from '../../src/core/event.ts';
import { blamed } from './blame.ts';
import { budget } from './budget.ts';
import { hostileText } from './hostile-text.ts';
import { corpus, mutate } from './mutate.ts';
import { envelope } from './sshd-model.ts';

/** What holds of every event, whatever the bytes were. */
function expectSound(event: Event, lines: number): void {
  expect(event.line).toBeGreaterThanOrEqual(1);
  if (event.parser !== 'utmp' && event.parser !== 'lastlog') expect(event.line).toBeLessThanOrEqual(lines); // theirs are records
  expect(event.lines).toBeGreaterThanOrEqual(1);
  expect(Number.isSafeInteger(event.count) && event.count >= 1).toBe(true);
  expect(Number.isNaN(event.time) || Number.isFinite(event.time)).toBe(true);
  expect(event.time > 8.64e15).toBe(false); // the last instant that a Date can hold
  const document = JSON.parse(JSON.stringify(toEcs(event))) as Record<string, unknown>;
  for (const value of Object.values(document)) expect(value).not.toBeNull(); // NaN and Infinity become null
  for (const ip of blamed(event)) expect(isIP(ip)).not.toBe(0);
  for (const port of [document['source.port'], document['process.pid']]) {
    if (port !== undefined) expect(Number.isSafeInteger(port) && (port as number) >= 0).toBe(true);
  }
}

/** Lines as the reader counts them: a line feed ends one. */
function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

async function expectReads(bytes: Buffer, path = 'fuzz.log'): Promise<Event[]> {
  const events = await decodeBytes(bytes, { path });
  const lines = linesOf(bytes);
  for (const event of events) expectSound(event, Math.max(1, lines.length));
  return events;
}

describe('no bytes stop the reader, and no event is unsound', () => {
  test('random bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 600 }).map((array) => Buffer.from(array));
    await fc.assert(
      fc.asyncProperty(bytes, async (input) => void (await expectReads(input))),
      budget(300),
    );
  });

  test('random lines in every envelope: each is an event, none is lost', async () => {
    const line = fc.tuple(envelope, fc.nat(5_000_000), hostileText).map(([wrap, pid, text]) => wrap(pid, text));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 8 }), async (lines) => {
        const events = await expectReads(Buffer.from(`${lines.join('\n')}\n`));
        const seen = new Set(events.map((event) => event.line));
        expect(lines.map((_, at) => at + 1).filter((number) => !seen.has(number))).toEqual([]);
      }),
      budget(500),
    );
  });

  test('the samples of every parser, mutated', async () => {
    const samples = corpus();
    await fc.assert(
      fc.asyncProperty(fc.nat(0x7fffffff), async (seed) => {
        const { path, bytes } = mutate(samples, seed);
        await expectReads(bytes, path);
      }),
      budget(600),
    );
  });

  test('a file cut anywhere, even inside a character', async () => {
    const text = 'Mar  7 10:00:00 web1 sshd[9]: Invalid user 日本😀 from 203.0.113.9 port 9\r\n';
    const bytes = Buffer.from(text.repeat(2));
    for (let at = 0; at <= bytes.length; at += 1) await expectReads(bytes.subarray(0, at));
  });

  test('every hostile shape, 64 KiB of it', async () => {
    const broken: string[] = [];
    for (const shape of SHAPES) {
      const read = decodeBytes(build(shape, 65_536), { emit: () => undefined });
      await read.catch((error: unknown) => broken.push(`${shape.name}: ${error}`));
    }
    expect(broken).toEqual([]);
  });

  test('a line of 20 MiB is one event, and the next line is read', async () => {
    const next = 'Mar  7 10:00:00 web1 sshd[9]: Invalid user x from 203.0.113.9 port 9\n';
    const events = await expectReads(Buffer.concat([Buffer.alloc(20 << 20, 'a'), Buffer.from(`\n${next}`)]));
    expect(events.map(({ line }) => line)).toEqual([1, 2]);
    expect(events[1]?.process).toBe('sshd');
  });
});

test('the same bytes give the same events, however often they are read', async () => {
  const samples = corpus();
  await fc.assert(
    fc.asyncProperty(fc.nat(0x7fffffff), async (seed) => {
      const { path, bytes } = mutate(samples, seed);
      expect(await decodeBytes(bytes, { path })).toEqual(await decodeBytes(bytes, { path }));
    }),
    budget(50),
  );
});
