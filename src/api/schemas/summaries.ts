import * as z from 'zod';
import { cursor, limit, missing, next, position, remarks, time } from './events.ts';

// Large questions, and their answers.

const times = { since: time.optional(), until: time.optional() };

export const sessionsQuery = z.strictObject({
  person: z.string().min(1).max(1000).optional(),
  host: z.string().min(1).max(255).optional(),
  ...times,
  limit,
  cursor: cursor.optional(),
});
export const attackersQuery = z.strictObject({
  by: z.enum(['address', 'network']).default('address'),
  ...times,
  limit,
  cursor: cursor.optional(),
});
export const addressParams = z.strictObject({ address: z.string().min(2).max(100) });
export const addressQuery = z.strictObject({ ...times, limit });
export const newAccessQuery = z.strictObject({ since: time.optional(), limit });
export const histogramQuery = z.strictObject({
  q: z.string().max(4000).default(''),
  ...times,
  step: z.string().min(2).max(10).optional().describe('A length of time, as `1h`; absent: one that suits.'),
});

const count = z.number().nonnegative();
/** Event times that an answer is about: [since, until). */
const window = { since: z.string(), until: z.string(), missing };
const more = z.boolean().describe('There are more that are not shown.');

export const sessionsAnswer = z.object({
  ...window,
  sessions: z.array(
    z.object({
      user: z.string(),
      host: z.string(),
      since: z.string(),
      until: z.string().nullable().describe('Null: it is open, or no line tells its end.'),
      from: z.string(),
      country: z.string(),
      network: z.string(),
      method: z.string(),
      key: z.string(),
      service: z.string(),
      as: z.string(),
      position,
      did: z.array(
        z.object({
          at: z.string(),
          until: z.string().nullable(),
          by: z.string().describe('`sudo`, `su`, `doas`, `pkexec`'),
          as: z.string(),
          command: z.string(),
          outcome: z.string(),
          position,
        }),
      ),
      doubts: z.array(z.string()),
    }),
  ),
  next,
});

const tries = {
  failures: count,
  successes: count.describe('Logins that went well.'),
  alerts: count.describe('Web requests that are an attack by their own text.'),
  users: count.describe('Names tried: beyond a few an estimate within 2 %.'),
  hosts: count,
  first: z.string(),
  last: z.string(),
  country: z.string(),
  network: z.string(),
};

export const attackersAnswer = z.object({
  ...window,
  attackers: z.array(
    z.object({
      ...tries,
      source: z.string().describe('`203.0.113.7`; `AS64500` or `203.0.113.0/24`.'),
      addresses: count,
    }),
  ),
  next,
});

export const addressAnswer = z.object({
  ...window,
  address: z.string(),
  hours: z.array(z.object({ ...tries, at: z.string() })),
  more,
});

export const newAccessAnswer = z.object({
  since: z.string(),
  knownSince: z.string().nullable().describe('The oldest login that is known; null: none is.'),
  access: z.array(
    z.object({
      person: z.string(),
      network: z.string(),
      key: z.string(),
      host: z.string(),
      country: z.string(),
      networkName: z.string(),
      at: z.string(),
      last: z.string(),
      logins: count,
      position,
      new: z.array(z.enum(['person', 'network', 'key', 'host'])).describe('What was never seen before.'),
    }),
  ),
  more,
  missing,
});

export const histogramAnswer = z.object({
  ...window,
  stepSeconds: z.number(),
  steps: z.array(z.object({ at: z.string(), events: count, failures: count, successes: count })),
  remarks,
});
