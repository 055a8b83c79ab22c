import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseError, type ClickHouseSettings } from '@clickhouse/client';
import { AppError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { notAnswered } from '../query.ts';
import { cutCell, jsonValue } from './cells.ts';
import { judge, namesArePlain } from './judge.ts';
import { type Node, readTree, refusal } from './tree.ts';

/** Where queries run. */
export interface SqlStore {
  /** Asks in the database of the views; as a user who may do nothing else, where ClickHouse has users. */
  readonly reader: ClickHouseClient;
  /** Asks as Spoor, for what runs. */
  readonly owner: ClickHouseClient;
  /** All databases of the engine. */
  readonly databases: readonly string[];
  /** Limits that go with each query; null where the reader has them by its profile, and may change nothing. */
  readonly settings: ClickHouseSettings | null;
  /** Called when a query does not end although it was killed: a function in it looks up from its work too seldom. */
  readonly onStuck: () => void;
}

/** What a query gave. */
export interface SqlResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  /** There are more rows than were asked for. */
  readonly more: boolean;
  /** How many cells were too long, and were cut. */
  readonly cut: number;
}

const MOST_TEXT = 16_384;
const SECONDS = 10;
/** What a query may take longer than its limit before we leave, milliseconds: the engine's own words for it are better. */
const GRACE_MS = 300;
const LOOK_MS = 100;
/**
 * What a query may go on after a KILL has reached it, milliseconds. Those that look up from their work end within 350, also where ten others want
 * each processor.
 */
const STUCK_MS = 1000;
/** And where none has reached it: the engine is slow to take it, or will not. */
const UNHEARD_MS = 6000;
/** Codes by which the engine says that a limit was passed (src/Common/ErrorCodes.cpp): time, rows, memory, size, depth, killed. */
const LIMITS = new Set(['158', '159', '160', '167', '168', '191', '241', '306', '307', '394', '396']);

/** Limits of every query, in the engine. `readonly` cannot be taken back. Nothing goes to the disk: what does not fit in memory ends. */
export const SQL_LIMITS: ClickHouseSettings = {
  readonly: '1',
  max_execution_time: SECONDS,
  timeout_overflow_mode: 'throw',
  max_memory_usage: '300000000',
  max_threads: 1,
  max_block_size: '4096', // a KILL is seen between blocks
  max_rows_to_read: '500000000',
  read_overflow_mode: 'throw',
  max_result_bytes: '16000000',
  max_result_rows: '20000',
  result_overflow_mode: 'throw', // beside `limit`, for what is made before it
  max_bytes_before_external_group_by: '0',
  max_bytes_ratio_before_external_group_by: 0,
  max_bytes_before_external_sort: '0',
  max_bytes_ratio_before_external_sort: 0,
  join_algorithm: 'hash',
  max_temporary_data_on_disk_size_for_query: '1',
  function_range_max_elements_in_block: '200000',
  max_recursive_cte_evaluation_depth: '100',
  max_subquery_depth: '20',
  max_parser_depth: '200',
  max_parser_backtracks: '100000',
  max_ast_depth: '200',
  max_ast_elements: '2000',
  max_expanded_ast_elements: '10000',
  max_query_size: '65536',
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_denormals: 1,
} as ClickHouseSettings;

/**
 * Judges a query and runs it. Throws E_USAGE for one that is not taken and for what the engine does not understand, E_TOO_LARGE when it passes
 * a limit. When the signal aborts it is killed in the engine; this resolves or rejects only when it is gone from there, so that whoever counts
 * queries counts what runs.
 */
export async function runSql(store: SqlStore, text: string, rows: number, signal: AbortSignal): Promise<SqlResult> {
  const own = new AbortController();
  const late = setTimeout(() => own.abort(tooLong()), SECONDS * 1000 + GRACE_MS);
  const both = AbortSignal.any([signal, own.signal]);
  const mark = `spoor-sql:${randomUUID()}`;
  try {
    const sql = await judged(store, text, both, mark);
    return await select({ ...store, mark }, sql, rows, own, both);
  } catch (error) {
    both.throwIfAborted();
    throw said(error);
  } finally {
    clearTimeout(late);
    if (both.aborted && !(await gone(store.owner, mark))) store.onStuck();
  }
}

const tooLong = () =>
  new AppError('E_TOO_LARGE', `the query took longer than ${SECONDS} s and was stopped: ask for a shorter time`);

/**
 * The query as the engine writes it: without comments, other quotes and other ways to say the same. This text is what is judged, and what runs.
 * Its tree is asked for in brackets, where FORMAT and INTO OUTFILE cannot stand.
 */
