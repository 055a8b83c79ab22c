import { type Call, readLine } from '../techniques/calls.ts';
import { flag, operands, option, programs, upstream } from '../techniques/rule.ts';
import { tellsOf } from '../techniques.ts';

const DATA_FILE =
  /(?:^|[/=@])[^/]{1,200}\.(?:csv|tsv|xlsx?|ods|docx?|odt|pdf|sqlite3?|db|mdb|sql|dump|pst|mbox|kdbx|parquet|json|xml|ldif|vcf|bak)(?:\.(?:gz|bz2|xz|zst|zip|gpg))?$/i;
const DATA_PLACE =
  /^(?:if=|@)?\/(?:srv|home|root|data|opt|mnt|media|export|backups?|var\/(?:www|backups?|lib\/(?:mysql|postgresql|mongodb)|spool\/mail|mail|vmail|opt))\//;
const DATA_WORD =
  /(?:^|[/_.-])(?:customers?|clients?|orders?|invoices?|payments?|payroll|salar(?:y|ies)|employees?|patients?|members?|personal|contracts?|accounting|cards?|kunden?|rechnung(?:en)?)(?:[/_.-]|$)/i;
/** Settings and lists that every administrator reads. */
const ORDINARY =
  /^\/(?:etc|proc|sys|usr|var\/log)\/|(?:package(?:-lock)?|composer|tsconfig|settings|config|manifest)\.(?:json|xml)$|\/\.(?:config|cache)\//i;
const reads = programs(
  'cat tac less more head tail nl cp mv scp rsync tar zip 7z 7za rar gzip grep egrep zgrep zcat awk gawk sed cut base64 xxd strings vi vim nano view wc sort dd',
);

function readsData(call: Call): boolean {
  return reads(call) && operands(call).some(isData);
}

function isData(path: string): boolean {
  if (ORDINARY.test(path)) return false;
  return DATA_FILE.test(path)
    ? DATA_PLACE.test(path) || DATA_WORD.test(path) || !path.includes('/')
    : isDataFolder(path);
}

function isDataFolder(path: string): boolean {
  return DATA_PLACE.test(path) && DATA_WORD.test(path);
}

const dumps = programs('mysqldump mariadb-dump pg_dump pg_dumpall mongodump mongoexport redis-dump sqlite3 influxd');
const asks = programs('mysql mariadb psql mongo mongosh redis-cli sqlite3');

