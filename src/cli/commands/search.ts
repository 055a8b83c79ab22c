import { once } from 'node:events';
import type { Command } from 'commander';
import type { FoundEvent, Gap, SearchAnswer } from '../../api/asking.ts';
import { AppError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import type { Layout } from '../../server/paths.ts';
import { dataOption } from '../data-option.ts';
import { exportFound } from '../export-found.ts';
import { eventLine, queryOf, showingOf, underQuery } from '../found-lines.ts';
import { askServer, layoutOf } from '../server-client.ts';
import type { CliCommand } from './index.ts';

const PAGE = 1000;
const MOST = 1_000_000;

interface SearchOptions {
  readonly data?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: string;
  readonly json?: boolean;
  readonly export?: string;
  readonly reason?: string;
  readonly uncosigned?: boolean;
}

/** `spoor search`: events of the index, newest first, and what may be missing among them. */
export default {
  name: 'search',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('search'))
      .description('find events, newest first, and say what may be missing among them (docs/guides/searching.md)')
      .allowUnknownOption() // "-word" is of the query
      .argument('[query...]', 'words, "phrases", field:value, field:>=5, ip:198.51.100.0/24, AND, OR, NOT, last 24h')
      .option('--since <time>', 'not before: 24h, 2026-11-20, 2026-11-20T14:30, yesterday (UTC)')
      .option('--until <time>', 'not after; a day is meant whole')
      .option('--limit <n>', 'how many at most', '100')
      .option('--json', 'as one JSON document')
      .option('--export <file.zip>', 'write all that is found as evidence, with proofs (docs/guides/exports.md)')
      .option('--reason <words>', 'why it is exported: goes into the ledger')
      .option('--uncosigned', 'export also without the witnesses that the policy demands; the evidence says so')
      .action(async (words: string[], options: SearchOptions) => exit(await run(queryOf(words), options)));
  },
} satisfies CliCommand;

async function run(q: string, options: SearchOptions): Promise<number> {
  const limit = /^\d{1,7}$/.test(options.limit) ? Number(options.limit) : 0;
  if (limit < 1 || limit > MOST)
    throw new AppError('E_USAGE', `--limit "${options.limit.slice(0, 80)}": give 1 to ${MOST}`);
  const layout = layoutOf(options.data);
  if (options.export !== undefined) return exported(layout, q, options, options.export);
  const times = { ...(options.since && { since: options.since }), ...(options.until && { until: options.until }) };
  const showing = showingOf(process.stdout);
  const all: FoundEvent[] = [];
  let first: SearchAnswer | null = null;
  let next: string | null = null;
  for (let left = limit; left > 0; ) {
    const page = await underQuery(q, () => pageOf(layout, { q, ...times, limit: Math.min(left, PAGE), cursor: next }));
    first ??= page;
    left -= page.events.length;
    next = page.next;
    if (options.json) all.push(...page.events);
    else await write(page.events.map((event) => eventLine(event, showing)).join(''));
    if (next === null) break;
  }
  const { remarks = [], missing = [] } = first ?? {};
  if (options.json) await write(`${JSON.stringify({ events: all, next, remarks, missing })}\n`);
  else process.stderr.write(endWords(limit, first?.events.length ?? 0, next, remarks, missing));
  return 0;
}

async function exported(layout: Layout, q: string, options: SearchOptions, path: string): Promise<number> {
  const { since, until, reason, uncosigned = false } = options;
  if (reason === undefined) throw new AppError('E_USAGE', '--export wants --reason: it goes into the ledger');
  const times = { ...(since && { since }), ...(until && { until }) };
  await write(await underQuery(q, () => exportFound(layout, { q, ...times, reason, uncosigned }, path)));
  return 0;
}

interface PageWish {
  readonly q: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly cursor: string | null;
}

async function pageOf(layout: Layout, { q, since, until, limit, cursor }: PageWish): Promise<SearchAnswer> {
  const asked = new URLSearchParams({ q, limit: String(limit) });
  for (const [name, value] of Object.entries({ since, until, cursor })) if (value) asked.set(name, value);
  return (await askServer(layout, 'GET', `/api/v1/search?${asked}`)) as SearchAnswer;
}

async function write(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Below the events: is it all there is? */
function endWords(
  limit: number,
  found: number,
  next: string | null,
  remarks: readonly string[],
  missing: readonly Gap[],
): string {
  const lines = [
    ...(found === 0 ? ['nothing was found'] : []),
    ...(next === null ? [] : [`these are the newest ${limit}; there are more: --limit shows more of them`]),
    ...remarks,
    ...(missing.length === 0 ? ['complete: nothing is known to be missing'] : ['complete but for:']),
    ...missing.map(({ words }) => `  ${words}`),
  ];
  return lines.map((line) => `${printable(line, 500)}\n`).join('');
}
