import { printable } from '../../core/text.ts';
import type { AttackerKind } from '../../trace/story.ts';
import type { LeftOut } from '../redaction/redactor.ts';
import { count, deedsOf, KIND, number } from '../words.ts';
import type { Case, NetworkCase } from './cases.ts';
import type { Contacts } from './contact.ts';
import { leftOutLines } from './left-out.ts';
import type { Reporter } from './reporter.ts';

/** Addresses that a letter lists, and of how many it shows lines; the rest is in files beside it. */
export const MOST_LISTED = 50;
const MOST_SHOWN = 12;
const MOST_LINES = 6;

export interface LetterOptions {
  readonly reporter: Reporter | null;
  readonly contacts: Contacts | null;
  readonly leftOut: LeftOut;
  /** `AS64500 Example Hosting`, `203.0.113.0/24`. */
  readonly title: string;
  /** Redacted lines of each address, in the order of time. */
  readonly linesOf: (one: Case) => readonly string[];
  readonly portsOf: (one: Case) => readonly number[];
  /** In which zone the times of the lines are. */
  readonly zones: string;
  /** File with all addresses, where the letter does not list them; ''. */
  readonly table: string;
}

/** `AS64500 Example Hosting`, or the range: safe to show, on one line. */
export function titleOf({ asn, organisation, range }: NetworkCase): string {
  return asn === null ? range : `AS${asn} ${printable(organisation, 80)}`.trim();
}

/** The draft of a letter to the keeper of a network: plain text, lines of a mail, nothing from a log that commands a terminal. */
export function letter(network: NetworkCase, options: LetterOptions): string {
  const { reporter, contacts, title, zones } = options;
  const { cases } = network;
  const from = reporter === null ? '[your name and mail address]' : `${reporter.name} <${reporter.contact}>`;
  return [
    ...recipients(contacts),
    `From: ${from}`,
    `Subject: Attacks from ${title}: ${subject(cases)}`,
    '',
    'Hello,',
    '',
    `${sentenceOf(cases)} Network: ${title}.`,
    'All log lines below come from the servers that were attacked. The machines behind these addresses are often',
    'themselves broken into, and their owners do not know.',
    '',
    'What happened',
    ...deeds(cases).map((line) => `- ${line}`),
    '',
    'Addresses (times in UTC)',
    ...tableOf(cases, options),
    '',
    `Log lines (${zones})`,
    ...linesOf(cases, options),
    'What we ask',
    '- Find out who or what is behind these addresses at these times, and make it stop.',
    '- Keep the records of these times: connections, logins, who had the address.',
    '- If a machine was broken into, tell its owner, and tell us from where it was controlled. Logs of that machine',
    '  would let us follow the way back.',
    '- Tell us if we have the wrong one.',
    '',
    ...leftOutLines(options.leftOut, 'these log lines'),
    '',
    'Regards,',
    reporter === null ? '[your name]' : reporter.name,
    ...(reporter !== null && reporter.org !== reporter.name ? [reporter.org] : []),
    '',
  ].join('\n');
}

function recipients(contacts: Contacts | null): string[] {
  if (contacts === null) return ['To: [unknown: not looked up; --rdap asks the registry]'];
  const { found, problem } = contacts;
  if (found.length === 0) return [`To: [unknown: ${problem}]`];
  const mails = [...new Set(found.map(({ mails: [first = ''] }) => first))];
  if (mails.length === 1) return [`To: ${mails[0]}`];
  const ranges = found.map(
    ({ mails: [mail], range, addresses }) =>
      `Note: ${mail} is for ${range} (${count(addresses.length, 'address', 'addresses')})`,
  );
  return [`To: ${mails.join(', ')}`, ...ranges];
}

const BY_KIND = (cases: readonly Case[]): Map<AttackerKind, Case[]> => {
  const groups = new Map<AttackerKind, Case[]>();
  for (const one of cases)
    for (const kind of one.attacker?.kinds ?? []) {
      const group = groups.get(kind);
      if (group === undefined) groups.set(kind, [one]);
      else group.push(one);
    }
  return new Map([...groups].sort(([, a], [, b]) => b.length - a.length));
};

function subject(cases: readonly Case[]): string {
  const [kind] = BY_KIND(cases).keys();
  return `${count(cases.length, 'address', 'addresses')} that ${kind === undefined ? 'logged in unauthorised' : KIND[kind]}`;
}

