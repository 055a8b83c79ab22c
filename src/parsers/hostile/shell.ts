import { NO_SEARCH, notFirst, notSearched, TOLD } from './boxes.ts';
import {
  ANGLE,
  ANYWHERE,
  BANG,
  BRACE,
  BREAK,
  DOLLAR,
  EQUALS,
  family,
  HEADERS,
  MINUS,
  PAREN,
  QUOTE,
  type Rule,
  re,
  SLASH,
  SPACE,
  STAR,
} from './rule.ts';

// Commands for a Unix shell. A separator and a command, or a command at the beginning of a value with what only an
// argument looks like behind it: people search for "time warner", "find my phone" and "Tools | PHP".

/** Commands that no sentence holds. */
export const PLAIN =
  'wget|curl|chmod|chown|chgrp|whoami|uname|ifconfig|netstat|nslookup|busybox|nohup|crontab|useradd|usermod|adduser|mkfifo|mknod|printenv|killall|pkill|pgrep|dmesg|lsof|tcpdump|ncat|netcat|socat|tftp|ftpget|sshpass|lwp-(?:download|request)|getent|lscpu|lspci|hostid|gawk|mawk|egrep|fgrep|zgrep|mktemp|gunzip|bunzip2|xxd|dpkg|aa-(?:disable|exec|enforce|complain)|visudo|setfacl|chattr|lsattr|readlink|nproc|lsmod|insmod|sysctl|ifup|ifdown|ksh|csh|tcsh|lsblk|logname|setsid|stdbuf|busctl|dmidecode|whereis|fuser|loginctl|journalctl|hostnamectl|lsusb|blkid|getfacl|ulimit|pstree|vmstat|getenforce|nsenter|capsh|setarch|taskset|aria2c|pdflatex';
/** Short ones and those of everyday language or of languages: an argument or an end must stand behind. */
export const COMMON =
  'traceroute|telnet|rsync|systemctl|iptables|awk|sed|base64|rpm|apt-get|yum|dnf|pacman|ln|rmdir|mkdir|gcc|g\\+\\+|bash|zsh|dash|pwd|grep|kubectl|docker|nmap|tshark|hexdump|strace|gdb|pip3?|npm|axel|fetch|lynx|w3m|links2|xargs|passwd|cat|id|ls|ps|sh|rm|cp|mv|dd|df|du|nc|w|ip|ping|ping6|dig|arp|host|tar|zip|unzip|xz|env|echo|printf|exec|eval|sort|head|tail|tac|nl|od|rev|tr|tee|touch|kill|sleep|hostname|python(?:[23](?:\\.\\d{1,2})?)?|perl|php\\d?|ruby|lua|node|java|ssh|scp|sftp|ftp|git|svn|vi|vim|nano|ed|ex|mount|umount|sudo|su|doas|openssl|diff|alias|reboot|shutdown|halt|poweroff|apt(?! \\d)|snap|gem|cargo|exit|cd|expr|uniq|wc|tmux|bc|dc|nm|cc';
/** Words of everyday language: only an option or a path makes a command of one. */
export const EVERYDAY =
  'free|groups|tree|locate|which|who|more|less|top|last|date|time|mail|man|make|history|service|source|type|find|look|nice|screen|script|paste|split|fold|join|cut|test|export|watch|read|seq|stat|strings|factor|set|go|init';
