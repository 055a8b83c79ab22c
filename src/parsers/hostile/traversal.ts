import { NOT_TOLD, notSearched, UNSEARCHED } from './boxes.ts';
import { ANYWHERE, BACKSLASH, BRACE, COLON, DOT, family, HEADERS, type Rule, re, SLASH, WORD } from './rule.ts';

// Path traversal, local files and file wrappers. A single "../" in a parameter may be a page's own relative link; two, or
// one that is encoded, or one in the path (browsers resolve them before they ask) is not.

/** One step up to a picture or the like: a page's own link that a program took as it stood. */
const OWN_LINK = String.raw`(?!\.\.\/[\w\/-]{1,200}(?:\.min)?\.(?:jpe?g|png|gif|webp|svg|ico|css|js|mp[34]|pdf)(?:\uE000|$))`;
const ETC =
  'passwd|alternatives|shadow|group|gshadow|hosts|hostname|issue|motd|fstab|crontab|sudoers|mysql|my\\.cnf|ssh|ssl|nginx|apache2?|httpd|php|resolv\\.conf|profile|bashrc|os-release|[a-z]{2,12}-release|environment|network|exports|vsftpd|proftpd|samba|inetd|xinetd|pam\\.d|security|redis|tomcat|cron\\.|init\\.d|rc\\.|ld\\.so|logrotate|mtab|services|protocols|kubernetes|docker|letsencrypt|openvpn|postfix|dovecot|squid|ldap|snmp|pure-ftpd|lighttpd|modprobe|master\\.passwd|aliases|syslog';

