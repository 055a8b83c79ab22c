import * as z from 'zod';
import { defineSource } from '../core/stages.ts';
import { HecRefusal, refused, said } from './hec/answers.ts';
import { Channels, channelOf } from './hec/channels.ts';
import { eventsOf, rawText } from './hec/events.ts';
import { type Answer, type DoorProtocol, doorKeys, serveDoor } from './http/door.ts';
import { Entries } from './http/entries.ts';
import { maxEntryBytes } from './http/entry-limit.ts';
import type { Exchange } from './http/exchange.ts';
import { pairOf, schemeOf } from './http/tokens.ts';

const MIB = 1 << 20;
const PATH = /^\/services\/collector(?:\/(?<what>event|raw|health|ack))?(?:\/1\.0)?$/;

const config = z.strictObject({
  ...doorKeys(8088, 20 * MIB),
  maxEntryBytes,
  acknowledge: z
    .boolean()
    .default(false)
    .describe(
      'Give acknowledgement numbers, as for a token with indexer acknowledgement: each request must name a channel.',
    ),
});
type Settings = z.output<typeof config>;

/**
 * Splunk's HTTP Event Collector: /services/collector, /event, /raw, /health and /ack. Each event, and each line of /raw, is one record. A 200
 * says that all are durable, and an acknowledgement number is given after that. `Authorization: Splunk TOKEN`, or a basic password.
 */
export default defineSource({
  name: 'splunk-hec',
  config,
  run: (settings, context) => serveDoor(settings, context, collector(settings)),
});

function collector(settings: Settings): DoorProtocol {
  const channels = new Channels();
  return {
    answer(exchange) {
      const what = PATH.exec(exchange.path)?.groups?.['what'] ?? 'event';
      if (!PATH.test(exchange.path)) throw new HecRefusal('notFound');
      if (what === 'health') return Promise.resolve(said('healthy'));
      if (exchange.request.method !== 'POST') throw new HecRefusal('method');
      exchange.admit(tokenOf(exchange));
      return what === 'ack' ? acksOf(exchange, settings, channels) : take(exchange, what === 'raw', settings, channels);
    },
    refuse: refused,
  };
}

function tokenOf(exchange: Exchange): string | null {
  if (!exchange.needsToken) return null;
  const authorization = exchange.header('authorization');
  if (authorization === '') {
    if (exchange.query.has('token')) throw new HecRefusal('query');
    return null;
  }
  const given = schemeOf(authorization);
  if (given?.scheme === 'splunk') return given.value;
  const pair = given?.scheme === 'basic' ? pairOf(given.value) : null;
  if (pair === null) throw new HecRefusal('noAuthorization');
  return pair.after;
}

async function acksOf(exchange: Exchange, { acknowledge }: Settings, channels: Channels): Promise<Answer> {
  if (!acknowledge) throw new HecRefusal('noAck');
  const channel = channelOf(exchange);
  if (channel === null) throw new HecRefusal('noChannel');
  const body = (await exchange.body()).toString('utf8');
  const acks = channels.asked(exchange.origin.stream, channel, body);
  return { status: 200, type: 'application/json; charset=UTF-8', body: JSON.stringify({ acks }) };
}

async function take(exchange: Exchange, isRaw: boolean, settings: Settings, channels: Channels): Promise<Answer> {
  const channel = channelOf(exchange);
  if (settings.acknowledge && channel === null) throw new HecRefusal('noChannel');
  const text = (await exchange.body()).toString('latin1');
  const entries = new Entries(exchange, settings.maxEntryBytes);
  const texts = isRaw ? linesOf(exchange, text) : eventsOf(text);
  const refusal = await entries.take(within(texts, settings.maxEntryBytes)).then(() => null, refusalOf);
  await entries.keep(); // what stands before a broken event was right
  if (refusal !== null) throw refusal;
  if (!settings.acknowledge || channel === null) return said('success');
  return said('success', { ackId: channels.acknowledge(exchange.origin.stream, channel) });
}

function* within(texts: Iterable<string>, maxEntry: number): Generator<string> {
  let number = 0;
  for (const text of texts) {
    if (text.length > maxEntry) throw new HecRefusal('tooLarge', number);
    yield text;
    number += 1;
  }
}

function refusalOf(error: unknown): HecRefusal {
  if (error instanceof HecRefusal) return error;
  throw error;
}

function* linesOf({ query }: Exchange, text: string): Generator<string> {
  const origin = {
    host: query.get('host'),
    source: query.get('source'),
    sourcetype: query.get('sourcetype'),
    index: query.get('index'),
  };
  let isEmpty = true;
  for (let at = 0; at < text.length; ) {
    const feed = text.indexOf('\n', at);
    const end = feed === -1 ? text.length : feed;
    const line = text.slice(at, end);
    at = end + 1;
    if (line === '' || line === '\r') continue;
    isEmpty = false;
    yield rawText(line, origin);
  }
  if (isEmpty) throw new HecRefusal('noData');
}