const ARGUMENT = String.raw`(?=[\s]{0,3}(?:[;|&<>)\x60}]|\s(?:-\w|[-/.~$*\d'"<>{(]|[\w.-]{1,60}[/.:@=]\w|[a-z]{1,12}\s[-/])))`;
const OPTION = String.raw`(?=\s{1,3}(?:-{1,2}[a-z]|[/~$*]|\.{1,2}\/))`;
/** What a query language pipes its rows through, "| sort -count"; a shell would have these wait for input. */
const NO_FILTER = String.raw`(?!\|\s?(?:(?:sort|head|tail|wc|uniq|nl)\s[+-]?\w[^/~$\x60;&|\uE000]{0,60}|eval \w{1,40}=[^$\x60;&|\uE000]{0,80})(?:\||\uE000|$))`;
/** A name of SQL in its quotes, `a`.`id` = 5, or what a sentence shows as code. */
const NO_NAME = String.raw`(?!\x60\w{1,40}\x60 ?(?:[=<>,.]|(?:in|is|like|between|asc|desc)\b)|(?=\x60)${TOLD})`;
export const END = String.raw`(?=[\s;|&<>)(\x60'"$/}{,]|\uE000|$)`;
export const PATH = String.raw`(?:\.{0,2}\/(?:[\w.?*[\]-]{1,30}\/){0,6})?`;
const SEPARATOR = String.raw`(?:[;|\n\r\x60]|&&|&(?! )|\$\(|[<>]\()`;
export const PREFIXES = String.raw`(?:(?:sudo|nohup|exec|env|command|time|nice|busybox|then|do|else|if|!)\s{1,3}){0,3}`;

