import { AppError } from '../core/errors.ts';

/** A place in a query, from 0. */
export interface Place {
  readonly at: number;
}

/** The error of a query: E_USAGE that names the column, from 1, and what is wanted there. */
export function fault({ at }: Place, what: string): AppError {
  return new AppError('E_USAGE', `query, column ${at + 1}: ${what}`);
}

/** Text of a query as an error quotes it. */
export const quoted = (text: string): string => `"${text.length > 60 ? `${text.slice(0, 59)}…` : text}"`;
