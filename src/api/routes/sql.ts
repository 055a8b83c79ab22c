import { stringify } from 'csv-stringify/sync';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { cell } from '../../core/text.ts';
import { callerOf } from '../caller.ts';
import { endpoint } from '../endpoint.ts';
import { unlessLeft } from '../leaving.ts';
import { sqlAnswer, sqlBody, sqlTables } from '../schemas/sql.ts';
import type { SqlAnswer, SqlCaller } from '../sql.ts';
import type { ServerView } from '../view.ts';
import type { WatchedView } from '../watched.ts';

/** POST /api/v1/sql: one SELECT over the views. GET /api/v1/sql/tables: which there are. */
export function registerSql(app: FastifyInstance, { sql, watched }: Pick<ServerView, 'sql' | 'watched'>): void {
  endpoint(
    app,
    'GET /api/v1/sql/tables',
    { needs: 'sql', about: 'The views that can be asked, and their columns.', answer: sqlTables },
    () => ({ tables: sql.tables() }),
  );
  endpoint(
    app,
    'POST /api/v1/sql',
    {
      needs: 'sql',
      about: 'Asks in SQL, of views that hold events only. Each query is kept in the ledger first.',
      body: sqlBody,
      answer: sqlAnswer,
      gives: { 'text/csv': 'For `format: csv`: RFC 4180, no cell begins a formula. `x-spoor-more`, `x-spoor-masked`.' },
    },
    async ({ body: { format, reason, ...asked } }, request, reply) => {
      const answer = await unlessLeft(reply, (signal) => sql.ask(asked, sqlCaller(watched, request, reason), signal));
      if (format === 'json') return answer;
      return reply
        .type('text/csv; charset=utf-8; header=present')
        .headers({ 'x-spoor-more': String(answer.more), 'x-spoor-masked': String(answer.masked) })
        .send(csvOf(answer));
    },
  );
}

/** The owner of the data folder could read the disk as well: his are never masked. */
function sqlCaller(watched: WatchedView, request: FastifyRequest, reason: string | undefined): SqlCaller {
  const caller = callerOf(request);
  const { kind, name, may } = caller;
  if (reason !== undefined && !may.has('unmask'))
    throw new AppError(
      'E_UNREADABLE',
      'reason: you may not see personal columns: ask without a reason, and they are masked',
    );
  const unmasked = watched.unmasked(caller)?.reason ?? null;
  return { who: name, clearFor: reason ?? (kind === 'local' ? 'by the local socket' : unmasked) };
}

/** For eyes and spreadsheets, as the CSV of reports: control characters are spelled out, no cell begins a formula. RFC 4180. */
export function csvOf({ columns, rows }: Pick<SqlAnswer, 'columns' | 'rows'>): string {
  const cells = rows.map((row) => row.map((value) => (typeof value === 'number' ? value : cell(plain(value)))));
  return stringify([columns.map(({ name }) => cell(name)), ...cells], {
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: { number: (value) => ({ value: String(value), escape_formulas: false }) },
  });
}

function plain(value: unknown): string | number | boolean | null {
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string')
    return value;
  return JSON.stringify(value);
}
