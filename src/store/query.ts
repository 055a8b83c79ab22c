import { type ClickHouseClient, ClickHouseError, type ClickHouseSettings } from '@clickhouse/client';
import * as z from 'zod';
import { AppError } from '../core/errors.ts';
import { type SchemaForm, tableName } from './names.ts';

/** Gives a table's full name for SQL. */
export type Tables = (name: string) => string;

/** A question to the store. Values reach the engine as bound parameters only; `sql` may choose among fixed texts by them. */
export interface Query<P extends z.ZodObject = z.ZodObject, R extends z.ZodObject = z.ZodObject> {
  readonly params: P;
  readonly sql: (tables: Tables, params: z.output<P>) => string;
  /** What the engine is given for `{name:Type}`; the params themselves when absent. */
  readonly bind?: (params: z.output<P>) => Readonly<Record<string, unknown>>;
  readonly row: R;
  /** Limits of its own, in place of the usual ones. */
  readonly limits?: ClickHouseSettings;
}

/** Ties the types of `params` and `row` to the query. */
export const defineQuery = <P extends z.ZodObject, R extends z.ZodObject>(query: Query<P, R>): Query<P, R> => query;

/** A whole number that the engine writes as text beyond 32 bits. */
export const whole: z.ZodType<number, unknown> = z.coerce.number().int().nonnegative();

/** Codes by which the engine says that a question passed a limit (src/Common/ErrorCodes.cpp): time, memory, rows, killed. */
const LIMITS = new Set(['158', '159', '160', '241', '307', '394', '396']);
const TOO_MANY = '202';
const LIMIT_SECONDS = 30;
const BYTES_OF_MEMORY = '600000000';

/** Limits and form of every question. */
const SETTINGS: ClickHouseSettings = {
  max_execution_time: LIMIT_SECONDS,
  max_memory_usage: BYTES_OF_MEMORY,
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_denormals: 1,
};

/**
 * Asks. Throws E_USAGE for params that are not of the schema, E_TOO_LARGE when the question passes a limit of time or memory,
 * E_UNAVAILABLE when the engine does not answer. `signal` gives up waiting.
 */
export async function ask<P extends z.ZodObject, R extends z.ZodObject>(
  { client, form }: { readonly client: ClickHouseClient; readonly form: SchemaForm },
  query: Query<P, R>,
  params: z.input<P>,
  signal?: AbortSignal,
): Promise<z.output<R>[]> {
  const given = query.params.safeParse(params);
  if (!given.success) throw new AppError('E_USAGE', `not a question to the index: ${z.prettifyError(given.error)}`);
  const bound = query.bind?.(given.data) ?? given.data;
  try {
    const result = await client.query({
      query: query.sql((name) => tableName(form, name), given.data),
      query_params: Object.fromEntries(Object.entries(bound).filter(([, value]) => value !== undefined)),
      clickhouse_settings: { ...SETTINGS, ...query.limits },
      format: 'JSONEachRow',
      ...(signal !== undefined && { abort_signal: signal }),
    });
    return z.array(query.row).parse(await result.json());
  } catch (error) {
    throw refused(error);
  }
}

function refused(error: unknown): unknown {
  if (error instanceof ClickHouseError) {
    if (error.code === TOO_MANY)
      return new AppError('E_UNAVAILABLE', 'too many questions at once: try again', { cause: error });
    if (!LIMITS.has(error.code)) return error;
    const what = `the question is too large (engine code ${error.code}): ask for a shorter time or fewer rows`;
    return new AppError('E_TOO_LARGE', what, { cause: error });
  }
  return notAnswered(error);
}

/** E_UNAVAILABLE for an error of the connection to the engine; any other as it is. */
export function notAnswered(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (typeof code !== 'string' || !/^(?:ECONN|ENOENT|EPIPE|ETIMEDOUT)/.test(code)) return error;
  return new AppError('E_UNAVAILABLE', 'the index does not answer: it may be starting; try again', { cause: error });
}