export const traversal: readonly Rule[] = family('traversal', 'T1190', [
  ['climbing path', DOT, /\/\.{2,3}(?:;[^/\uE000]{0,40})?(?:[/\\]|\uE000|$)(?<=^[^\uE000]{0,4000}\uE000?)/],
  ['climbing twice', DOT, /(?:\.{2,3};?[/\\]{1,4}){2}|(?:\.{2,4}\/{1,3}){2}|\.{3,4}[/\\]{2}/, { where: ANYWHERE }],
  [
    'climbing file parameter',
    DOT,
    re(
      String.raw`(?:file|page|path|template|include|inc|dir|folder|doc|document|root|style|pdf|view|content|load|read|download|lang|locale|name|img|image|src|module|conf|config|show|site|tpl|theme|skin|layout|cat|action|board|date|detail|prefix|url|data|log)\w{0,12}(?:\[\w{0,20}\])?\uE001${OWN_LINK}[^\uE000]{0,200}\.{2,3}[/\\]`,
    ),
  ],
  ['climbing with backslashes', DOT | BACKSLASH, /(?:^|[/\\\uE001=:])\.{2,3}\\/],
  [
    'password files',
    SLASH,
    /(?:^|[^\w])etc[/\\]{1,3}(?:\.[/\\])?(?:passwd|shadow|gshadow|master\.passwd|sudoers)(?![\w-])/,
    { where: ANYWHERE, view: 'shell' },
  ],
  [
    'system file',
    SLASH,
    re(
      String.raw`(?:\uE001|file:\/{1,3}|[;|&'(<=]|[\s"](?=\/{0,3}(?:etc|proc|var|root|home|sys|usr|opt|boot)[\/\\])${NOT_TOLD}|\.[\/\\])\/{0,3}(?:etc[\/\\]+(?:${ETC})|proc[\/\\]+(?:self|version|cpuinfo|net|sys|mounts|\d{1,7}|cmdline|environ|sched|kcore)|var[\/\\]+(?:log|mail|spool|backups?|run[\/\\]+secrets)[\/\\]+\w|run[\/\\]+secrets[\/\\]|root[\/\\]+\.?\w|home[\/\\]+[\w.-]{1,32}[\/\\]+\.\w|sys[\/\\]+(?:class|kernel|devices)|usr[\/\\]+local[\/\\]+(?:etc|apache|nginx|php)|opt[\/\\]+(?:lampp|xampp|tomcat)|boot[\/\\]+grub)`,
    ),
  ],
  [
    'system file named in a header',
    SLASH,
    /(?:^|[\s;|&'"(<=\uE001])\/(?:etc\/\w|proc\/(?:self|net|sys|\d)|root\/\.|var\/log\/\w|var\/www\/\w)/,
    { where: HEADERS },
  ],
  [
    'system file in the path',
    WORD,
    re(
      String.raw`[\/\\](?:etc[\/\\]+(?:${ETC})(?:\b|$)|proc[\/\\]+(?:self|version|cpuinfo)|windows[\/\\]+(?:win\.ini|system32|repair)|winnt[\/\\]|boot\.ini)(?<=^[^\uE000]{0,2000})`,
    ),
  ],
  [
    'Windows file',
    DOT,
    /(?:^|[^a-z0-9])(?:windows|winnt)[/\\]{1,4}(?:win\.ini|system\.ini|system32[/\\]{1,4}(?:drivers[/\\]{1,4}etc|config[/\\]{1,4}sam|inetsrv|cmd\.exe)|repair[/\\]|php\.ini|debug[/\\]netsetup)|(?:\uE001|[/\\])boot\.ini\b|inetpub[/\\]{1,4}(?:wwwroot[/\\]{1,4}\w{1,30}\.asp|logs)/,
  ],
  [
    'secrets of a user',
    DOT,
    /[/\\\s\uE001]\.(?:ssh[/\\](?:id_[a-z0-9]{2,10}|authorized_keys|known_hosts)|aws[/\\](?:credentials|config)|bash_history|zsh_history|mysql_history|psql_history|docker[/\\]config\.json|kube[/\\]config|gnupg[/\\]|netrc|pgpass|npmrc|azure[/\\])/,
    { where: ANYWHERE },
  ],
  [
    'application files',
    DOT,
    re(
      String.raw`(?:[/\\]|\uE001)(?:web-inf|meta-inf)[/\\]|\uE001(?:[^\uE000]{1,200}|${UNSEARCHED})(?:web\.config|wp-config\.php|\.htaccess|\.htpasswd|localsettings\.php|settings\.py|database\.yml|configuration\.php|config\.inc\.php|appsettings\.json|id_rsa|(?<!\w)\.env(?:\.(?:local|dev|development|prod|production|staging|test|bak|old|save))?)(?:\uE000|$|%00|\0)`,
    ),
  ],
  [
    'PHP wrapper',
    COLON,
    /(?:php|phar|zip|zlib|glob|expect|ogg|rar|ssh2(?:\.\w{2,8})?|compress\.zlib|compress\.bzip2|convert\.\w{1,20}):\/\/\w{0,20}/,
    { where: ANYWHERE },
  ],
  ['file URL', COLON, re(String.raw`(?:[\uE001='"\s(/]|^)${notSearched('file')}:(?:\/{1,4}|%2f)\w?`)],
  ['jar or netdoc URL', COLON, /\uE001(?:jar:(?:https?|file)|netdoc:|jndi:)/],
  ['dot segments with a parameter', DOT, /\/\.{1,2};[\w=]{0,20}\//],
  ['traversal by expansion', BRACE, /\$\{(?:ifs|pwd|home|path|oldpwd)\}/],
]);

/** Encodings of `../` that only someone with something to hide sends; looked for in the target as sent. */
export const ENCODED_CLIMB =
  /(?:%2e|%252e|%c0%ae|%c0%2e|%e0%80%ae|%u002e|%uff0e|%%32%65|%25%32%65|0x2e){2}(?:\/|\\|%|;|0x)|\.(?:%2e|%252e|%%32%65)(?:\/|\\|%2f|%5c|%252f|;)|(?:%2e|%252e)\.(?:\/|\\|%2f|%5c|%252f|;)|\.\.(?:%2f|%5c|%252f|%255c|%c0%af|%c1%9c|%c0%9v|%bg%qf|%u2215|%u2216|%uefc8|%uf025|%25c0%25af|%%35%63|%%32%66|0x2f|0x5c)|\.\.;\/|%c0%af\.\.|\.{3}\/{2}/i;

/** Percent-encoding that hides what it writes: encoded twice digit by digit, overlong, or IIS's %u for ASCII. */
export const HIDING_ESCAPE =
  /%25%3[2-7]%(?:3\d|[46][1-6])|%c[01]%[89ab]|%e0%[89][0-9a-f]%|%f0%8[0-9a-f]%|%u00[0-7][0-9a-f]|%uff[0-5][0-9a-f]|^[^?]{0,2000}%[g-tv-z]/i;
