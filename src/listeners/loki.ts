import { uncompress } from 'snappy';
import * as z from 'zod';
import { defineSource } from '../core/stages.ts';
import { type Answer, type DoorProtocol, doorKeys, serveDoor } from './http/door.ts';
import { Entries } from './http/entries.ts';
import { maxEntryBytes } from './http/entry-limit.ts';
import type { Exchange } from './http/exchange.ts';
import { Refusal } from './http/problem.ts';
import { bearerOf, pairOf, schemeOf } from './http/tokens.ts';
import { fromJson, fromProtobuf, type Unlabelled } from './loki/push.ts';

const MIB = 1 << 20;
const PUSH = '/loki/api/v1/push';
// Grafana's dskit, tenant/resolver.go: letters, digits and ! - _ . * ' ( ), up to 150; | between several.
const TENANT = /^[a-zA-Z0-9!_.*'()|-]{1,150}$/;
const TEXT = 'text/plain; charset=utf-8';

const config = z.strictObject({ ...doorKeys(3100, 20 * MIB), maxEntryBytes });

/**
 * Pushes as Loki takes them: `POST /loki/api/v1/push`, protobuf packed with snappy, or JSON, plain, gzip or deflate. Each entry is one record:
 * a push in JSON with it alone. A 204 says that all are durable. Tokens come as a bearer or as a basic password.
 */
export default defineSource({
  name: 'loki',
  config,
  run: (settings, context) => serveDoor(settings, context, loki(settings.maxEntryBytes)),
});

function loki(maxEntry: number): DoorProtocol {
  return {
    async answer(exchange) {
      if (exchange.path === '/ready') return { status: 200, type: TEXT, body: 'ready\n' };
      admit(exchange);
      const unlabelled: Unlabelled = { count: 0 };
      const entries = new Entries(exchange, maxEntry);
      await entries.take(await linesOf(exchange, tenantOf(exchange), unlabelled));
      await entries.keep();
      return answerOf(exchange, entries, unlabelled);
    },
    refuse: ({ status, message, headers }): Answer => ({ status, type: TEXT, body: `${message}\n`, headers }),
  };
}

function admit(exchange: Exchange): void {
  if (exchange.path !== PUSH) throw new Refusal(404, 'not_found', '404 page not found');
  if (exchange.request.method !== 'POST') throw new Refusal(405, 'method', 'Method Not Allowed', { allow: 'POST' });
  const authorization = exchange.header('authorization');
  const given = schemeOf(authorization);
  exchange.admit(given?.scheme === 'basic' ? (pairOf(given.value)?.after ?? '') : bearerOf(authorization));
}

function tenantOf(exchange: Exchange): string {
  const tenant = exchange.header('x-scope-orgid');
  if (tenant === '' || TENANT.test(tenant)) return tenant;
  throw new Refusal(400, 'tenant', 'the tenant in X-Scope-OrgID has characters that are not allowed, or more than 150');
}

/** Anything but JSON is protobuf, as with Loki; a Content-Encoding of snappy says nothing new then. */
async function linesOf(exchange: Exchange, tenant: string, unlabelled: Unlabelled): Promise<Iterable<string>> {
  const [type = ''] = exchange.header('content-type').split(';', 1);
  if (type.trim().toLowerCase() === 'application/json')
    return fromJson((await exchange.body(['gzip', 'deflate'])).toString('latin1'), tenant, unlabelled);
  const isSnappy = exchange.header('content-encoding').toLowerCase() === 'snappy';
  const packed = await exchange.body(isSnappy ? ['snappy'] : ['gzip', 'deflate']);
  return fromProtobuf(await unsnappied(exchange, packed), tenant, unlabelled);
}

/** The length is read before anything is unpacked (snappy's format_description.txt §1: a varint, up to 2^32 - 1). */
async function unsnappied(exchange: Exchange, packed: Buffer): Promise<Buffer> {
  const length = snappyLength(packed);
  if (length === null) throw new Refusal(400, 'snappy', 'snappy: corrupt input');
  if (length > exchange.maxBodyBytes)
    throw new Refusal(413, 'body_too_long', `the push is longer than ${exchange.maxBodyBytes} bytes, unpacked`);
  exchange.hold(length);
  try {
    return (await uncompress(packed, { asBuffer: true })) as Buffer;
  } catch {
    throw new Refusal(400, 'snappy', 'snappy: corrupt input');
  }
}

function snappyLength(packed: Buffer): number | null {
  let length = 0;
  for (let at = 0; at < Math.min(packed.length, 5); at += 1) {
    const byte = packed[at] as number;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return length < 2 ** 32 ? length : null;
  }
  return null;
}

/** Loki takes what it can of a push, and says 400 for the rest. */
function answerOf(exchange: Exchange, { tooLong, tooLongText }: Entries, unlabelled: Unlabelled): Answer {
  const missing = 'error at least one label pair is required per stream';
  if (unlabelled.count > 0) exchange.noteRefused({ reason: 'no_labels', message: missing }, unlabelled.count);
  if (unlabelled.count === 0 && tooLong === 0) return { status: 204 };
  const why = [...(unlabelled.count > 0 ? [missing] : []), ...(tooLong > 0 ? [tooLongText] : [])];
  return { status: 400, type: TEXT, body: `${why.join('\n')}\n` };
}