function sentenceOf(cases: readonly Case[]): string {
  const instants = cases
    .flatMap(({ first, last }) => [first, last])
    .filter((at) => at !== null)
    .sort();
  const [from, to] = [shortOf(instants[0] ?? null), shortOf(instants.at(-1) ?? null)];
  const when = from === '' ? '' : `Between ${from} and ${to} (UTC) `;
  const who = `${count(cases.length, 'address', 'addresses')} of your network attacked our servers.`;
  return when === '' ? who.charAt(0).toUpperCase() + who.slice(1) : when + who;
}

function deeds(cases: readonly Case[]): string[] {
  const total = (key: 'failures' | 'hostileRequests' | 'webFailures' | 'blockedPackets' | 'probes'): number =>
    cases.reduce((sum, { attacker }) => sum + (attacker?.[key] ?? 0), 0);
  const entered = cases.filter(({ entries }) => entries.length > 0);
  const bounced = cases.filter(({ entered: hop }) => hop !== null);
  const counts = [
    total('failures') > 0 ? count(total('failures'), 'failed login') : '',
    total('hostileRequests') > 0 ? count(total('hostileRequests'), 'hostile web request') : '',
    total('webFailures') > 0
      ? count(total('webFailures'), 'wrong login to a web page', 'wrong logins to a web page')
      : '',
    total('blockedPackets') > 0
      ? count(total('blockedPackets'), 'packet that a firewall stopped', 'packets that a firewall stopped')
      : '',
    total('failures') === 0 && total('probes') > 0
      ? count(total('probes'), 'connection without a login', 'connections without a login')
      : '',
  ].filter(Boolean);
  return [
    ...[...BY_KIND(cases)].map(([kind, group]) => `${count(group.length, 'address', 'addresses')} ${KIND[kind]}`),
    ...(counts.length > 0 ? [`in all ${counts.join(', ')}`] : []),
    ...(total('blockedPackets') > 0 ? ['where a firewall only saw packets, their source may have been forged'] : []),
    ...(entered.length > 0 ? [`unauthorised logins succeeded from ${some(entered)}`] : []),
    ...(bounced.length > 0 ? [`an intruder entered ${some(bounced)} and went on from there to us`] : []),
  ];
}

function some(cases: readonly Case[]): string {
  const named = cases.slice(0, 5).map(({ address }) => address);
  return cases.length > 5 ? `${named.join(', ')} and ${number(cases.length - 5)} more` : named.join(', ');
}

function tableOf(cases: readonly Case[], { portsOf, table }: LetterOptions): string[] {
  const rows = cases
    .slice(0, MOST_LISTED)
    .map((one) => [
      one.address,
      secondsOf(one.first),
      secondsOf(one.last),
      one.attacker === null ? count(one.entries.length, 'login') : deedsOf(one.attacker).join(', '),
      portsOf(one).slice(0, 5).join(' '),
    ]);
  const all = [['address', 'first', 'last', 'what', 'source ports seen'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const rest = cases.length - MOST_LISTED;
  return rest > 0 ? [...lines, `and ${count(rest, 'more address', 'more addresses')}: all are in ${table}`] : lines;
}

function linesOf(cases: readonly Case[], options: LetterOptions): string[] {
  const shown = cases.slice(0, MOST_SHOWN);
  const lines = shown.flatMap((one) => [
    one.address,
    ...firstAndLast(options.linesOf(one)).map((line) => `  ${line}`),
    '',
  ]);
  const rest = cases.length - shown.length;
  if (rest === 0) return lines;
  const where = options.reporter === null ? 'on request' : 'in their XARF reports';
  return [...lines, `Lines of ${count(rest, 'more address', 'more addresses')}: ${where}.`, ''];
}

/** The beginning, and the end, where a login may have succeeded. */
function firstAndLast(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES - 2), ...lines.slice(-2)];
}

/** `2026-11-21T01:10:00Z`, without fractions. */
function secondsOf(at: string | null): string {
  return at === null ? 'unknown' : at.replace(/\.\d+(?=Z$)/, '');
}

function shortOf(at: string | null): string {
  return at === null ? '' : at.slice(0, 16).replace('T', ' ');
}
