// What distributions call a service's unit, and the name its program logs under. Others are called alike.
const PROGRAMS: Readonly<Record<string, string>> = {
  ssh: 'sshd',
  openssh: 'sshd',
  'openssh-server': 'sshd',
  cron: 'CRON',
  cronie: 'crond',
  getty: 'login',
  'serial-getty': 'login',
  'console-getty': 'login',
  'container-getty': 'login',
  user: 'systemd',
  polkit: 'polkitd',
  rsyslog: 'rsyslogd',
  chrony: 'chronyd',
  ntp: 'ntpd',
  fail2ban: 'fail2ban-server',
};

// A unit's name (systemd.unit(5)): prefix, an instance after "@", a suffix. After "/" comes the user's own unit, if any.
const UNIT =
  /^(?<name>[\w\\-][\w.\\-]{0,127}?)(?:@[\w:.\\-]{0,200}?)?\.(?<kind>service|scope)(?:\/(?<own>[\w:.@\\-]{1,200}))?$/;
const PER_CONNECTION = /^[\w\\-]{1,64}@[\w:.\\-]{1,300}\.service(?=\[\d{1,10}\]: |: )/;

// What runs in a unit speaks with its name, whatever it is: only what these programs alone say is told from their words.
const BY_WORDS: readonly (readonly [program: string, said: RegExp])[] = [
  ['sudo', /^ *[^\s:]{1,64} : (?:[^=]{1,80}; )?(?:TTY|PWD|USER|COMMAND)=/],
  ['su', /^(?:FAILED SU )?\((?:to|to:) [^\s)]{1,64}\) \S{1,64} on \S/],
  [
    'useradd',
    /^(?:new (?:user|group): name=|add '[^']{1,256}' to |delete user '|change user '|removed group '|group added to \/)/,
  ],
];
// Whoever logs in gets a scope, to which sshd's own process goes too. That somebody was let in is said before.
const OF_SESSION =
  /^(?:Received disconnect from|Disconnected from|Connection closed by|Close session:|Starting session:|Transferred:) /;

/** Does a tag end as the name of a service or a scope does? Once per line. */
export function isUnit(tag: string): boolean {
  return tag.charCodeAt(tag.length - 1) === 0x65 && (tag.endsWith('.service') || tag.endsWith('.scope'));
}

/** Where the unit's name at `at` ends, whose instance has colons in it; -1 when none stands there. */
export function endOfUnit(line: string, at: number): number {
  const found = PER_CONNECTION.exec(line.slice(at, at + 400));
  return found === null ? -1 : at + found[0].length;
}

/** The name a unit's program logs under, as `journalctl -o with-unit` puts the unit in its place; else the unit itself. */
export function programOfUnit(unit: string, message: string): string {
  const parts = UNIT.exec(unit)?.groups;
  if (!parts) return unit;
  const { name = '', kind, own } = parts;
  if (own !== undefined) return unit; // a user names these as he likes: no word of a server's is told from them
  const speaker = BY_WORDS.find(([, said]) => said.test(message));
  if (speaker) return speaker[0];
  if (kind === 'service') return Object.hasOwn(PROGRAMS, name) ? (PROGRAMS[name] as string) : name;
  if (name === 'init') return 'systemd';
  return name.startsWith('session-') && OF_SESSION.test(message) ? 'sshd' : unit;
}
