import { expect, test } from 'vitest';
import type { Event } from '../core/event.ts';
import { Notables } from './notable.ts';

const LONG = 'A'.repeat(5000);

function login(user: string, address: string, raw = `Accepted password for ${user} from ${address}`): Event {
  const fields = { 'event.action': 'ssh_login', 'user.name': user, 'source.ip': address };
  return event(fields, raw);
}

function command(user: string, text: string): Event {
  return event({ 'event.action': 'sudo', 'user.name': user, 'process.command_line': text }, `${user}: ${text}`);
}

function event(fields: Event['fields'], raw: string): Event {
  const user = fields['user.name'] as string;
  const address = (fields['source.ip'] as string | undefined) ?? '';
  const common = {
    line: 1,
    lines: 1,
    count: 1,
    time: 0,
    certainty: 'exact',
    host: 'web-1',
    process: 'sshd',
    pid: 7,
  } as const;
  return { ...common, parser: 'sshd', message: raw, fields, shape: null, address, user, raw };
}

test('ever new names from one address leave room for everybody else, and are counted', () => {
  const notables = new Notables();
  for (let at = 0; at < 20_000; at += 1) notables.add(login(`n${at}`, '192.0.2.66'));
  notables.add(login('deploy', '203.0.113.77'));
  expect(notables.kept.length).toBe(5001);
  expect(notables.crowded).toBe(15_000);
  expect(notables.kept.at(-1)?.user).toBe('deploy');
});

test('ever new commands of one account leave room for other accounts', () => {
  const notables = new Notables();
  for (let at = 0; at < 30_000; at += 1) notables.add(command('root', `/bin/c${at}`));
  notables.add(command('deploy', '/usr/sbin/useradd evil'));
  expect(notables.crowded).toBe(10_000);
  expect(notables.kept.at(-1)?.fields['process.command_line']).toBe('/usr/sbin/useradd evil');
});

test('the same again is neither crowded nor told for ever', () => {
  const notables = new Notables();
  for (let at = 0; at < 3000; at += 1) notables.add(login('backup', '192.0.2.9'));
  expect([notables.kept.length, notables.crowded]).toEqual([2000, 0]);
});

test('names are short, with a mark where they were cut', () => {
  const notables = new Notables();
  notables.add(login(LONG, '192.0.2.66'));
  const [kept] = notables.kept;
  expect(kept?.user).toBe(`${'A'.repeat(256)}…`);
  expect(kept?.fields['user.name']).toBe(kept?.user);
  expect(notables.shortened).toBe(1);
});

test('long commands are kept while there is room for them, then their beginnings', () => {
  const notables = new Notables();
  const whole = `/bin/echo ${'B'.repeat(3000)}`;
  notables.add(command('root', whole));
  expect(notables.kept[0]?.fields['process.command_line']).toBe(whole);
  for (let at = 0; at < 3000; at += 1) notables.add(command('root', `/bin/c${at}${LONG}`));
  const chars = notables.kept.reduce((sum, one) => sum + one.raw.length + one.message.length, 0);
  expect(chars).toBeLessThan(8 << 20);
  expect(notables.kept.at(-1)?.raw).toMatch(/^root: \/bin\/c2999A{200,}…$/);
  expect(notables.shortened).toBe(3000);
});

test('what is sifted again is not cut further, nor counted again', () => {
  const [first, second] = [new Notables(), new Notables()];
  for (let at = 0; at < 3000; at += 1) first.add(command('root', `/bin/c${at}${LONG}`));
  expect(second.sift(first.kept)).toEqual(first.kept);
});
