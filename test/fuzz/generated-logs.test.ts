import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeBytes } from '../../bench/decode-bytes.ts';
import { type AuthLog, generateAuth } from '../../bench/generate-auth.ts';
import { generateWeb } from '../../bench/generate-web.ts';
import type { Event } from '../../src/core/event.ts';

// The generators know how often what happened: reading their files back must count the same.

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-generated-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LINES = 20_000;
const make = (name: string, options: Partial<AuthLog> = {}) => {
  const path = join(folder, name);
  const truth = generateAuth({ path, lines: LINES, ...options });
  return { truth, bytes: readFileSync(path), endMs: statSync(path).mtimeMs };
};
const happened = (events: readonly Event[], start: string) =>
  events.filter(({ message }) => message.startsWith(start)).reduce((sum, { count }) => sum + count, 0);

describe('auth logs', () => {
  test('are the same for the same seed, and another for another', () => {
    const { bytes } = make('a.log');
    expect(make('b.log').bytes.equals(bytes)).toBe(true);
    expect(make('c.log', { seed: 7 }).bytes.equals(bytes)).toBe(false);
  });

  test('have the lines, the share of failures and the logins that they are asked for', () => {
    const { truth, bytes } = make('d.log');
    expect(bytes.toString().split('\n')).toHaveLength(LINES + 1);
    expect(truth.lines).toBe(LINES);
    expect(truth.failedLines / LINES).toBeCloseTo(0.26, 1);
    expect(truth.logins).toBeGreaterThanOrEqual(10);
    expect(truth.breach).not.toBeNull();
  });

  test.each([
    ['RFC 3164', {}],
    ['RFC 3339 stamps', { iso: true }],
    ['three hosts', { hosts: 3 }],
  ])('are read back whole: %s', async (_, options) => {
    const { truth, bytes, endMs } = make('e.log', options);
    const events = await decodeBytes(bytes, { endMs });
    expect(new Set(events.map(({ line }) => line)).size).toBe(LINES);
    expect(happened(events, 'Failed password for ')).toBe(truth.failures);
    expect(happened(events, 'Accepted ')).toBe(truth.logins);
    expect(events.filter(({ time }) => Number.isNaN(time))).toEqual([]);
    expect(events.every(({ time }, at) => at === 0 || time >= (events[at - 1]?.time ?? 0))).toBe(true);
    expect(new Date(events[0]?.time ?? 0).getUTCFullYear()).toBe(2024);
  });

  test('are understood: failures and logins have their source', async () => {
    const { truth, bytes, endMs } = make('f.log');
    const events = await decodeBytes(bytes, { endMs });
    const outcome = (wanted: string, start: string) =>
      events
        .filter(({ fields, message }) => message.startsWith(start) && fields['event.outcome'] === wanted)
        .filter(({ fields }) => typeof fields['source.ip'] === 'string')
        .reduce((sum, { count }) => sum + count, 0);
    expect(outcome('failure', 'Failed password for ')).toBe(truth.failures);
    expect(outcome('success', 'Accepted ')).toBe(truth.logins);
  });
});

test('web logs are read back whole', async () => {
  const path = join(folder, 'web.log');
  const truth = generateWeb({ path, lines: LINES });
  expect(truth.hostile / LINES).toBeGreaterThan(0.01);
  const events = await decodeBytes(readFileSync(path));
  expect(events).toHaveLength(LINES);
  const sources = new Set(events.map(({ fields }) => fields['source.ip']));
  expect(sources.size).toBe(truth.addresses);
});
