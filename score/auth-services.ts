import { toEcs } from '../src/core/event.ts';
import type { ScoreRow } from './row.ts';
import type { OnMiss } from './suite.ts';
import { casesOf, decodeLines } from './web-cases.ts';

/** How fail2ban's own tests read a time without a year. */
const ZONE = 'Europe/Zurich';
const NOW = '2005-08-14T12:00:00+02:00';
/** Services of the family whose lines the issue asks for; the others are shown without a bar. */
const AUTH = new Set(['ssh', 'ftp']);

interface BanCase {
  readonly family: string;
  readonly service: string;
  readonly line: string;
  readonly expect: {
    readonly match: boolean;
    readonly host?: string;
    readonly user?: string;
    readonly time_zoned?: string;
  };
}

type Document = Readonly<Record<string, unknown>>;

/** Says what one line came to; undefined where it began no event. */
type Read = (rows: readonly BanCase[]) => Promise<(Document | undefined)[]>;

/** All lines of a service as one log: what a line leaves out, an earlier line of the same process says. */
const asOneLog: Read = async (rows) => {
  const firstLines: number[] = [];
  const lines: string[] = [];
  for (const { line } of rows) {
    firstLines.push(lines.length + 1);
    lines.push(...line.split('\n'));
  }
  const documents = new Map((await decodeLines(lines, ZONE, NOW)).map((event) => [event.line, toEcs(event)]));
  return firstLines.map((first) => documents.get(first));
};

/** Each line as a log of its own. */
const alone: Read = (rows) =>
  Promise.all(
    rows.map(async ({ line }) => {
      const [event] = await decodeLines(line.split('\n'), ZONE, NOW);
      return event && toEcs(event);
    }),
  );

interface Count {
  right: number;
  total: number;
  wrong: number;
}

/** The addresses of one reading: right, asked for, and blamed on somebody else. */
function countAddresses(
  rows: readonly BanCase[],
  documents: readonly (Document | undefined)[],
  count: Count,
  onMiss: OnMiss,
): void {
  for (const [at, { line, service, expect }] of rows.entries()) {
    if (!expect.match || expect.host === undefined) continue;
    const document = documents[at] ?? {};
    const said = ['source.ip', 'source.address', 'source.domain'].map((field) => document[field]);
    const right = said.includes(expect.host);
    count.total += 1;
    if (right) count.right += 1;
    else {
      if (said.some((value) => value !== undefined)) count.wrong += 1;
      onMiss(`fail2ban ${service}: want ${expect.host}, got ${String(said[0] ?? said[1])}: ${line}`);
    }
  }
}

/** Does the line itself hold the address that is asked for? Some leave it to an earlier line. */
function holdsAddress({ line, expect }: BanCase): boolean {
  return expect.host === undefined || line.toLowerCase().includes(expect.host.toLowerCase());
}

/** Addresses of the lines that fail2ban's filters are tested with: the Linux login services, then all others for the record. */
export async function scoreAuthServices(corpusDir: string, onMiss: OnMiss): Promise<ScoreRow[]> {
  const services = new Map<string, BanCase[]>();
  for (const found of casesOf<BanCase>(corpusDir, 'fail2ban.jsonl'))
    if (found.family !== 'web') services.set(found.service, [...(services.get(found.service) ?? []), found]);
  const rows: ScoreRow[] = [];
  const sum: Count = { right: 0, total: 0, wrong: 0 };
  const single: Count = { right: 0, total: 0, wrong: 0 };
  const others: Count = { right: 0, total: 0, wrong: 0 };
  for (const [service, cases] of services) {
    const inScope = AUTH.has(cases[0]?.family ?? '');
    const count: Count = { right: 0, total: 0, wrong: 0 };
    countAddresses(cases, await asOneLog(cases), count, inScope ? onMiss : () => {});
    const into = inScope ? sum : others;
    for (const key of ['right', 'total', 'wrong'] as const) into[key] += count[key];
    if (!inScope) continue;
    const whole = cases.filter(holdsAddress);
    countAddresses(whole, await alone(whole), single, onMiss);
    rows.push({ suite: 'fail2ban', name: service, right: count.right, total: count.total, bar: '' });
  }
  const blamed = sum.wrong + single.wrong;
  return [
    ...rows,
    { suite: 'fail2ban', name: 'login services: source address', right: sum.right, total: sum.total, bar: '>= 97 %' },
    { suite: 'fail2ban', name: 'the same, each line alone', right: single.right, total: single.total, bar: '' },
    {
      suite: 'fail2ban',
      name: 'lines that blame nobody else',
      right: sum.total + single.total - blamed,
      total: sum.total + single.total,
      bar: 'exact',
    },
    {
      suite: 'fail2ban',
      name: 'other services (mail, VPN, …)',
      right: others.right,
      total: others.total,
      bar: '',
      note: 'not asked for yet',
    },
  ];
}
