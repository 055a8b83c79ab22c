import { type Call, type Line, SHELL } from './calls.ts';
import { flag, operands, option, programs, type Rule, rule, textRule, upstream, written } from './rule.ts';

const fetches = programs('curl wget fetch lwp-download lwp-request GET ftpget tftp aria2c axel lynx');
const INTERPRETER = /^(?:python|perl|ruby|php|node|lua)[\d.]{0,5}$/;
const decodes = (call: Call) =>
  (/^(?:base64|base32|basenc)$/.test(call.name) && flag(call, 'dD', 'decode')) ||
  (call.name === 'openssl' && /^(?:enc|base64|aes)/.test(call.args[0] ?? '') && call.args.includes('-d')) ||
  (call.name === 'xxd' && flag(call, 'r'));

/** A shell or interpreter that takes its program from what is piped in, or from a call among its words. */
function takesProgram(call: Call): boolean {
  const { name, args } = call;
  if (name === 'eval' || name === 'source' || name === '.') return true;
  if (SHELL.test(name))
    return (
      args.every((arg) => arg.startsWith('-') || arg === '/dev/stdin') || args.includes('-s') || call.inner.length > 0
    );
  return INTERPRETER.test(name) && args.every((arg) => arg === '-' || arg === '/dev/stdin');
}

const feeds = (test: (call: Call) => boolean) => (call: Call) =>
  takesProgram(call) && [...upstream(call), ...call.inner, ...call.inner.flatMap(upstream)].some(test);

