import { AppError } from '../../../core/errors.ts';

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A whole document. Throws E_MALFORMED with where it is broken. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('E_MALFORMED', `is no JSON: ${(cause as Error).message.slice(0, 160)}`, { cause });
  }
}

export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** [] for what is no list. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
