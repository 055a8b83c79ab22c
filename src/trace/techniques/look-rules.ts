import type { Call } from './calls.ts';
import { flag, operands, option, programs, type Rule, rule } from './rule.ts';

const reads = programs(
  'cat tac less more head tail nl cp mv scp rsync tar zip grep egrep rgrep zgrep awk gawk sed cut base64 xxd od hexdump strings unshadow vi vim nano view curl nc dd tee sort rev',
);
const searches = programs('find locate plocate mlocate grep egrep rgrep rg ag fgrep');
const SHADOW = /^(?:@|if=)?(?:\/private)?\/etc\/(?:g?shadow-?|master\.passwd|security\/passwd|security\/opasswd)$/;
const PRIVATE_KEY = /(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ed25519)(?:_\w{1,30})?|ssh_host_\w{1,20}_key|identity)$/;
const KEY_SEARCH =
  /id_(?:rsa|dsa|ecdsa|ed25519)\b(?!\.pub)|\.(?:pem|ppk|key)\b|authorized_keys|known_hosts|private.key|BEGIN .{0,20}PRIVATE/i;
const SECRET_FILE =
  /(?:^|\/)(?:\.env(?:\.\w{1,20})?|wp-config\.php|\.my\.cnf|\.pgpass|\.netrc|\.git-credentials|\.htpasswd|\.aws\/credentials|\.kube\/config|\.docker\/config\.json)$/;
const SECRET_WORD = /passw(?:or)?d|secret|credential|api_?key|auth_?token/i;

/** The words a search looks for, without the well-known files that it may look in. */
const sought = (call: Call) => operands(call).filter((word) => !/^\/etc\/(?:passwd|pam\.d)/.test(word));

function sendsOut(call: Call): boolean {
  const words = operands(call);
  switch (call.name) {
    case 'curl':
      return (
        flag(call, 'TF', 'upload-file') ||
        call.args.some((arg, at) => /^@\S/.test(arg) && /^(?:-d|--data\S{0,12})$/.test(call.args[at - 1] ?? '')) ||
        call.args.some((arg) => /^(?:-d|--data[a-z-]{0,12}=)@/.test(arg))
      );
    case 'wget':
      return option(call, '', 'post-file') !== undefined || option(call, '', 'body-file') !== undefined;
    case 'scp':
    case 'rsync':
    case 'sftp':
      return words.some((word) => /^[^/\s]{1,64}@[^/\s]/.test(word));
    default:
      return false;
  }
}

/** tar and zip into a folder for passing things. */
function packs(call: Call): boolean {
  if (call.name === 'tar' && !/^-{0,2}[a-z]*c|^--create/i.test(call.args[0] ?? '')) return false;
  return (
    /^(?:tar|zip|7za?|rar)$/.test(call.name) &&
    call.args.some((arg) =>
      /^-?f?(?:\/var)?\/(?:tmp|dev\/shm)\/[^\s]{1,200}\.(?:t?gz|tar|zip|7z|rar|xz|bz2)$|^(?:\/var)?\/tmp\/\.|^\/dev\/shm\//.test(
        arg,
      ),
    )
  );
}

const goes = programs('ssh sshpass sftp mosh telnet rlogin rsh slogin');

function goesOn(call: Call): boolean {
  if (goes(call))
    return operands(call).some((word) => !/^(?:localhost|127\.0\.0\.1|::1)$/.test(word)) && !flag(call, 'V');
  return (call.name === 'scp' || call.name === 'rsync') && operands(call).some((word) => /^[^/:\s]{2,255}:/.test(word));
}

/** A port here or there that leads past the firewall: `ssh -R`, and `-D` or `-L` that is open to others. */
function opensTunnel(call: Call): boolean {
  if (call.name === 'ssh' || call.name === 'autossh') return option(call, 'R') !== undefined;
  return /^(?:cloudflared|ngrok|frpc|bore|localtunnel|lt)$/.test(call.name) && call.args.length > 0;
}

