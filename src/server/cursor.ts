import type * as z from 'zod';
import { AppError } from '../core/errors.ts';

/** Where the next page begins, as text that a client hands back. */
export function cursorOf(place: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** The place that a cursor stands for. Throws E_USAGE for what is no cursor of this question. */
export function placeIn<T>(cursor: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (cursor === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new AppError('E_USAGE', 'cursor: give the "next" of the page before, as it stands', { cause });
  }
}
