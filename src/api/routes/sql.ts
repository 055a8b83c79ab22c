import { stringify } from 'csv-stringify/sync';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import { cell } from '../../core/text.ts';
import { callerOf } from '../caller.ts';
import { read } from '../form.ts';
import { unlessLeft } from '../leaving.ts';
import type { SqlAnswer, SqlCaller, SqlView } from '../sql.ts';

const sqlBody = z.strictObject({
  query: z.string().min(1).max(16_384),
  limit: z.int().min(1).max(10_000).default(1000),
  format: z.enum(['json', 'csv']).default('json'),
  /** Why personal columns are to be seen: goes into the ledger. */
  reason: z.string().trim().min(3).max(400).optional(),
});

const SQL = { config: { needs: 'sql' } } as const;

/** POST /api/v1/sql: one SELECT over the views. GET /api/v1/sql/tables: which there are. */
export function registerSql(app: FastifyInstance, sql: SqlView): void {
  app.get('/api/v1/sql/tables', SQL, async () => ({ tables: sql.tables() }));
  app.post('/api/v1/sql', SQL, async (request, reply) => {
    const { format, reason, ...asked } = read(sqlBody, request.body);
    const answer = await unlessLeft(reply, (signal) => sql.ask(asked, sqlCaller(request, reason), signal));
    if (format === 'json') return answer;
    return reply
      .type('text/csv; charset=utf-8; header=present')
      .headers({ 'x-spoor-more': String(answer.more), 'x-spoor-masked': String(answer.masked) })
      .send(csvOf(answer));
  });
}

/** The owner of the data folder could read the disk as well: his are never masked. */
function sqlCaller(request: FastifyRequest, reason: string | undefined): SqlCaller {
  const { kind, name, may } = callerOf(request);
  if (reason !== undefined && !may.has('unmask'))
    throw new AppError(
      'E_UNREADABLE',
      'reason: you may not see personal columns: ask without a reason, and they are masked',
    );
  return { who: name, clearFor: reason ?? (kind === 'local' ? 'by the local socket' : null) };
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