/** Programs that are made to carry an intruder's connections. */
const PIVOT =
  /^(?:chisel|ligolo(?:-ng)?|lagent|gs-netcat|gsocket|gost|revsocks|rsocks|stowaway(?:_agent)?|iox|ew_for_linux\w{0,8}|reGeorg\w{0,20}|neoreg|venom_agent\w{0,20})(?:[-_.](?:linux|amd64|x86_64|\d)[\w.-]{0,20})?$/i;

const asksWho = programs('whoami w who last lastlog lastb groups list finger logname');
const asksMachine = programs('hostnamectl lscpu ifconfig netstat arp nproc free df lsblk lsmod route lspci dmidecode');
const files = (call: Call, pattern: RegExp) =>
  /^(?:cat|less|more|head|tail|grep|awk|cut|nl)$/.test(call.name) && operands(call).some((word) => pattern.test(word));

function looksOver(call: Call): boolean {
  const [first = ''] = call.args;
  if (call.name === 'id') return !flag(call, 'ugGnz');
  if (call.name === 'sudo') return /^-[nS]{0,2}l+$/.test(first);
  if (call.name === 'getent') return /^(?:passwd|group|shadow)$/.test(first) && call.args.length === 1;
  return asksWho(call) || files(call, /^\/etc\/(?:passwd|group|sudoers(?:\.d\/\S{1,100})?)$/);
}

function looksAround(call: Call): boolean {
  const [first = ''] = call.args;
  if (call.name === 'uname') return flag(call, 'arv', 'all');
  if (call.name === 'ip') return /^(?:a|addr|address|r|ro|route|n|neigh)$/.test(operands(call)[0] ?? '');
  if (call.name === 'ss') return first.startsWith('-');
  if (call.name === 'ps') return /^-?(?:aux|ef|auxf|axu|faux|eaf|auxw{1,3})/.test(first);
  if (call.name === 'find')
    return call.args.some((arg, at) => call.args[at - 1] === '-perm' && /4000|6000|[u]=?\+?s/.test(arg));
  return (
    asksMachine(call) ||
    files(
      call,
      /^\/proc\/(?:cpuinfo|version|mounts)$|^\/etc\/(?:issue|os-release|hosts|resolv\.conf|lsb-release|crontab)$/,
    )
  );
}

/** Secrets read, data taken, other hosts reached, the machine looked over. */
export const LOOK_RULES: readonly Rule[] = [
  rule(
    'Password hashes or secrets read',
    'high',
    'T1003.008',
    (call) =>
      (reads(call) && call.args.some((arg) => SHADOW.test(arg))) ||
      (call.name === 'getent' && /^g?shadow$/.test(call.args[0] ?? '')) ||
      call.name === 'unshadow',
  ),
  rule(
    'Keys searched or read',
    'high',
    'T1552.004',
    (call) => reads(call) && operands(call).some((arg) => PRIVATE_KEY.test(arg)) && !searches(call),
  ),
  rule(
    'Keys searched or read',
    'high',
    'T1552.004',
    (call) => searches(call) && sought(call).some((arg) => KEY_SEARCH.test(arg)),
  ),
  rule(
    'Credentials searched',
    'medium',
    'T1552.001',
    (call) =>
      (searches(call) && sought(call).some((arg) => SECRET_WORD.test(arg))) ||
      ((reads(call) || searches(call)) && operands(call).some((arg) => SECRET_FILE.test(arg))),
  ),
  rule('Data packed or sent out', 'high', 'T1560.001 T1048', sendsOut),
  rule(
    'Data packed or sent out',
    'high',
    'T1560.001 T1048',
    programs('mysqldump mariadb-dump pg_dump pg_dumpall mongodump'),
  ),
  rule('Data packed or sent out', 'medium', 'T1560.001', packs),
  rule('Tunnel opened', 'high', 'T1572 T1090', ({ name, args }) => PIVOT.test(name) && args.length > 0),
  rule('Tunnel opened', 'medium', 'T1572', opensTunnel),
  rule('On to another host', 'medium', 'T1021.004', goesOn),
  rule('Rights and accounts looked over', 'low', 'T1033 T1087.001', looksOver),
  rule('Machine looked over', 'low', 'T1082 T1016 T1057', looksAround),
];