function readsDatabase(call: Call): boolean {
  if (call.name === 'sqlite3') return call.args.some((arg) => /\bselect\b|^\.dump\b/i.test(arg));
  if (dumps(call)) return true;
  return asks(call) && call.args.some((arg) => /\bselect\s|^keys$|\bbgsave\b|\bfind\(/i.test(arg));
}

const away = programs('nc ncat netcat nc.traditional nc.openbsd socat ssh');
const packs = programs('tar cat dd gzip zip base64 mysqldump pg_dump zcat openssl xz bzip2 zstd');
const REMOTE = /^(?:[\w.-]{1,64}@)?(?:[\w.-]{1,253}|\[[\da-f:.]{2,45}\]):|^rsync:\/\/|^(?:s3|gs|b2|mega|sftp|ftp):/i;

/** scp, rsync and their like with the other host last; uploads by curl and wget; what is packed and piped to a connection. */
function sendsAway(call: Call): boolean {
  const words = operands(call);
  switch (call.name) {
    case 'scp':
    case 'rsync':
      return words.length > 1 && REMOTE.test(words.at(-1) as string) && !REMOTE.test(words[0] as string);
    case 'curl':
      return (
        flag(call, 'T', 'upload-file') ||
        call.args.some(
          (arg, at) => /@[^\s;]/.test(arg) && /^(?:-F|--form|-d|--data(?:-\w{1,12})?)$/.test(call.args[at - 1] ?? ''),
        ) ||
        call.args.some((arg) => /^(?:-[dF]|--(?:data(?:-\w{1,12})?|form)=)(?:\w{1,40}=)?@/.test(arg))
      );
    case 'wget':
      return option(call, '', 'post-file') !== undefined || option(call, '', 'body-file') !== undefined;
    case 'rclone':
    case 'mega-put':
    case 'ncftpput':
    case 'gsutil':
    case 's3cmd':
      return /^(?:copy|sync|move|cp|put|mv)$/.test(words[0] ?? '') || call.name.endsWith('put');
    case 'aws':
      return words[0] === 's3' && /^(?:cp|sync|mv)$/.test(words[1] ?? '') && /^s3:/.test(words.at(-1) ?? '');
    default:
      return away(call) && upstream(call).some(packs);
  }
}

const relays = programs(
  '3proxy microsocks danted sockd squid gost frpc frps ngrok chisel ligolo-agent cloudflared proxychains tinyproxy glider shadowsocks ss-server v2ray xray',
);

function relaysTraffic(call: Call): boolean {
  if (call.name === 'ssh' || call.name === 'autossh')
    return call.args.some((arg) => /^-[A-Za-z]{0,8}[DR](?:$|\d|[\w.]{1,60}:)/.test(arg));
  return (
    relays(call) ||
    (call.name === 'socat' &&
      call.args.some((arg) => /^tcp\d?-listen:/i.test(arg)) &&
      call.args.some((arg) => /^tcp\d?:/i.test(arg)))
  );
}

const floods = programs('hping3 slowloris goldeneye hulk t50 mhddos slowhttptest xerxes torshammer');
const BOT = /(?:^|[/_.-])(?:mirai|kaiten|tsunami|gafgyt|xorddos|perlbot|shellbot|eggdrop|ddos|botnet)(?:[_.-]|\d|$)/i;
const mails = programs('sendmail mail mailx mutt swaks ssmtp msmtp exim exim4');

function sendsMail(call: Call): boolean {
  return mails(call) && call.args.length > 0 && (call.from !== null || call.name === 'swaks' || flag(call, 't'));
}

function ransoms(call: Call): boolean {
  const files = [...call.args, ...call.writes].join(' ');
  if (
    /(?:how|read|restore|recover|decrypt)[\w.-]{0,20}(?:decrypt|restore|recover|files|me)[\w.-]{0,12}\.(?:txt|html?)|\.(?:locked|encrypted|crypted|enc)(?:\s|$)/i.test(
      files,
    )
  )
    return !/^(?:rm|ls|find|stat|file)$/.test(call.name);
  return call.name === 'gpg' && call.inner.length > 0 && (flag(call, 'c', 'symmetric') || flag(call, 'e', 'encrypt'));
}

/** What the commands of an intruder show that it was after. */
export interface Deed {
  readonly title: string;
  readonly test: (call: Call) => boolean;
  /** Titles of tells (`techniques.ts`) that say the same. */
  readonly tells: readonly string[];
}

/** What hurts most first. */
export const DEEDS: readonly Deed[] = [
  { title: 'Ransom: files made unreadable', test: ransoms, tells: [] },
  { title: 'Data taken out', test: sendsAway, tells: ['Data packed or sent out'] },
  { title: 'Databases read', test: readsDatabase, tells: [] },
  { title: 'Files with data read', test: readsData, tells: [] },
  { title: 'Passwords, keys and other secrets', test: () => false, tells: ['Password hashes or secrets read'] },
  { title: 'A way on to other hosts', test: () => false, tells: ['On to another host'] },
  { title: 'Computing power, for a coin miner', test: () => false, tells: ['Coin miner'] },
  {
    title: 'A base for attacks on others',
    test: (call) => floods(call) || BOT.test(call.path),
    tells: ['Scan from inside'],
  },
  { title: 'A relay for their own traffic', test: relaysTraffic, tells: [] },
  { title: 'A sender of mail', test: sendsMail, tells: [] },
  {
    title: 'To come back later',
    test: () => false,
    tells: [
      'Account added',
      'Second account with uid 0',
      'Login key added',
      'Run at every start or on a schedule',
      'Sudo rights written',
      'Set-uid program made',
      'Library preloaded everywhere',
      'Shell start file changed',
      'Service installed',
    ],
  },
];

const KEPT = 2048;
const kept = new Map<string, readonly string[]>();

/** Titles of the deeds that a command line is. Never fails, whatever the line holds. */
export function deedsOf(commandLine: string): readonly string[] {
  const text = commandLine.slice(0, 4096);
  const known = kept.get(text);
  if (known !== undefined) return known;
  const { calls } = readLine(text);
  const tells = new Set(tellsOf(text).map(({ title }) => title));
  const deeds = DEEDS.filter(({ test, tells: same }) => same.some((title) => tells.has(title)) || calls.some(test));
  const titles = deeds.map(({ title }) => title);
  if (kept.size >= KEPT) kept.clear();
  kept.set(text, titles);
  return titles;
}
