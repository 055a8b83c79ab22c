import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import { AppError } from '../core/errors.ts';
import type { ReindexStore } from '../pipeline/reindex.ts';
import { clearShadow, clearShadows, dropDay, type IngestDay, swapDay } from '../store/days.ts';
import { insertEvents } from '../store/insert.ts';
import { type SchemaForm, tableName } from '../store/names.ts';
import type { EnginePart } from './engine-part.ts';

/** src/Common/ErrorCodes.cpp */
const NOT_ENOUGH_SPACE = '243';

/** Puts a day of the shadow, of which it holds so many rows, in the place of the day. May be called again. */
export async function daySwap(client: ClickHouseClient, form: SchemaForm, day: IngestDay, rows: number): Promise<void> {
  if (rows === 0) await dropDay(client, form, day);
  else if (!(await swapDay(client, form, day)))
    throw new AppError('E_UNAVAILABLE', `the rebuilt rows of ${day.day} are not in the index: run spoor reindex again`);
}

/** A second copy must not take the room of what arrives. */
function full(error: unknown): never {
  if (!(error instanceof ClickHouseError) || error.code !== NOT_ENOUGH_SPACE) throw error;
  const why = 'the disk is too full for a second copy of a day: make room, and run spoor reindex again';
  throw new AppError('E_OUTPUT', why, { cause: error });
}

/** The shadow of the index, whichever engine there is at the time. */
export function shadowStore(engine: () => EnginePart, origin: string): ReindexStore {
  return {
    insert: async ({ bytes, rows }, token) => {
      const { client, form } = engine();
      const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      await insertEvents(client, { table: tableName(form, 'events_shadow'), token, bytes: whole, rows }).catch(full);
    },
    swap: (day, rows) => daySwap(engine().client, engine().form, { day, origin }, rows),
    clear: async (day) => {
      const { client, form } = engine();
      if (day === null) await clearShadows(client, form, origin);
      else await clearShadow(client, form, { day, origin });
    },
  };
}
