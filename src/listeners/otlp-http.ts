import * as z from 'zod';
import { defineSource } from '../core/stages.ts';
import { type DoorProtocol, doorKeys, serveDoor } from './http/door.ts';
import { Entries } from './http/entries.ts';
import { maxEntryBytes } from './http/entry-limit.ts';
import type { Exchange } from './http/exchange.ts';
import { Refusal } from './http/problem.ts';
import { bearerOf } from './http/tokens.ts';
import { type Encoding, encodingOf, failed, taken } from './otlp/answers.ts';
import { fromJson, fromProtobuf } from './otlp/log-records.ts';

const MIB = 1 << 20;
const PATH = '/v1/logs';

const config = z.strictObject({ ...doorKeys(4318, 20 * MIB), maxEntryBytes });

/**
 * Logs by OTLP/HTTP (OpenTelemetry protocol 1.x): `POST /v1/logs` in protobuf or JSON, plain or gzip. Each log record is one record: an
 * export request in OTLP/JSON with it alone. A 200 says that all are durable but those that `partial_success` counts.
 */
export default defineSource({
  name: 'otlp-http',
  config,
  run: (settings, context) => serveDoor(settings, context, otlp(settings.maxEntryBytes)),
});

function otlp(maxEntry: number): DoorProtocol {
  return {
    async answer(exchange) {
      const encoding = admit(exchange);
      const body = await exchange.body(['gzip', 'deflate']);
      const entries = new Entries(exchange, maxEntry);
      await entries.take(encoding === 'json' ? fromJson(body.toString('latin1')) : fromProtobuf(body));
      await entries.keep();
      return taken(encoding, entries.tooLong, entries.tooLong === 0 ? '' : entries.tooLongText);
    },
    refuse: (refusal, exchange) => failed(encodingOf(exchange.header('content-type')) ?? 'protobuf', refusal),
  };
}

function admit(exchange: Exchange): Encoding {
  if (exchange.path !== PATH)
    throw new Refusal(404, 'not_found', `logs are taken at ${PATH}; traces and metrics are not`);
  if (exchange.request.method !== 'POST') throw new Refusal(405, 'method', 'logs are taken by POST', { allow: 'POST' });
  exchange.admit(bearerOf(exchange.header('authorization')));
  const encoding = encodingOf(exchange.header('content-type'));
  if (encoding !== null) return encoding;
  throw new Refusal(415, 'content_type', 'send application/x-protobuf or application/json');
}