export const shell: readonly Rule[] = family(
  'rce',
  'T1059.004',
  [
    [
      'command behind a separator',
      BREAK * 0,
      re(String.raw`${SEPARATOR}[\s({]{0,4}${PREFIXES}${PATH}(?:${PLAIN})${END}`),
    ],
    [
      'common command behind a separator',
      BREAK * 0,
      re(
        String.raw`${NO_FILTER}${NO_NAME}${SEPARATOR}[\s({]{0,4}${PREFIXES}${PATH}(?:(?:${COMMON})${ARGUMENT}|(?:${EVERYDAY})${OPTION})`,
      ),
    ],
    [
      'command alone behind a separator',
      BREAK * 0,
      re(
        String.raw`${SEPARATOR}[\s({]{0,4}${PATH}(?:id|ls|ps|sh|bash|pwd|env|set|arp|df|dir|w|who|hostname|reboot|ifconfig|sleep)\s{0,3}(?:\uE000|$|#)`,
      ),
    ],
    [
      'command as a value',
      SPACE,
      re(
        String.raw`${NO_SEARCH}[\s'"({]{0,4}${PREFIXES}${PATH}(?:${PLAIN}|bash|zsh|dash|telnet|rsync|systemctl|iptables|grep|sed|awk|base64|nmap|docker|kubectl|traceroute)\s{1,3}(?:-{1,2}\w|\/\w|https?:|ftp:|\$|~\/|\.{1,2}\/|\d{1,3}\.\d|\w{1,40}\.(?:\w{1,10}\.)?(?:com|net|org|io|sh|php|ru|cn|exe|txt)\b|localhost|\+x|[0-7]{3}\s|google|php-fpm|\/)`,
      ),
    ],
    [
      'common command as a value',
      SPACE,
      re(
        String.raw`${NO_SEARCH}[\s'"({]{0,4}${PREFIXES}(?:cat|id|ls|ps|sh|rm|cp|mv|dd|nc|ping|dig|echo|find|head|tail|tar|python[23]?|perl|php|ruby|ssh|ip|touch|env|sleep|tac|nl|more|less|od)\s{1,3}(?:-{1,2}\w{1,20}(?:[\s=/]|\uE000|$)|\/(?:\w|\*)|\$[({\w]|~\/|\.{1,2}\/\S|\w{1,20}=\/|[<>]\s?[/&]|>\s?(?:[\w-]{1,40}[./]\w|[a-z]\w{0,40}(?:[;|&]|\uE000|$)))`,
      ),
    ],
    ['ls with names', SPACE, re(String.raw`${NO_SEARCH}ls (?!\d{1,20} )\w{1,20} \w{1,20}(?:\uE000|$)`)],
    [
      'interpreter with a command',
      SPACE | MINUS,
      /(?:^|[\s;|&`(/\uE001'"])(?:ba|da|z|k|c|tc|a|fi)?sh,? ?-[ilrx]{0,3}[cis]{1,2}(?:[\s,]|\uE000|$)|\b(?:python[23]?|perl|ruby|php|node) -[ecr]{1,2} ?['"\w(]/,
      { where: ANYWHERE },
    ],
    [
      'shell by its path',
      SLASH,
      re(
        String.raw`(?:^|[^\w.-])${notFirst('/')}(?:usr\/)?(?:local\/)?s?bin\/(?:(?:ba|da|z|k|c|tc|a)?sh|cat|id|ls|nc(?:\.traditional|\.openbsd)?|ncat|wget|curl|uname|whoami|ping|chmod|rm|echo|ps|sleep|python[23]?|perl|ifconfig|netstat|touch|head|tail|busybox|nslookup|dig)(?![\w.-])`,
      ),
      { where: ANYWHERE },
    ],
    [
      'path with wildcards',
      STAR,
      /\/(?:(?:bin|etc|dev|usr|sbin|tmp|proc|var)\/[\w*]{0,8}\?[\w?*]{0,8}|(?:b\?n|bi\?|\?in|e\?c|et\?|et\*|e\*c?|\?tc|\*tc|[eb]\?\?|\?\?[cn]|b\*n|\*in|\?{3}|u\?r|us\?)\/[\w?*/]{1,40}|(?:bin|etc)\/\w{0,8}\*\w{0,8})(?:[\s;|&/]|\uE000|$)/,
      { where: ANYWHERE, view: 'text' },
    ],
    ['network device', SLASH, /\/dev\/(?:tcp|udp)\/|(?:d=|=)\/dev(?:[&;]|\uE000|$)/, { where: ANYWHERE }],
    [
      'redirection',
      ANGLE,
      /[\s\d&][<>]&\s?\d|\d>&\d|>&\s?\/dev|[012]\s?>\s?\/dev\/null|\)0>|<<<\s?['"$]/,
      { where: ANYWHERE, view: 'text' },
    ],
    [
      'pipe into a shell',
      BREAK,
      /\|\s{0,3}(?:\/(?:usr\/)?bin\/)?(?:ba|da|z|k|c)?sh(?![\w.-])|\|\s{0,3}(?:base64 -d|xxd -r|python[23]?\b\s?-?(?:\uE000|$)|perl\b\s?-?(?:\uE000|$))/,
      { where: ANYWHERE },
    ],
    [
      'Shellshock',
      PAREN | BRACE,
      /(?<!\bfunction(?: ?\*)?(?: [\w$]{1,40})? ?|\b[\w$]{1,40} ?)\(\) {0,2}\{/,
      { where: ANYWHERE, view: 'text' },
    ],
    [
      'expansion',
      DOLLAR,
      /\$\{?ifs\b|\$\((?:\(\d|\x60\w|echo|cat|ls|id|whoami|wget|curl|sleep|uname|ping|nslookup|sh|bash|rev|printf|base64|expr|<)|\$\{(?:path|home|pwd|shell|oldpwd|0|1)[:#%/}]|\$'\\[x0-7]|\$\{[!#@*?-]\w{0,20}|\$\(\(|\$%?\[\$|\$\{\w{1,20}:\d{1,3}:\d/,
      { view: 'text' },
    ],
    [
      'dropped parameters',
      DOLLAR,
      /[a-z/]\$[@*!?#-]{1,2}[a-z/]|\w\$\{[\w@]{0,10}\}\w{2,}|\w\$\((?:echo)?\)\w|[a-z]\$u[ +/]|[a-z]\$\{?u\}?\/(?:etc|bin|passwd)|\/et\$?_?\w{0,2}c?\/pas/,
      { where: ANYWHERE, view: 'text' },
    ],
    ['reversed separators', BREAK | DOLLAR, /[;|&\n]\s?(?:\w{1,8}\$[@*!?#]|\$[@*!?#]\w)/, { view: 'text' }],
    [
      'braces for blanks',
      BRACE,
      /\{(?:cat|ls|curl|wget|echo|ping|nc|sh|bash|id|uname|rm|sleep|nslookup|chmod|cp|mv|python|perl|php),[^}\s]{1,80}\}/,
      { view: 'text' },
    ],
    [
      'backticks',
      QUOTE,
      re(String.raw`${NO_NAME}\x60\s?${PATH}(?:${PLAIN}|${COMMON}|${EVERYDAY})(?:\s[^\x60\uE000]{0,200})?\x60`),
      { view: 'text', where: ANYWHERE },
    ],
    [
      'quotes inside a command',
      QUOTE,
      re(String.raw`[\uE001;|&\s]${PATH}(?:${PLAIN}|ping|cat|python|perl|php|id|ip a|ls -\w|time sh)${END}`),
      { hidden: true },
    ],
    [
      'escapes inside a command',
      QUOTE * 0,
      /[\uE001;|&\n]\s?(?:\w{1,10}\\){1,10}\w{1,10}(?:\s|\uE000|$)(?=[^\uE000]{0,60}(?:[/-]|$|\uE000))/,
      { view: 'text', needs: BREAK },
    ],
    ['tilde expansion', BANG, re(String.raw`${NO_SEARCH}~(?:[+-]?\d{1,3})(?:\uE000|$|\/)`)],
    ['history expansion', BANG, re(String.raw`${NO_SEARCH}!(?:-?\d{1,4}(?:!-?\d{1,4}|\uE000|$)|!(?:\uE000|$))`)],
    [
      'command in a header',
      SPACE,
      re(
        String.raw`^[\s'"({]{0,4}[\uE001][\s'"({]{0,4}(?:(?:cat|ls|cp|mv|rm|id|echo|nc|ping|head|tail|more|less|find|dd|touch)\s{1,3}(?:-\w|\/\w|\$|\w{1,20}=\/)|(?:wget|curl|chmod)\s{1,3}(?:-\w|https?:|\+x|\/|7\d\d))`,
      ),
      { where: HEADERS },
    ],
    [
      'command alone in a header',
      BREAK * 0,
      /^\uE001(?:id|whoami|uname(?: -a)?|ls(?: -\w{1,6})?|pwd|ifconfig|netstat(?: -\w{1,6})?|ps(?: -?\w{1,6})?|env|printenv)$/,
      { where: HEADERS },
    ],
    [
      'command behind a separator in a header',
      BREAK,
      /[;|&`\n(]\s{0,3}(?:\/(?:usr\/)?bin\/\w|(?:wget|curl) (?:-\w|https?:|\d{1,3}(?:\.\d{1,3}){3})|cat \/|whoami(?![\w.-])|uname -a|chmod [+\d]|nslookup \S|ping -c|sleep \d)/,
      { where: HEADERS },
    ],
    [
      'environment of a loader',
      BREAK * 0,
      /(?:^|[\s;&|\uE000\uE001])(?:ld_preload|ld_library_path|bash_env|prompt_command|pythonpath|perl5lib|node_options)=\S/,
      { where: ANYWHERE },
    ],
    ['alias or function', EQUALS, /(?:\uE001|[;|&\n]) ?alias \w{1,20}=/],
    [
      'command of an SQL shell',
      BREAK,
      /[;\n]\s{0,3}\.(?:system|shell|load|import|output|once|open|read|dump|backup|databases|schema|tables)\b/,
      { view: 'text' },
    ],
    [
      'braces at the beginning',
      BRACE,
      re(String.raw`(?:\uE001|[;|&\n\x60(])\s?\{,?(?:${PLAIN}|cat|ls|id|ping|nc|sh|cp|mv|rm|echo|sleep),`),
      { view: 'text' },
    ],
    [
      'variables of a shell',
      DOLLAR,
      re(
        String.raw`${notSearched('\\$')}\{?(?:cdpath|dirstack|home|hostname|ifs|oldpwd|ostype|path|pwd|shell|shellopts|bash_\w{3,12}|path_separator)\b\}?(?=[^\w]|$)`,
      ),
      { view: 'text' },
    ],
    [
      'known dropper',
      SPACE,
      re(
        String.raw`(?:wget|curl|tftp|fetch)[^\uE000]{1,200}(?:;|&&|\|)[^\uE000]{0,80}(?:chmod|sh |bash|\.\/)|${notSearched('cd')} \/(?:tmp|var|dev\/shm|mnt|root)\b|${notSearched('rm')} -rf? \/?\S|busybox \w`,
      ),
      { where: ANYWHERE },
    ],
  ],
  { view: 'shell' },
);