/** Base name of the file that a fetch leaves. */
function fetchedName(call: Call): string {
  const target = written(call).find((file) => file !== '-') ?? '';
  const path = target || (operands(call).at(-1) ?? '').replace(/[?#].*$/s, '');
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Fetched into a file that a later call of the line makes executable or runs. */
function fetchedThenRun({ calls }: Line): boolean {
  return calls.some((call, at) => {
    if (!fetches(call)) return false;
    const name = fetchedName(call);
    return name !== '' && calls.slice(at + 1).some((later) => runs(later, name));
  });
}

function runs(call: Call, name: string): boolean {
  const named = (word: string) => word.slice(word.lastIndexOf('/') + 1) === name;
  if (named(call.path)) return true;
  if (call.name === 'chmod') return /(?:\+[rws]*x|[1357])/.test(call.args[0] ?? '') && operands(call).some(named);
  return takesScript(call) && named(operands(call)[0] ?? '');
}

const takesScript = ({ name }: Call) => SHELL.test(name) || INTERPRETER.test(name) || name === 'source' || name === '.';

/** What is really run: the program, or the script that is handed to a shell. By base name. */
function run(call: Call): string {
  const script = takesScript(call) ? (operands(call)[0] ?? '') : call.path;
  return script.slice(script.lastIndexOf('/') + 1);
}

const catches = programs('nc ncat netcat nc.traditional nc.openbsd telnet openssl socat');
const isShellPath = (word: string) => SHELL.test(word.slice(word.lastIndexOf('/') + 1));
const isBareShell = (call: Call) => SHELL.test(call.name) && call.args.every((arg) => /^-[il]{1,2}$/.test(arg));

/** A shell bound to a connection by nc, socat, telnet or openssl. */
function bindsShell(call: Call): boolean {
  if (isBareShell(call)) return upstream(call).some((from) => catches(from) && !isDownload(from));
  if (!catches(call)) return false;
  if (upstream(call).some(isBareShell)) return true;
  if (call.name === 'socat') return call.args.some((arg) => /(?:exec|system):[^,]{0,200}sh\b/i.test(arg));
  return /^n(?:et)?c/.test(call.name) && call.args.some((arg, at) => at > 0 && isShellPath(arg));
}

const isDownload = ({ name, args }: Call) => name === 'openssl' && args[0] !== 's_client';

const MINER =
  /^(?:xmrig|xmr-stak|minerd|cpuminer|ccminer|kinsing|kdevtmpfsi|minergate|nbminer|xmrigDaemon)(?:$|[-_.]?\d|-(?:multi|opt|cuda|amd|nvidia|cli|notls)|\.(?:tar|tgz|zip|sh|service|git))/i;
const POOL =
  /(?:c3pool|nanopool|moneroocean|supportxmr|minexmr|hashvault|2miners|nicehash|unmineable)\.|^--donate-level/i;
const obtains = programs(
  'curl wget fetch git apt apt-get dnf yum apk pacman pip pip3 docker podman chmod systemctl service make',
);

function mines(call: Call): boolean {
  if (MINER.test(run(call))) return true;
  const words = call.args.flatMap((arg) => arg.split(/[/=:]/));
  if (!obtains(call)) return call.args.some((arg) => /^--donate-level/.test(arg)) || isPoolClient(call);
  if (
    /^(?:remove|purge|stop|disable|mask|kill|rm|rmi|autoremove|erase|status|show|search|info|log)$/.test(
      operands(call)[0] ?? '',
    )
  )
    return false;
  return (
    words.some((word) => MINER.test(word)) || (fetches(call) && call.args.some((arg) => /c3pool|moneroocean/.test(arg)))
  );
}

const isPoolClient = (call: Call) =>
  (option(call, 'o', 'url') ?? '') !== '' && POOL.test(`${option(call, 'o', 'url')}.`);

const SCANNER =
  /^(?:nmap|masscan|zmap|rustscan|hydra|medusa|ncrack|crackmapexec|netexec|nxc|gobuster|ffuf|nikto|sqlmap|fscan|enum4linux(?:-ng)?|responder(?:\.py)?|linpeas(?:\.sh|_\w{1,20})?|linenum(?:\.sh)?|lse\.sh|linux-exploit-suggester(?:-2)?(?:\.(?:sh|pl))?|pspy(?:32|64)?s?)$/i;

const HOLE =
  /^(?:.{0,60}[-_.])?(?:dirty_?(?:cow|pipe|frag)|pwnkit|looney-?tunables|exploit)(?:$|[-_.\d])|cve-\d{4}-\d{4,7}/i;
const MENDS = /check|detect|scan|fix|patch|mitigat|verify|audit/i;
const builds = programs('gcc cc g++ clang make go rustc tcc');
const NOTES = /(?:nvd\.nist|cve\.org|mitre|ubuntu|debian|redhat|suse|kernel)\.(?:gov|org|com)|cve\.org/;

const isHole = (word: string) => HOLE.test(word) && !MENDS.test(word);
const baseOf = (word: string) => word.slice(word.replace(/\/$/, '').lastIndexOf('/') + 1);

const EXPLOIT = 'Escalation by a known hole';
const REVERSE = 'Reverse shell';
const ENCODED = 'Encoded command run';
const FETCHED = 'Program fetched and run';
const SHELL_OUT = /^!?\/?(?:usr\/)?(?:bin\/)?(?:ba|da|z|k)?sh$/;

/** find -exec sh \; — a shell for its own sake, not one with a script. */
function findsShell({ name, args }: Call): boolean {
  const at = name === 'find' ? args.findIndex((arg) => /^-exec(?:dir)?$/.test(arg)) : -1;
  return at >= 0 && SHELL_OUT.test(args[at + 1] ?? '') && /^(?:;|\+|-[pi])?$/.test(args[at + 2] ?? '');
}

/** Programs brought in and run, shells opened to elsewhere or out of other programs, miners, scanners and exploits. */
export const RUN_RULES: readonly Rule[] = [
  // bash's own sockets with a shell at the end of them
  textRule(
    REVERSE,
    'critical',
    'T1059.004 T1071',
    /\/dev\/(?:tcp|udp)\/[^\s/]{1,255}\//,
    /\b(?:ba|da|z|k|a)?sh(?:\s{1,9}-[il]{1,2}){0,2}\s{0,9}\d{0,3}[<>&]{1,2}|\b0\s?[<>]&\s?\d|<&1\b|\|\s{0,9}while\s{1,9}read\b/,
  ),
  textRule('Connection opened by the shell', 'medium', 'T1059.004', /\/dev\/(?:tcp|udp)\/[^\s/]{1,255}\//),
  rule(REVERSE, 'critical', 'T1059.004 T1071', bindsShell),
  textRule(
    REVERSE,
    'critical',
    'T1059.004 T1071',
    /\b(?:python|perl|ruby|php|lua|node|[gm]?awk)[\d.]{0,5}\s/,
    /pty\.spawn|fsockopen|socket\.socket\(|use Socket|TCPSocket|net\.connect|\/inet\/tcp\/|IO::Socket/,
    /\/(?:ba|da|z|k)?sh\b|["'](?:ba|da|z|k)?sh["'\s]|dup2|pty\.spawn/,
  ),
  rule(FETCHED, 'high', 'T1105 T1059.004', feeds(fetches)),
  { title: FETCHED, level: 'high', techniques: ['T1105', 'T1059.004'], test: fetchedThenRun },
  rule('Program fetched', 'medium', 'T1105', (call) => fetches(call) && operands(call).some(isElsewhere)),
  rule(ENCODED, 'high', 'T1027 T1140', feeds(decodes)),
  textRule(
    ENCODED,
    'high',
    'T1027 T1140',
    /\b(?:python|perl|ruby|php)[\d.]{0,5}\s/,
    /base64|b64decode/,
    /\b(?:exec|eval|system)\s?\(/,
  ),
  rule('Data decoded', 'low', 'T1140', decodes),
  rule('Coin miner', 'critical', 'T1496', mines),
  textRule('Coin miner', 'critical', 'T1496', /\bstratum\+(?:tcp|ssl|tls)s?:\/\//i),
  rule(
    'Scan from inside',
    'high',
    'T1046',
    (call) => SCANNER.test(run(call)) || (fetches(call) && /linpeas|pspy(?:32|64)|lse\.sh/i.test(call.args.join(' '))),
  ),
  rule(
    EXPLOIT,
    'critical',
    'T1068',
    (call) => isHole(run(call)) || (builds(call) && operands(call).some((word) => isHole(baseOf(word)))),
  ),
  rule(
    EXPLOIT,
    'high',
    'T1068',
    (call) =>
      (fetches(call) || call.name === 'git') &&
      operands(call).some((word) => /:\/\/|^git@/.test(word) && isHole(word) && !NOTES.test(word)),
  ),
  textRule(EXPLOIT, 'critical', 'T1068', /\bGCONV_PATH=|\bsudo\s{1,9}-u\s?\\?#(?:-1|4294967295)\b/),
  rule('Shell out of a helper program', 'high', 'T1548.003', findsShell),
  textRule(
    'Shell out of a helper program',
    'high',
    'T1548.003',
    /(?:^|[\s/;&|(])(?:vim?|less|more|man|[gm]?awk|perl|python\d?(?:\.\d{1,2})?|ruby|lua|php|nmap|tar|zip|tclsh|expect)\s/,
    /!\/?(?:bin\/)?(?:ba)?sh\b|(?:os\.)?(?:system|execl?p?|popen)\s?\(?\s?["'](?:\/bin\/)?(?:ba)?sh|setuid\(0\)|--checkpoint-action=exec/,
  ),
];

/** A peer other than this machine. */
function isElsewhere(word: string): boolean {
  return (
    /^(?:(?:https?|ftps?):\/\/|[\w-]{1,63}\.[\w.-]{1,200}\/)/i.test(word) &&
    !/^(?:\w{1,8}:\/\/)?(?:localhost|127\.|\[::1\]|169\.254\.)/i.test(word)
  );
}
