import type { StepDraft } from './draft.ts';
import type { Level } from './story.ts';

/** What a command says about its author's intent. */
export interface Tell {
  readonly title: string;
  readonly level: Level;
  readonly techniques: readonly string[];
}

interface Pattern extends Tell {
  readonly pattern: RegExp;
}

// Patterns look at a command line that its author chose: no nested quantifiers, and input is cut to 4,096 characters.
// "Start of a command" is the line's start or what follows a shell's separator, sudo, or a path.
const AT = String.raw`(?:^|[;&|(\x60\s/])`;
const LOGS = String.raw`(?:/var/log|/var/adm|/var/run/utmp|/run/utmp|wtmp|btmp|lastlog|auth\.log|/secure\b|\.log\b|journal)`;
const HISTORY = String.raw`\.(?:bash|zsh|sh|ash|ksh|python|mysql)?_?history`;

const at = (rest: string) => new RegExp(AT + rest, 'i');

/** Most telling first; the first that matches titles the finding, all that match give techniques. */
const PATTERNS: readonly Pattern[] = [
  {
    title: 'Logs wiped',
    level: 'critical',
    techniques: ['T1070.002'],
    pattern: at(String.raw`(?:rm|shred|unlink|truncate|wipe|srm)\s[^;&|]{0,400}${LOGS}`),
  },
  {
    title: 'Logs wiped',
    level: 'critical',
    techniques: ['T1070.002'],
    pattern: new RegExp(String.raw`(?:^|[;&|\s:])>\s?[^\s>]{0,200}${LOGS}`, 'i'),
  },
  {
    title: 'Logs wiped',
    level: 'critical',
    techniques: ['T1070.002'],
    pattern: at(
      String.raw`(?:sed|perl|grep|awk|utmpdump|cp|tee|dd|ln)\s[^;|]{0,300}(?:-i|/dev/null|/dev/zero|-v|-r)[^;|]{0,300}${LOGS}`,
    ),
  },
  {
    title: 'Logs wiped',
    level: 'critical',
    techniques: ['T1070.002'],
    pattern: at(String.raw`journalctl\s[^;|]{0,100}--(?:vacuum|rotate)`),
  },
  {
    title: 'Command history wiped',
    level: 'high',
    techniques: ['T1070.003'],
    pattern: at(String.raw`history\s+-[cw]`),
  },
  {
    title: 'Command history wiped',
    level: 'high',
    techniques: ['T1070.003'],
    pattern: new RegExp(String.raw`(?:rm|shred|truncate|ln|>|cat /dev/null)\s?[^;&|]{0,200}${HISTORY}`, 'i'),
  },
  {
    title: 'Command history switched off',
    level: 'high',
    techniques: ['T1562.003'],
    pattern: /(?:unset\s+HISTFILE|HISTFILE=(?:\/dev\/null|\s|$)|HISTSIZE=0|HISTFILESIZE=0|set\s\+o\s+history)/,
  },
  {
    title: 'Logging stopped',
    level: 'critical',
    techniques: ['T1562.001'],
    pattern: at(
      String.raw`(?:systemctl|service|rc-service|invoke-rc\.d|/etc/init\.d/)\s?[^;&|]{0,80}(?:stop|disable|mask|kill)[^;&|]{0,60}(?:syslog|auditd|journald|fail2ban|falcon|ossec|wazuh|osquery|filebeat|crowdsec)`,
    ),
  },
  {
    title: 'Logging stopped',
    level: 'critical',
    techniques: ['T1562.001'],
    pattern: at(String.raw`(?:service|/etc/init\.d/)\s?[^;&|]{0,20}(?:r?syslogd?|auditd|syslog-ng|fail2ban)\s+stop`),
  },
  {
    title: 'Logging stopped',
    level: 'critical',
    techniques: ['T1562.001'],
    pattern: at(String.raw`(?:pkill|killall|kill)\s[^;&|]{0,60}(?:syslog|auditd|journald|fail2ban)`),
  },
  {
    title: 'Audit rules removed',
    level: 'critical',
    techniques: ['T1562.012'],
    pattern: at(String.raw`auditctl\s[^;&|]{0,40}-(?:D|e\s?0)`),
  },
  {
    title: 'Second account with uid 0',
    level: 'critical',
    techniques: ['T1136.001', 'T1098'],
    pattern: at(
      String.raw`(?:useradd|adduser|usermod)\s[^;&|]{0,200}(?:-o\s+-u\s?0|-u\s?0\b|--uid[ =]0\b|--non-unique)`,
    ),
  },
  {
    title: 'Account added',
    level: 'high',
    techniques: ['T1136.001'],
    pattern: at(String.raw`(?:useradd|adduser|newusers)\s`),
  },
  {
    title: 'Account written straight into the account files',
    level: 'critical',
    techniques: ['T1136.001'],
    pattern: />>?\s?\/etc\/(?:passwd|shadow|group)\b|(?:tee|vipw|vigr)\s[^;&|]{0,40}\/etc\/(?:passwd|shadow)/,
  },
  {
    title: 'Rights of an account raised',
    level: 'high',
    techniques: ['T1098'],
    pattern: at(
      String.raw`(?:usermod\s[^;&|]{0,100}(?:-a?G|--groups)|gpasswd\s+-a|adduser\s+\S{1,64})\s[^;&|]{0,60}(?:sudo|wheel|root|admin|docker|adm)\b`,
    ),
  },
  {
    title: 'Sudo rights written',
    level: 'critical',
    techniques: ['T1548.003'],
    pattern: /(?:>>?|tee|cp|mv|visudo|chmod)\s?[^;&|]{0,200}\/etc\/sudoers|NOPASSWD/,
  },
  {
    title: 'Login key added',
    level: 'high',
    techniques: ['T1098.004'],
    pattern: /(?:>>?|tee|cp|mv|echo|install|curl|wget|scp|vim?|nano|cat)\s?[^;&|]{0,600}authorized_keys|ssh-copy-id/,
  },
  {
    title: 'Password changed',
    level: 'medium',
    techniques: ['T1098'],
    pattern: at(String.raw`(?:passwd\s+[a-z_]|chpasswd|usermod\s[^;&|]{0,60}-p)`),
  },
  {
    title: 'Reverse shell',
    level: 'critical',
    techniques: ['T1059.004', 'T1071'],
    pattern:
      /\/dev\/(?:tcp|udp)\/|(?:^|[\s;&|(/])(?:nc|ncat|netcat)\s[^;&|]{0,60}(?:-e|-c)\s|socat\s[^;&|]{0,100}exec:|mkfifo\s[^|]{0,100}\|[^|]{0,60}(?:nc|telnet|openssl)|pty\.spawn|fsockopen|socket\.socket\(/i,
  },
  {
    title: 'Program fetched and run',
    level: 'high',
    techniques: ['T1105', 'T1059.004'],
    pattern:
      /(?:curl|wget|fetch|lwp-download)\s[^|;&]{0,600}(?:\||;|&&)\s?(?:sudo\s)?(?:ba|z|da|k)?sh\b|(?:curl|wget|fetch)\s[^;]{0,600}chmod\s/i,
  },
  {
    title: 'Program fetched',
    level: 'medium',
    techniques: ['T1105'],
    pattern: at(String.raw`(?:curl|wget|ftpget|tftp|lwp-download)\s[^;&|]{0,400}(?:https?|ftp)://`),
  },
  {
    title: 'Encoded command run',
    level: 'high',
    techniques: ['T1027', 'T1140'],
    pattern:
      /base64\s[^|;&]{0,100}(?:-d|--decode|-D)[^;]{0,200}|openssl\s+(?:enc\s|base64\s)[^;|&]{0,100}-d|\bxxd\s+-r/,
  },
  {
    title: 'Run at every start or on a schedule',
    level: 'high',
    techniques: ['T1053.003'],
    pattern:
      /crontab\s+(?:-e|-\s?$|-\s|\/|[a-z./]{2})|(?:>>?|tee|cp|mv)\s?[^;&|]{0,200}(?:\/etc\/cron|\/var\/spool\/cron)|@reboot/,
  },
  {
    title: 'Service installed',
    level: 'medium',
    techniques: ['T1543.002'],
    pattern:
      /(?:>>?|tee|cp|mv)\s?[^;&|]{0,200}\/etc\/systemd\/system|systemctl\s+enable|\/etc\/rc\.local|\/etc\/ld\.so\.preload/,
  },
  {
    title: 'Kernel module loaded',
    level: 'high',
    techniques: ['T1547.006'],
    pattern: at(String.raw`(?:insmod|modprobe)\s`),
  },
  {
    title: 'Set-uid program made',
    level: 'high',
    techniques: ['T1548.001'],
    pattern: at(String.raw`chmod\s[^;&|]{0,40}(?:\+s|[u,a]\+s|[2467][0-7]{3})\s`),
  },
  { title: 'Capability granted', level: 'high', techniques: ['T1548.001'], pattern: at(String.raw`setcap\s`) },
  {
    title: 'File time forged',
    level: 'high',
    techniques: ['T1070.006'],
    pattern: at(String.raw`touch\s[^;&|]{0,100}(?:-[amc]{0,3}[rtd]|--reference|--date)`),
  },
  {
    title: 'File made unchangeable or hidden',
    level: 'medium',
    techniques: ['T1222.002'],
    pattern: at(String.raw`chattr\s`),
  },
  {
    title: 'Firewall opened',
    level: 'high',
    techniques: ['T1562.004'],
    pattern: at(
      String.raw`(?:iptables|ip6tables)\s[^;&|]{0,40}(?:-F|-X|--flush|-P\s+\w{1,20}\s+ACCEPT)|nft\s+flush|ufw\s+disable|firewall-cmd\s[^;&|]{0,60}--add|setenforce\s+0`,
    ),
  },
  {
    title: 'Password hashes or secrets read',
    level: 'high',
    techniques: ['T1003.008'],
    pattern:
      /(?:cat|less|more|head|tail|cp|scp|tar|grep|awk|cut|base64|unshadow|vim?|nano|strings|xxd|od)\s[^;&|]{0,200}\/etc\/(?:g?shadow|master\.passwd|sudoers)/,
  },
  {
    title: 'Keys searched or read',
    level: 'high',
    techniques: ['T1552.004'],
    pattern:
      /(?:cat|cp|scp|tar|find|locate|grep|less|head|base64|mv)\s[^;&|]{0,200}(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.pem\b|\.ppk\b|private.?key|\.ssh\/id|known_hosts)|ssh\s[^;&|]{0,200}-i\s/,
  },
  {
    title: 'Credentials searched',
    level: 'medium',
    techniques: ['T1552.001'],
    pattern:
      /(?:grep|find|cat|less)\s[^;&|]{0,200}(?:passw(?:or)?d|secret|credential|\.env\b|\.aws|wp-config|\.my\.cnf|\.pgpass|\.netrc)/i,
  },
  {
    title: 'Data packed or sent out',
    level: 'high',
    techniques: ['T1560.001', 'T1048'],
    pattern: at(
      String.raw`(?:mysqldump|pg_dump(?:all)?|mongodump)\s|(?:curl|wget)\s[^;&|]{0,200}(?:-T|-F|--upload|--data-binary|--post-file|-d\s?@)|(?:scp|rsync|sftp)\s[^;&|]{0,300}\S@\S`,
    ),
  },
  {
    title: 'On to another host',
    level: 'medium',
    techniques: ['T1021.004'],
    pattern: at(String.raw`(?:ssh|sshpass|scp|sftp|rsync|mosh|telnet)\s[^;&|]{0,300}[\w@.-]{2}`),
  },
  {
    title: 'Coin miner',
    level: 'critical',
    techniques: ['T1496'],
    pattern:
      /xmrig|minerd|stratum\+(?:tcp|ssl)|cpuminer|kinsing|kdevtmpfsi|c3pool|nanopool|moneroocean|--donate-level/i,
  },
  {
    title: 'Scan from inside',
    level: 'high',
    techniques: ['T1046'],
    pattern: at(
      String.raw`(?:nmap|masscan|zmap|rustscan|hydra|medusa|crackmapexec|nxc|gobuster|nikto|sqlmap|responder|linpeas|lse\.sh|pspy\d{0,2})\b`,
    ),
  },
  {
    title: 'Escalation by a known hole',
    level: 'critical',
    techniques: ['T1068'],
    pattern:
      /(?:dirty(?:cow|pipe)|pwnkit|cve-\d{4}-\d{4,7}|GCONV_PATH|overlayfs.{0,20}exploit|sudo\s+-u#-1|\bexploit\b)/i,
  },
  {
    title: 'Shell out of a helper program',
    level: 'high',
    techniques: ['T1548.003'],
    pattern:
      /(?:vim?|less|more|man|find|awk|perl|python\d?(?:\.\d+)?|ruby|lua|php|nmap|tar|zip|env|tclsh|expect)\s[^;]{0,200}(?:!\/?(?:bin\/)?(?:ba)?sh|-exec\s+\/?(?:bin\/)?(?:ba)?sh|os\.system|setuid\(0\)|exec\s?["'(]\/bin\/(?:ba)?sh|--checkpoint-action)/,
  },
  {
    title: 'Rights and accounts looked over',
    level: 'low',
    techniques: ['T1033', 'T1087.001'],
    pattern: at(
      String.raw`(?:sudo\s+-l|id\b|whoami|w\b|who\b|last\b|lastlog|getent\s+passwd|cat\s+/etc/passwd|groups\b|list\b)`,
    ),
  },
  {
    title: 'Machine looked over',
    level: 'low',
    techniques: ['T1082', 'T1016', 'T1057'],
    pattern: at(
      String.raw`(?:uname|hostnamectl|lscpu|cat\s+/proc/(?:cpuinfo|version)|cat\s+/etc/(?:issue|os-release|hosts|resolv)|ifconfig|ip\s+(?:a|addr|r|route)\b|netstat|ss\s+-|ps\s+(?:aux|-ef)|arp\s|nproc|free\b|df\b)`,
    ),
  },
];

const MAX_INPUT = 4096;

/** Everything a command line gives away, most telling first. */
export function tellsOf(commandLine: string): Tell[] {
  const text = commandLine.slice(0, MAX_INPUT);
  return PATTERNS.filter(({ pattern }) => pattern.test(text));
}

/** ATT&CK technique ids of a step: of its command, or of what kind of change it is. */
export function techniquesOf(step: StepDraft): readonly string[] {
  if (step.kind === 'account') return step.noted.fields['event.action'] === 'user_deleted' ? ['T1531'] : ['T1136.001'];
  if (step.kind === 'group' || step.kind === 'password') return ['T1098'];
  if (step.kind === 'package' || step.kind === 'file' || step.kind === 'service') return [];
  return [...new Set(tellsOf(step.text).flatMap(({ techniques }) => techniques))];
}
