import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';

const START = '2026-05-01T08:00:00Z';
const HOME = '198.51.100.7';
const STRANGE = '203.0.113.140';

/** A record of wtmp of a login that began so many minutes after the start. */
function record(minutes: number, user: string, address: string): Buffer {
  const bytes = Buffer.alloc(384);
  bytes.writeInt16LE(7, 0);
  bytes.writeInt32LE(4242 + minutes, 4);
  bytes.write('pts/0', 8);
  bytes.write('ts/0', 40);
  bytes.write(user, 44);
  bytes.write(address, 76);
  bytes.writeInt32LE(Date.parse(START) / 1000 + minutes * 60, 340);
  return bytes;
}

const AFTER_A_DAY = 1440;
/** A day with a login of mina's, silence from a minute on for so many, and another day of life. */
function log({ silent = 0, ends = false } = {}): string {
  const writer = new LogWriter('web1', START).enters(HOME, 'mina', 300).leaves('mina', 300).life(AFTER_A_DAY);
  return ends
    ? writer.text()
    : writer
        .wait(silent * 60)
        .life(AFTER_A_DAY)
        .text();
}
const life = (silent = 0) =>
  new LogWriter('web1', START)
    .life(AFTER_A_DAY)
    .wait(silent * 60)
    .life(AFTER_A_DAY)
    .text();
const OUTAGE = { silent: 300 };
/** Within the silence, or in the midst of life when there is none. */
const THEN = AFTER_A_DAY + 120;

async function judge(files: Readonly<Record<string, string | Buffer>>) {
  const story = await investigateFiles(
    Object.fromEntries(Object.entries(files).map(([name, content]) => [`web1/var/log/${name}`, content])),
  );
  const { verdict, entries, missing, reasons } = story;
  const found = missing.filter(({ kind }) => kind === 'record_without_login').map(({ suspicion }) => suspicion);
  const isAsked = reasons.some((reason) => reason.startsWith("a login that may be an intruder's"));
  return { verdict, entries: entries.map(({ user, address }) => `${user} ${address}`), found, isAsked };
}

describe('a login record of which no line tells', () => {
  const strange = record(THEN, 'root', STRANGE);
  const known = record(THEN, 'mina', HOME);
  const elsewhere = record(THEN, 'mina', '198.51.100.99');

  test('among lines of the same log: they were taken out, and it is the way in', async () => {
    const taken = { verdict: 'breached', entries: [`root ${STRANGE}`], found: ['high'] };
    expect(await judge({ 'auth.log': log(), wtmp: strange })).toMatchObject(taken);
    expect(await judge({ 'auth.log': log(), syslog: life(), wtmp: strange })).toMatchObject(taken);
  });

  test('among lines, of somebody who comes and goes: a question where it is from the usual place', async () => {
    const story = await judge({ 'auth.log': log(), wtmp: known });
    expect(story).toMatchObject({ verdict: 'quiet', entries: [], found: ['medium'], isAsked: true });
  });

  test('thousands of them are no intruder’s logins, and the first ones are told', async () => {
    const forged = Array.from({ length: 3000 }, (_, at) =>
      record(60 + (at % 1000), `u${at}`, `203.${at >> 8}.0.${at & 255}`),
    );
    const story = await judge({ 'auth.log': log(), wtmp: Buffer.concat(forged) });
    expect([story.found.length, story.entries.length]).toEqual([3000, 100]);
  });

  test('in a silence of the login log alone, while others speak: so too', async () => {
    const story = await judge({ 'auth.log': log(OUTAGE), syslog: life(), wtmp: strange });
    expect(story).toMatchObject({ verdict: 'breached', entries: [`root ${STRANGE}`], found: ['high'] });
  });

  test('while the logger stood still: of who is known from there it is no wonder, of others a question', async () => {
    const of = (wtmp: Buffer) => judge({ 'auth.log': log(OUTAGE), syslog: life(OUTAGE.silent), wtmp });
    expect(await of(known)).toEqual({ verdict: 'quiet', entries: [], found: ['low'], isAsked: false });
    expect(await of(elsewhere)).toEqual({ verdict: 'quiet', entries: [], found: ['medium'], isAsked: true });
    expect(await of(strange)).toEqual({ verdict: 'quiet', entries: [], found: ['medium'], isAsked: true });
  });

  test('in a silence of the only log: an account that never came is an intruder’s', async () => {
    const of = (wtmp: Buffer) => judge({ 'auth.log': log(OUTAGE), wtmp });
    expect(await of(known)).toMatchObject({ verdict: 'quiet', entries: [], found: ['low'] });
    expect(await of(elsewhere)).toMatchObject({ verdict: 'quiet', entries: [], found: ['medium'], isAsked: true });
    expect(await of(strange)).toMatchObject({ verdict: 'breached', entries: [`root ${STRANGE}`], found: ['high'] });
  });

  test('where the login log was not handed in so far, and another that tells no logins was', async () => {
    const of = (wtmp: Buffer) => judge({ 'auth.log': log({ ends: true }), syslog: life(), wtmp });
    const two = Buffer.concat([elsewhere, record(THEN + 90, 'mina', HOME)]);
    expect(await of(two)).toMatchObject({ verdict: 'cannot_tell', entries: [], found: [], isAsked: false });
    expect(await of(strange)).toMatchObject({ verdict: 'cannot_tell', entries: [], found: ['medium'] });
  });

  test('where one of the login log’s rotated files was not handed in', async () => {
    const minutes = (from: number) => new LogWriter('web1', new Date(Date.parse(START) + from * 60_000).toISOString());
    const files = {
      'auth.log.2': log({ ends: true }),
      'auth.log': minutes(2 * AFTER_A_DAY)
        .life(AFTER_A_DAY)
        .text(),
      syslog: minutes(0)
        .life(3 * AFTER_A_DAY)
        .text(),
    };
    const of = (wtmp: Buffer) => judge({ ...files, wtmp });
    expect(await of(elsewhere)).toMatchObject({ entries: [], found: [], isAsked: false });
    expect(await of(strange)).toMatchObject({ entries: [], found: ['medium'], isAsked: true });
  });

  test('on a server that writes no lines of logins', async () => {
    const wtmp = Buffer.concat([60, 600, 1500].map((minutes) => record(minutes, 'mina', HOME)));
    const story = await judge({ 'auth.log': life(), wtmp });
    expect(story).toMatchObject({
      verdict: 'quiet',
      entries: [],
      found: ['medium', 'medium', 'medium'],
      isAsked: true,
    });
    const one = await judge({ 'auth.log': life(), wtmp: strange });
    expect(one).toMatchObject({ verdict: 'breached', entries: [`root ${STRANGE}`] });
  });
});
