import type { Answer } from '../http/door.ts';
import { Refusal } from '../http/problem.ts';

const JSON_TYPE = 'application/json; charset=UTF-8';

/** Codes and texts of the HTTP Event Collector ("Troubleshoot HTTP Event Collector", table "Possible error codes"). */
const HEC = {
  success: { status: 200, code: 0, text: 'Success' },
  noToken: { status: 401, code: 2, text: 'Token is required' },
  noAuthorization: { status: 401, code: 3, text: 'Invalid authorization' },
  wrongToken: { status: 403, code: 4, text: 'Invalid token' },
  noData: { status: 400, code: 5, text: 'No data' },
  format: { status: 400, code: 6, text: 'Invalid data format' },
  internal: { status: 500, code: 8, text: 'Internal server error' },
  busy: { status: 503, code: 9, text: 'Server is busy' },
  noChannel: { status: 400, code: 10, text: 'Data channel is missing' },
  channel: { status: 400, code: 11, text: 'Invalid data channel' },
  noEvent: { status: 400, code: 12, text: 'Event field is required' },
  blank: { status: 400, code: 13, text: 'Event field cannot be blank' },
  noAck: { status: 400, code: 14, text: 'ACK is disabled' },
  fields: { status: 400, code: 15, text: 'Error in handling indexed fields' },
  query: { status: 400, code: 16, text: 'Query string authorization is not enabled' },
  healthy: { status: 200, code: 17, text: 'HEC is healthy' },
  // Not of that table: what splunkd says of any path and method, and of what is too much.
  notFound: { status: 404, code: 404, text: 'The requested URL was not found on this server.' },
  method: { status: 405, code: 405, text: 'Method Not Allowed' },
  tooLarge: { status: 413, code: 6, text: 'Invalid data format: too large' },
  coding: { status: 415, code: 6, text: 'Invalid data format: Content-Encoding is gzip or none' },
} as const;

/** A word of that table. */
export type HecWord = keyof typeof HEC;

/** A refusal in the collector's own words; `event`: the number, from 0, of the event in its request that was refused. */
export class HecRefusal extends Refusal {
  readonly word: HecWord;
  readonly event: number | null;

  constructor(word: HecWord, event: number | null = null) {
    const { status, text } = HEC[word];
    super(
      status,
      `hec_${word.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)}`,
      event === null ? text : `${text} (event ${event})`,
    );
    this.word = word;
    this.event = event;
  }
}

/** What the door's own refusals are to a client of the collector: it sends again what is answered by 503. */
const BY_REASON: Readonly<Record<string, HecWord>> = {
  no_token: 'noToken',
  wrong_token: 'wrongToken',
  wrong_network: 'wrongToken',
  web_page: 'wrongToken',
  slow: 'busy', // with 400 its client would throw the events away
  sender_busy: 'busy',
  busy: 'busy',
  no_room: 'busy',
  stopping: 'busy',
  body_too_long: 'tooLarge',
  line_too_long: 'tooLarge',
  grows: 'tooLarge',
  too_many: 'tooLarge',
  content_encoding: 'coding',
  internal: 'internal',
};

/** The collector's answer to a refusal. */
export function refused(refusal: Refusal): Answer {
  const isOwn = refusal instanceof HecRefusal;
  const word = isOwn ? refusal.word : (BY_REASON[refusal.reason] ?? 'format');
  const { status } = HEC[word];
  const isLater = status === 503;
  return {
    ...said(word, isOwn && refusal.event !== null ? { 'invalid-event-number': refusal.event } : {}),
    headers: isLater ? { 'retry-after': refusal.headers['retry-after'] ?? '1' } : {},
  };
}

/** An answer of the table, with more members. */
export function said(word: HecWord, more: Readonly<Record<string, unknown>> = {}): Answer {
  const { status, code, text } = HEC[word];
  return { status, type: JSON_TYPE, body: JSON.stringify({ text, code, ...more }) };
}