export async function judged(store: SqlStore, text: string, signal: AbortSignal, mark = ''): Promise<string> {
  if (text.length > MOST_TEXT) throw refusal(`it is longer than ${MOST_TEXT} letters`);
  if (text.includes('\0')) throw refusal('a NUL in it');
  const [written] = await lines(store, 'SELECT formatQuerySingleLine({q:String})', signal, { q: text });
  const sql = written ?? '';
  if (!/^(?:SELECT|WITH|\()/.test(sql)) throw refusal('one SELECT, and nothing else');
  judge(await treeOf(store, sql, signal, mark), store.databases);
  return sql;
}

/** The tree of a query that the engine wrote. Throws E_USAGE for what is no query, or not known. */
export async function treeOf(store: SqlStore, sql: string, signal: AbortSignal, mark = ''): Promise<Node> {
  namesArePlain(sql);
  const tree = await lines(store, `/* ${mark} */ EXPLAIN AST SELECT * FROM (${sql})`, signal).catch((error) => {
    throw isSyntax(error) ? refusal('one SELECT, without FORMAT, SETTINGS or INTO OUTFILE') : error;
  });
  return inner(readTree(tree));
}

const isSyntax = (error: unknown) => error instanceof ClickHouseError && error.code === '62';

/** From the tree of ours to that of the query, which stands in its brackets. */
const WAY = [
  'ExpressionList',
  'SelectQuery',
  'TablesInSelectQuery',
  'TablesInSelectQueryElement',
  'TableExpression',
  'Subquery',
  'SelectWithUnionQuery',
];

function inner(root: Node): Node {
  return WAY.reduce((at, kind) => {
    const [only, ...more] = at.children.filter((child) => child.kind === kind);
    if (only === undefined || more.length > 0) throw refusal('one SELECT');
    return only;
  }, root);
}

async function lines(
  { reader, settings }: SqlStore,
  query: string,
  signal: AbortSignal,
  params: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const result = await reader.query({
    query,
    query_params: params,
    format: 'JSONCompactEachRow',
    abort_signal: signal,
    ...(settings !== null && { clickhouse_settings: settings }),
  });
  return ((await result.json()) as string[][]).map(([line = '']) => line);
}

async function select(
  { reader, settings, mark }: SqlStore & { readonly mark: string },
  sql: string,
  most: number,
  own: AbortController,
  signal: AbortSignal,
): Promise<SqlResult> {
  const result = await reader.query({
    query: `/* ${mark} */ ${sql}`,
    format: 'JSONCompactEachRowWithNamesAndTypes',
    abort_signal: signal,
    ...(settings !== null && { clickhouse_settings: { ...settings, limit: String(most + 1) } }),
  });
  const read: unknown[][] = [];
  for await (const batch of result.stream()) {
    for (const row of batch) if (read.length < most + 3) read.push(row.json());
    if (read.length >= most + 3) break;
  }
  if (read.length >= most + 3) own.abort(); // there may be more, which nobody reads
  return resultOf(read, most);
}

/** Of the lines of JSONCompactEachRowWithNamesAndTypes. */
function resultOf([names = [], types = [], ...rows]: readonly (readonly unknown[])[], most: number): SqlResult {
  let cut = 0;
  const cells = rows.slice(0, most).map((row) =>
    row.map((value, at) => {
      const shown = cutCell(jsonValue(value, String(types[at])));
      cut += shown.isCut ? 1 : 0;
      return shown.value;
    }),
  );
  const columns = names.map((name, at) => ({ name: String(cutCell(name).value), type: String(types[at]) }));
  return { columns, rows: cells, more: rows.length > most, cut };
}

/** Waits until no query with this mark is in the engine any more. False when one still is, STUCK_MS after it was killed. */
async function gone(owner: ClickHouseClient, mark: string): Promise<boolean> {
  const query =
    'SELECT max(is_cancelled) AS killed FROM system.processes WHERE startsWith(query, {mark:String}) HAVING count() > 0';
  let giveUpMs = performance.now() + UNHEARD_MS;
  for (let isKilled = false; ; ) {
    const askedMs = performance.now();
    const [found] = await owner
      .query({ query, query_params: { mark: `/* ${mark} */` }, format: 'JSONEachRow' })
      .then((result) => result.json<{ killed: number }>())
      .catch((error) => (error instanceof ClickHouseError ? [{ killed: 0 }] : [])); // it is not there: neither is the query
    if (found === undefined) return true;
    if (askedMs >= giveUpMs) return false;
    if (!isKilled && found.killed === 1) {
      isKilled = true;
      giveUpMs = performance.now() + STUCK_MS;
    }
    await sleep(LOOK_MS);
  }
}

const PATH = /(?:\/[\w.@+-]{1,255}){2,}\/?/g;

/** What of the engine's words is for the one who asked. */
function said(error: unknown): unknown {
  if (!(error instanceof ClickHouseError)) return notAnswered(error);
  const { code, message } = error;
  if (code === '202') return new AppError('E_UNAVAILABLE', 'too many queries at once: try again', { cause: error });
  const words = printable(message.replace(PATH, '<path>').replace(/\/\* spoor-sql:[0-9a-f-]{36} \*\/ /g, ''), 500);
  if (LIMITS.has(code)) return new AppError('E_TOO_LARGE', `the query passes a limit: ${words}`, { cause: error });
  return new AppError('E_USAGE', `the engine says: ${words}`, { cause: error });
}
