import * as z from 'zod';
import { defineSource, type RawRecord } from '../core/stages.ts';
import { unpack } from './gelf/unpack.ts';
import { tooLarge } from './http/body.ts';
import { type DoorProtocol, doorKeys, serveDoor } from './http/door.ts';
import type { Exchange } from './http/exchange.ts';
import { isTooDeep, tooDeep } from './http/json-depth.ts';
import { Refusal } from './http/problem.ts';
import { pairOf, schemeOf } from './http/tokens.ts';

const MIB = 1 << 20;
const LINE_FEED = 0x0a;
const BRACE = 0x7b;
const CODING = /^(?:(?:x-)?gzip|deflate|identity)?$/i;

/**
 * GELF by HTTP: `POST /gelf` with a message, or with one on each line (Graylog's bulk receiving); plain, gzip or deflate. A record is a
 * message's JSON as it came. A 202 says that all of it is durable. A request whose answer was lost, and that is sent again, is kept twice.
 */
export default defineSource({
  name: 'gelf-http',
  config: z.strictObject(doorKeys(12_202, 16 * MIB)),
  run: (settings, context) => serveDoor(settings, context, PROTOCOL),
});

// Graylog reads the message after it has answered, so it says no only to what it need not read. What is no JSON is kept here, and is an
// event that nothing reads.
const PROTOCOL: DoorProtocol = {
  async answer(exchange) {
    if (exchange.path !== '/gelf') throw new Refusal(404, 'not_found', 'GELF is taken at /gelf');
    const { method } = exchange.request;
    if (method !== 'POST') throw new Refusal(405, 'method', 'GELF is taken by POST', { allow: 'POST' });
    exchange.admit(tokenOf(exchange.header('authorization')));
    const records = recordsOf(await bodyOf(exchange), exchange);
    if (records.length === 0) throw new Refusal(400, 'empty', 'there is no message in it');
    await exchange.keep(records);
    return { status: 202 };
  },
  refuse: ({ status, message, headers }) => ({ status, type: 'text/plain', body: `${message}\n`, headers }),
};

/** `Bearer TOKEN`, or `Basic BASE64(USER:TOKEN)`; null where none was shown. */
function tokenOf(authorization: string): string | null {
  if (authorization === '') return null;
  const { scheme = '', value = '' } = schemeOf(authorization) ?? {};
  if (scheme === 'bearer') return value;
  return scheme === 'basic' ? (pairOf(value)?.after ?? '') : '';
}

/**
 * The body, unpacked. pygelf and graypy say "gzip,deflate" of what is zlib alone: as in Graylog, the first bytes tell then how it is packed.
 */
async function bodyOf(exchange: Exchange): Promise<Buffer> {
  const { headers } = exchange.request;
  if (!CODING.test(headers['content-encoding'] ?? '')) delete headers['content-encoding'];
  const body = await exchange.body(['gzip', 'deflate']);
  const message = unpack(body, exchange.maxBodyBytes);
  if (message === 'too_long') throw tooLarge(exchange.maxBodyBytes);
  if (message === 'damaged') throw new Refusal(400, 'packing', 'the body is packed, and is damaged or cut short');
  if (message !== body) exchange.hold(message.length);
  return message;
}

function recordsOf(body: Buffer, exchange: Exchange): RawRecord[] {
  const { origin } = exchange;
  const receivedAtUs = exchange.nowUs();
  return messagesOf(body).map((bytes) => ({ ...origin, bytes, receivedAtUs }));
}

/** Of one request: a packed body of some kilobytes can have millions of two letters. */
const MOST_MESSAGES = 100_000;

/** Each line of a body is a message where each begins one; else the body is, whose JSON may have lines. */
function messagesOf(body: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < body.length; ) {
    const feed = body.indexOf(LINE_FEED, from);
    const end = feed === -1 ? body.length : feed;
    const line = body.subarray(from, body[end - 1] === 0x0d ? Math.max(from, end - 1) : end);
    from = end + 1;
    if (line.length === 0) continue;
    if (line[0] !== BRACE) return [body];
    lines.push(line);
    if (lines.length > MOST_MESSAGES)
      throw new Refusal(413, 'too_many', `more than ${MOST_MESSAGES} messages: send fewer in one request`);
  }
  return lines.every(isObject) ? lines : lines.length === 0 ? [] : [body];
}

function isObject(line: Buffer): boolean {
  if (isTooDeep(line)) throw tooDeep();
  try {
    return typeof JSON.parse(line.toString('utf8')) === 'object';
  } catch {
    return false;
  }
}
