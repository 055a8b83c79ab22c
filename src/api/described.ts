import type * as z from 'zod';

/** What the API's document says of a route. The schemas are those by which the route reads what it is asked, and types what it answers. */
export interface Described<Q = unknown, P = unknown, B = unknown, A = unknown> {
  /** One sentence or two, for who writes a program against it. */
  readonly about: string;
  readonly query?: z.ZodType<Q>;
  readonly params?: z.ZodType<P>;
  /** As JSON. */
  readonly body?: z.ZodType<B>;
  /** What is answered as JSON; null: nothing is, with the status 204, or something else. */
  readonly answer: z.ZodType<A> | null;
  /** Statuses of that answer; 200 alone when absent. */
  readonly statuses?: readonly number[];
  /** Other forms that it takes or gives, by media type, and what they are. */
  readonly takes?: Readonly<Record<string, string>>;
  readonly gives?: Readonly<Record<string, string>>;
  /** Server-sent events that it gives, by name. */
  readonly events?: Readonly<Record<string, z.ZodType>>;
}
