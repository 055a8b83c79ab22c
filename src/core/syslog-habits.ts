// How the syslog daemons of the field write what RFC 3164 left open.

// RFC 5424 §6: VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP, then structured data.
export const HEADER_5424 =
  /^[1-9]\d{0,2} (?<stamp>-|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) (?<host>\S{1,255}) (?<app>\S{1,48}) (?<proc>\S{1,128}) (?<id>\S{1,32}) (?=[[-])/;
export const VERSION = /^[1-9]\d{0,2} /;
// A line that journalctl -o cat or an agent left without a stamp: only "host program[pid]: " is safe to tell.
export const BARE = /^(?<host>[\w.:-]{1,255}) (?<app>[\w./@-]{1,64})\[(?<pid>\d{1,10})\]: /;
// FreeBSD syslogd -v and some relays put "<auth.info>", "[auth.info]" or "auth.info" before or behind the host.
export const FACILITY =
  /^[<[]?(?:kern|user|mail|daemon|auth|authpriv|security|syslog|cron|ftp|ntp|console|local[0-7])\.(?:emerg|alert|crit|err|error|warn|warning|notice|info|debug)[>\]]? /;
// AIX: "auth|security:info" between host and tag, and whole lines that another host's syslogd sent.
export const AIX =
  /^(?:kern|user|mail|daemon|auth|authpriv|security|auth\|security|syslog|lpr|news|uucp|cron|ftp|aso|audit|caa|local[0-7]):(?:emerg|alert|crit|err|warn|warning|notice|info|debug) /;
export const FORWARDED = /^Message forwarded from (?<host>[\w.:-]{1,255}): /;
// "login -- root[2421]: text": login(1) names the account behind two dashes, and some syslogd leave the first word out.
export const LOGIN_TITLE = /^(?:login )?-- [\w.-]{1,32}(?=\[\d{1,10}\]: )/;
// Solaris: "[ID 800047 auth.info] " before the message (syslogd's msgid).
export const SOLARIS = /^\[ID \d{1,10} [a-z0-9]{1,12}\.[a-z]{1,8}\] /;
// CEF and LEEF right after the priority or stamp, without a host: the format's name is the tag.
const DEVICE = /^(?:CEF:[01]|LEEF:[12]\.0)\|/;
export const KERNEL_CLOCK = /^\[ *\d{1,10}\.\d{3,9}\] /;

// macOS' `log show`: thread, type, activity, process id and time to live before the process, and its library behind it.
export const MAC =
  /^0x[\da-f]{1,16} +[A-Z][a-z]{2,9} +0x[\da-f]{1,16} +(?<pid>\d{1,10}) +\d{1,10} +(?<app>[\w.-]{1,64}): (?:\([\w .-]{1,64}\) )?(?:\[[\w.:-]{1,128}\] )?/;
// A relay that puts a header of its own before each line that it passes on: "10.0.0.7 Aug  4 17:40:20 web1 sshd[1]: text".
export const RELAYED =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) (?=[\w.:-]{1,255} [\w./()@-]{1,64}(?:\[\d{1,10}\])?: )/;

/** Does a tag stand where the host should: "dropbear[1252]:", "kernel:", "[sshd]", "--", "CEF:0|…"? */
export function isTag(word: string): boolean {
  return word.endsWith(':') || /^[\w./()-]{1,64}\[\d{1,10}\]$|^---?$|^\[\w+\]$/.test(word) || DEVICE.test(word);
}

/** The offset after a facility that stands at `at`, "<auth.info> " or "auth.info "; `at` when none does. */
export function afterFacility(line: string, at: number): number {
  const first = line.charCodeAt(at);
  if (first !== 0x3c && first !== 0x5b && !(first >= 97 && first <= 122)) return at;
  return at + (FACILITY.exec(line.slice(at, at + 24))?.[0].length ?? 0);
}

/** "/usr/sbin/cron", "[cron]" and "sshd(pam_unix)" are cron and sshd. */
export function programOf(line: string, at: number, end: number): string {
  if (line.charCodeAt(at) === 0x5b && line.charCodeAt(end - 1) === 0x5d) return line.slice(at + 1, end - 1);
  let from = at;
  if (line.charCodeAt(at) === 0x2f) from = line.lastIndexOf('/', end) + 1;
  const paren = line.charCodeAt(end - 1) === 0x29 ? line.indexOf('(', from + 1) : -1;
  return line.slice(from, paren !== -1 && paren < end ? paren : end);
}
