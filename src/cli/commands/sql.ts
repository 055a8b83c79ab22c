import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text as textOfStream } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { SqlAnswer, SqlTable } from '../../api/sql.ts';
import { AppError } from '../../core/errors.ts';
import { counted, fit as inColumns, printable } from '../../core/text.ts';
import type { Layout } from '../../server/paths.ts';
import { dataOption } from '../data-option.ts';
import { answerOf, askServer, layoutOf, saidWho, serverAway } from '../server-client.ts';
import type { CliCommand } from './index.ts';

const MOST_ROWS = 10_000;
const WIDEST = 60;
const LONGEST = 500;

interface SqlOptions {
  readonly data?: string;
  readonly limit: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly tables?: boolean;
}

/** `spoor sql`: one SELECT over the views of the index. */
export default {
  name: 'sql',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('sql'))
      .description(
        'ask the index in SQL: one SELECT over views (docs/guides/sql.md); off unless the configuration says otherwise',
      )
      .argument('[query]', 'SELECT host, count() FROM events GROUP BY host; - reads it from standard input')
      .option('--limit <n>', `rows at most, up to ${MOST_ROWS}`, '1000')
      .option('--json', 'as one JSON document')
      .option('--csv', 'as CSV, safe for spreadsheets')
      .option('--tables', 'say which views and columns there are')
      .action(async (query: string | undefined, options: SqlOptions) => exit(await run(query, options)));
  },
} satisfies CliCommand;

async function run(given: string | undefined, options: SqlOptions): Promise<number> {
  const layout = layoutOf(options.data);
  if (options.tables) return showTables(layout, options.json === true);
  if (options.json && options.csv) throw new AppError('E_USAGE', 'give --json or --csv');
  const limit = /^\d{1,5}$/.test(options.limit) ? Number(options.limit) : 0;
  if (limit < 1 || limit > MOST_ROWS)
    throw new AppError('E_USAGE', `--limit "${options.limit.slice(0, 80)}": give 1 to ${MOST_ROWS}`);
  const query = given === '-' ? await textOfStream(process.stdin) : given;
  if (query === undefined) throw new AppError('E_USAGE', 'give a query, or --tables to see what can be asked');
  const response = await posted(layout, { query, limit, format: options.csv ? 'csv' : 'json' });
  if (options.csv && response.statusCode === 200) await showCsv(response, limit);
  else await showAnswer((await answerOf(response)) as SqlAnswer, limit, options.json === true);
  return 0;
}

async function showCsv(response: IncomingMessage, limit: number): Promise<void> {
  await write(await textOfStream(response));
  if (response.headers['x-spoor-more'] === 'true') process.stderr.write(moreWords(limit));
}

async function showAnswer(answer: SqlAnswer, limit: number, json: boolean): Promise<void> {
  await write(json ? `${JSON.stringify(answer)}\n` : tableOf(answer));
  if (!json) process.stderr.write(endWords(answer, limit));
}

async function posted(layout: Layout, body: object): Promise<IncomingMessage> {
  const headers = { 'content-type': 'application/json' };
  const sent = request({
    socketPath: layout.socket,
    method: 'POST',
    path: '/api/v1/sql',
    headers: { ...headers, ...saidWho() },
  });
  sent.end(JSON.stringify(body));
  try {
    const [response] = await once(sent, 'response');
    return response as IncomingMessage;
  } catch (cause) {
    throw serverAway(cause as NodeJS.ErrnoException, layout);
  }
}

async function showTables(layout: Layout, json: boolean): Promise<number> {
  const { tables } = (await askServer(layout, 'GET', '/api/v1/sql/tables')) as { tables: SqlTable[] };
  const lines = tables.flatMap(({ name, about, columns }) => [
    `${name}: ${about}`,
    ...columns.map((column) => `  ${column.name.padEnd(18)}${column.about}${column.personal ? ' (personal)' : ''}`),
    '',
  ]);
  await write(json ? `${JSON.stringify({ tables })}\n` : lines.map((line) => `${line}\n`).join(''));
  return 0;
}

/** A row is a line; what a sender wrote commands nothing. */
function tableOf({ columns, rows }: SqlAnswer): string {
  const heads = columns.map(({ name }) => printable(name, LONGEST));
  const cells = rows.map((row) => row.map((value) => printable(shown(value), LONGEST)));
  const widths = heads.map((head, at) =>
    cells.reduce((most, row) => Math.max(most, (row[at] ?? '').length), head.length),
  );
  const line = (row: readonly string[]) =>
    row
      .map((text, at) => inColumns(text, Math.min(widths[at] ?? 0, WIDEST)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(Math.min(width, WIDEST))).join('  ');
  return [line(heads), rule, ...cells.map(line)].map((text) => `${text}\n`).join('');
}

function shown(value: unknown): string {
  if (value === null) return 'NULL';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const moreWords = (limit: number) => `there are more rows than ${limit}: --limit shows up to ${MOST_ROWS}\n`;

function endWords({ rows, more, cut, masked }: SqlAnswer, limit: number): string {
  const parts = [counted(rows.length, 'row')];
  if (cut > 0) parts.push(`${counted(cut, 'cell was', 'cells were')} cut`);
  if (masked) parts.push('personal columns are masked');
  return `${parts.join(', ')}\n${more ? moreWords(limit) : ''}`;
}

async function write(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
}
