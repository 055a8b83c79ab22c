import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Authority } from '../../listeners/fixtures/certificates.ts';
import { placeOf } from './canary-senders.ts';
import { judge } from './certificates.ts';
import { senders } from './clock.ts';
import { forecast } from './disk.ts';

const DAY = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'spoor-doctor-parts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the disk', () => {
  const GB = 1e9;
  const usage = { free: 500 * GB, used: 10 * GB, kept: 1e8, recent: 7e7, overMs: 7 * DAY };

  test('lasts as long as the last days say', () => {
    expect(forecast(usage)).toMatchObject({
      level: 'ok',
      what: expect.stringContaining('about 1.0 GB a day: it lasts for 500 days'),
    });
    expect(forecast({ ...usage, free: 20 * GB })).toMatchObject({
      level: 'warn',
      what: expect.stringContaining('20 days'),
    });
    expect(forecast({ ...usage, free: 2 * GB })).toMatchObject({
      level: 'bad',
      what: expect.stringContaining('2 days'),
    });
  });

  test('is full at last, whatever the rate is; a first hour tells nothing', () => {
    expect(forecast({ ...usage, free: 1e8, overMs: 1000 }).level).toBe('bad');
    expect(forecast({ ...usage, overMs: DAY / 24 })).toMatchObject({
      level: 'ok',
      what: expect.stringContaining('too early'),
    });
    expect(forecast({ ...usage, recent: 0 }).what).toContain('it lasts for years');
  });

  test('has words for any numbers', () => {
    const size = fc.integer({ min: 0, max: 2 ** 50 });
    const any = fc.record({
      free: size,
      used: size,
      kept: size,
      recent: size,
      overMs: fc.integer({ min: 0, max: 7 * DAY }),
    });
    fc.assert(
      fc.property(any, (given) => {
        expect(forecast(given).what).not.toMatch(/NaN|Infinity|undefined/);
      }),
    );
  });
});

describe('certificates', () => {
  test('that end soon, have ended, or have not begun', async () => {
    const authority = await Authority.make(folder, 'ours');
    const { certificate, ca } = await authority.issue('long', { cn: 'spoor', days: 400 });
    const pem = readFileSync(certificate, 'latin1');
    const at = (days: number) => judge('certificate of x', certificate, pem, Date.now() + days * DAY)[0];
    expect(at(0)).toMatchObject({
      level: 'ok',
      what: expect.stringMatching(/^CN=spoor is good until .* \(399 days\)$/),
    });
    expect(at(380)?.level).toBe('warn');
    expect(at(398)?.level).toBe('bad');
    expect(at(401)).toMatchObject({ level: 'bad', what: expect.stringContaining('ended') });
    expect(at(-5)).toMatchObject({ level: 'bad', what: expect.stringContaining('begins') });
    const both = readFileSync(ca, 'latin1').repeat(2);
    expect(judge('authority of x', ca, both, Date.now())).toHaveLength(2);
    expect(judge('certificate of x', ca, 'no PEM', Date.now())[0]?.level).toBe('bad');
  });
});

describe('senders’ clocks', () => {
  const one = (stream: string, clockSkewMs: number | null, trust: 'address' | 'local' = 'address') => ({
    stream,
    clockSkewMs,
    trust,
  });

  test('that are off are named; when most are, it may be ours', () => {
    expect(senders([one('a', 100), one('b', null), one('c', 1e9, 'local')])).toMatchObject([{ level: 'ok' }]);
    expect(senders([one('a', -100_000), one('b', 10), one('c', 10)])[0]).toMatchObject({
      level: 'warn',
      what: expect.stringContaining('1 of 3 senders’ clocks is off, or its lines come late: a 100 s behind'),
      todo: 'Set these hosts’ clocks.',
    });
    expect(senders([one('a', 9e4), one('b', 9e4), one('c', 9e4)])[0]?.todo).toContain('this machine');
    expect(senders([])).toEqual([]);
  });
});

test('a listener is reached at what it bound, and by loopback where it bound all', () => {
  expect(placeOf('127.0.0.1:514')).toEqual({ host: '127.0.0.1', port: 514 });
  expect(placeOf('0.0.0.0:514')).toEqual({ host: '127.0.0.1', port: 514 });
  expect(placeOf('[::]:6514')).toEqual({ host: '::1', port: 6514 });
  expect(placeOf('[2001:db8::7]:1')).toEqual({ host: '2001:db8::7', port: 1 });
  for (const text of ['/var/log/*.log', 'the system journal', 'example.com:80', '']) expect(placeOf(text)).toBeNull();
});
