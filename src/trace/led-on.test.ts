import { expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';

const jump = (address: string) => {
  const log = new LogWriter('jump', '2026-05-10T08:00:00Z').life(60);
  for (let pid = 500; pid < 503; pid += 1)
    log.enters('192.0.2.4', 'anna', pid, 'publickey').leaves('anna', pid).wait(3600);
  return log
    .enters(address, 'anna', 900, 'publickey')
    .say('bash[950]', 'HISTORY: PID=950 UID=1000 unset HISTFILE')
    .sudo('anna', '/bin/sh -c "unset HISTFILE; ssh root@10.0.0.6"');
};
const api = (from: string, late = 0) =>
  new LogWriter('api', '2026-05-10T08:00:00Z')
    .life(60)
    .wait(3 * 3601 + 3 + late)
    .enters(from, 'root', 700, 'publickey')
    .say('sudo', '   root : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/usr/bin/shred -u /var/log/wtmp');
const entries = async (first: LogWriter, second: LogWriter) =>
  (
    await investigateFiles({ 'jump/var/log/auth.log': first.text(), 'api/var/log/auth.log': second.text() })
  ).entries.map(({ user, host }) => `${user} ${host}`);

test('two logins that are a question each, and the one led to the other: both are entered', async () => {
  expect(await entries(jump('203.0.113.9'), api('10.0.0.5'))).toEqual(['anna jump', 'root api']);
});

test('not where one of them is no question, or another time, or from elsewhere', async () => {
  expect(await entries(jump('192.0.2.4'), api('10.0.0.5'))).toEqual([]);
  expect(await entries(jump('203.0.113.9'), api('10.0.0.5', 7200))).toEqual([]);
  expect(await entries(jump('203.0.113.9'), api('192.0.2.77'))).toEqual([]);
});
