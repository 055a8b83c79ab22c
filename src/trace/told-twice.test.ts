import { expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';

const START = '2026-05-19T10:00:00Z';
const log = new LogWriter('gate', START)
  .life(60)
  .fails('203.0.113.77', 'deploy', 2000, 20)
  .enters('203.0.113.77', 'deploy', 2100)
  .sudo('deploy', '/usr/bin/id')
  .sudo('deploy', '/usr/bin/id')
  .leaves('deploy', 2100)
  .life(60)
  .text();
/** The same lines as a journal has them, 300 ms into each second. */
const journal = log
  .trim()
  .split('\n')
  .map((line) => {
    const [, tag = '', pid, message = ''] = /^(\S+?)(?:\[(\d+)\])?: (.*)$/.exec(line.slice(21)) ?? [];
    const stamp = `${(Date.parse(`${line.slice(0, 15)} 2026 UTC`) + 300) * 1000}`;
    return JSON.stringify({
      __REALTIME_TIMESTAMP: stamp,
      _HOSTNAME: 'gate',
      SYSLOG_IDENTIFIER: tag,
      _PID: pid ?? '77',
      MESSAGE: message,
    });
  })
  .join('\n');

const gist = async (files: Record<string, string>) => {
  const { entries, sessions, hops } = await investigateFiles(files);
  return {
    entries: entries.map(({ at, user }) => `${at} ${user}`),
    steps: sessions.map(({ steps }) => steps.length),
    hops: hops.length,
  };
};

test.each([
  ['another logger’s file', { 'gate/messages': `${log}May 19 14:00:00 gate kernel: up\n` }],
  ['a journal', { 'gate/journal.json': `${journal}\n` }],
  ['both', { 'gate/messages': `${log}May 19 14:00:00 gate kernel: up\n`, 'gate/journal.json': `${journal}\n` }],
])('a login that %s tells as well is one login', async (_, others) => {
  const alone = await gist({ 'gate/auth.log': log });
  expect(alone).toEqual({ entries: ['2026-05-19T11:01:00Z deploy'], steps: [2], hops: 1 });
  expect(await gist({ 'gate/auth.log': log, ...others })).toEqual(alone);
});

test('what two hosts say is two, and what one file says twice is two', async () => {
  const { sessions } = await investigateFiles({ 'a/auth.log': log, 'b/auth.log': log.replaceAll(' gate ', ' shop ') });
  expect(sessions.map(({ steps }) => steps.length)).toEqual([2, 2]);
});
