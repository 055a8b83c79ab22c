import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ShownReindex } from '../../api/view.ts';
import { counted, printable } from '../../core/text.ts';
import type { Layout } from '../../server/paths.ts';
import { dataOption } from '../data-option.ts';
import { askServer, layoutOf } from '../server-client.ts';
import type { CliCommand } from './index.ts';

const LOOK_MS = 500;
const LINE_EVERY_MS = 10_000;

interface ReindexOptions {
  readonly data?: string;
  readonly since?: string;
  readonly parser?: string;
  readonly status?: true;
  readonly wait: boolean;
  readonly json?: true;
}

/** `spoor reindex`: makes the index anew from the ledger, while the server runs. */
export default {
  name: 'reindex',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('reindex'))
      .description(
        'make the index anew from the ledger, day by day, while the server runs; searches see old days or new ones',
      )
      .option('--since <instant>', 'only days from this one on: 2026-11-01, or 2026-11-01T09:00:00Z')
      .option('--parser <name>', 'only days with events that this parser read, or none')
      .option('--status', 'show the one that is under way, or the last one, and begin none')
      .option('--no-wait', 'begin, and do not wait for its end; it goes on by itself, also after a restart')
      .option('--json', 'as JSON')
      .action(async (options: ReindexOptions) => exit(await run(options)));
  },
} satisfies CliCommand;

async function run({ data, since, parser, status, wait, json }: ReindexOptions): Promise<number> {
  const layout = layoutOf(data);
  const query = new URLSearchParams({ ...(since !== undefined && { since }), ...(parser !== undefined && { parser }) });
  let now = status ? await shown(layout) : await asked(layout, `?${query}`);
  if (now !== null && wait && !status) now = await waited(layout, now);
  if (json) process.stdout.write(`${JSON.stringify(now)}\n`);
  else process.stdout.write(now === null ? 'there was none yet\n' : `${printable(told(now), 500)}\n`);
  return now?.state === 'ended' ? 1 : 0;
}

async function shown(layout: Layout): Promise<ShownReindex | null> {
  return ((await askServer(layout, 'GET', '/api/v1/reindex')) as { reindex: ShownReindex | null }).reindex;
}

async function asked(layout: Layout, query: string): Promise<ShownReindex> {
  return ((await askServer(layout, 'POST', `/api/v1/reindex${query}`)) as { reindex: ShownReindex }).reindex;
}

/** Shows how far it is until it ends. On a terminal one line, that changes; else a line now and then. */
async function waited(layout: Layout, begun: ShownReindex): Promise<ShownReindex> {
  const { isTTY } = process.stderr;
  const every = isTTY ? LOOK_MS : LINE_EVERY_MS;
  let now = begun;
  for (let said = 0; now.state === 'running'; ) {
    if (Date.now() - said >= every) {
      process.stderr.write(isTTY ? `\r\x1b[K${told(now)}` : `${told(now)}\n`);
      said = Date.now();
    }
    await sleep(LOOK_MS);
    now = (await shown(layout)) ?? now;
  }
  if (isTTY) process.stderr.write('\r\x1b[K');
  return now;
}

const span = (seconds: number) =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60).toLocaleString('en')} min`;

function told({
  state,
  ended,
  days,
  daysDone,
  rows,
  erased,
  seconds,
  secondsLeft,
  records,
  recordsDone,
}: ShownReindex): string {
  const done = `${daysDone} of ${counted(days, 'day')}`;
  if (state === 'ended') return `ended after ${done}: ${ended}`;
  const none = erased === 0 ? '' : `; ${counted(erased, 'erased record has', 'erased records have')} no events`;
  if (state === 'done') return `done: ${done} in ${span(seconds)}${none}`;
  const share = records === 0 ? 0 : Math.floor((100 * recordsDone) / records);
  const left = secondsLeft === null ? '' : `, about ${span(secondsLeft)} to go`;
  return `reindex: ${done}, ${share} % of ${counted(records, 'record')}, ${counted(rows, 'event')}${left}`;
}
