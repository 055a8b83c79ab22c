import * as z from 'zod';
import { defineSource } from '../core/stages.ts';
import { BodyLines } from './http/body-lines.ts';
import { type Answer, type DoorProtocol, doorKeys, serveDoor } from './http/door.ts';
import type { Exchange } from './http/exchange.ts';
import { problemOf, Refusal } from './http/problem.ts';
import { bearerOf } from './http/tokens.ts';

const MIB = 1 << 20;
/** A batch that is handed over at once. */
const BATCH_BYTES = MIB;
const BATCH_RECORDS = 8192;
const TYPE = /^(?:application\/(?:x-)?ndjson|application\/jsonl|text\/plain)(?:\s*;[^\r\n]{0,200})?$/i;

const config = z.strictObject({
  ...doorKeys(8514, 256 * MIB),
  maxLineBytes: z
    .int()
    .min(1024)
    .max(16 * MIB)
    .default(MIB)
    .describe('The longest line, bytes; a request with a longer one is refused from there on.'),
});

/**
 * Lines by HTTP: `POST /ingest`, as application/x-ndjson or text/plain, plain or gzip. Each line is one record; empty ones are none. A 200
 * with {"records":N} says that all N are durable. A refusal is a problem document (RFC 9457), whose `records` says how many lines, from the
 * first, are durable all the same: the rest is to be sent again. A request whose answer was lost, and that is sent again, is kept twice.
 */
export default defineSource({
  name: 'http',
  config,
  run: (settings, context) => serveDoor(settings, context, lines(settings.maxLineBytes)),
});

function lines(maxLine: number): DoorProtocol {
  return {
    async answer(exchange) {
      admit(exchange);
      await take(exchange, maxLine);
      return { status: 200, type: 'application/json', body: JSON.stringify({ records: exchange.durable }) };
    },
    refuse: (refusal, { durable }): Answer => ({
      status: refusal.status,
      type: 'application/problem+json',
      body: problemOf(refusal, durable),
      headers: refusal.headers,
    }),
  };
}

function admit(exchange: Exchange): void {
  if (exchange.path !== '/ingest') throw new Refusal(404, 'not_found', 'lines are taken at /ingest');
  if (exchange.request.method !== 'POST')
    throw new Refusal(405, 'method', 'lines are taken by POST', { allow: 'POST' });
  exchange.admit(bearerOf(exchange.header('authorization')));
  if (TYPE.test(exchange.header('content-type'))) return;
  throw new Refusal(415, 'content_type', 'send lines as application/x-ndjson or text/plain', {
    accept: 'application/x-ndjson, text/plain',
  });
}

// Read no faster than it becomes durable.
async function take(exchange: Exchange, maxLine: number): Promise<void> {
  const body = new BodyLines({ ...exchange.origin, maxLine });
  for await (const piece of exchange.pieces()) {
    body.push(piece, exchange.nowUs());
    if (body.bytes >= BATCH_BYTES || body.count >= BATCH_RECORDS) await exchange.keep(body.take());
  }
  body.end(exchange.nowUs());
  await exchange.keep(body.take());
}
