import * as z from 'zod';
import { defineSource } from '../core/stages.ts';
import { type Operation, operationsOf } from './elasticsearch/bulk.ts';
import { errorOf } from './elasticsearch/errors.ts';
import { filtered } from './elasticsearch/filter-path.ts';
import { answerQuestion, decoded } from './elasticsearch/questions.ts';
import { answerBulk } from './elasticsearch/results.ts';
import { type Answer, type DoorProtocol, doorKeys, serveDoor } from './http/door.ts';
import type { Exchange } from './http/exchange.ts';
import { Refusal } from './http/problem.ts';
import { pairOf, schemeOf } from './http/tokens.ts';

const MIB = 1 << 20;
const BULK = /^(?:\/(?<index>[^_/][^/]{0,254}))?(?:\/_doc)?\/_bulk$/;
const DOCUMENT = /^\/(?<index>[^_/][^/]{0,254})\/(?<op>_doc|_create)(?:\/(?<id>[^/]{1,512}))?$/;
const COMPATIBLE = /application\/vnd\.elasticsearch\+(?:x-nd)?json ?; ?compatible-with=(?<version>[789])/i;
const JSON_TYPE = /^application\/(?:vnd\.elasticsearch\+)?(?:x-nd|nd)?json(?:\s*;[^\r\n]{0,200})?$/i;
/** What clients look for to be sure of whom they talk to. */
const PRODUCT = { 'x-elastic-product': 'Elasticsearch' };
const CHALLENGE = ['Basic realm="security", charset="UTF-8"', 'Bearer realm="security"', 'ApiKey'];

/** The door's reasons for which Elasticsearch says that its queue is full. */
const BUSY: ReadonlySet<string> = new Set(['sender_busy', 'busy', 'no_room']);
/** Other reasons of the door by Elasticsearch's names; its own are their names. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['body_too_long', 'content_too_long_exception'],
  ['gzip', 'parse_exception'],
  ['cut_off', 'parse_exception'],
  ['content_encoding', 'illegal_argument_exception'],
  ['slow', 'timeout_exception'],
  ['stopping', 'node_closed_exception'],
  ['internal', 'exception'],
]);

interface Rules {
  readonly version: string;
  readonly maxDocumentBytes: number;
}

/**
 * Elasticsearch's bulk API, and what shippers ask of Elasticsearch before they use it. Documents are kept, not indexed: an operation's 201
 * says that its line and its document are durable. Templates, policies and pipelines are accepted, and not needed.
 */
export default defineSource({
  name: 'elasticsearch',
  config: z.strictObject({
    ...doorKeys(9200, 100 * MIB),
    version: z
      .string()
      .regex(/^[789]\.\d{1,3}\.\d{1,3}$/)
      .default('8.19.0')
      .describe('The version of Elasticsearch that clients are told; some refuse one that is older than they are.'),
    maxDocumentBytes: z
      .int()
      .min(1024)
      .max(16 * MIB)
      .default(4 * MIB)
      .describe('The longest document, bytes; one that is longer is refused by itself.'),
  }),
  run: (settings, context) => serveDoor(settings, context, protocol(settings)),
});

const protocol = (rules: Rules): DoorProtocol => ({
  async answer(exchange) {
    const token = tokenOf(exchange.header('authorization'));
    const { method = '' } = exchange.request;
    const bulk = BULK.exec(exchange.path)?.groups;
    const document = DOCUMENT.exec(exchange.path)?.groups;
    const isSent = method === 'POST' || method === 'PUT';
    if (bulk !== undefined && isSent) return takeBulk(exchange, token, bulk['index'], rules);
    if (document !== undefined && isSent) return takeOne(exchange, token, document, rules);
    exchange.identify(token);
    if (bulk !== undefined)
      throw new Refusal(
        405,
        'method',
        `Incorrect HTTP method for uri [${exchange.path}] and method [${method}], allowed: [PUT, POST]`,
      );
    const said = answerQuestion(exchange, rules.version);
    if (said === null)
      throw new Refusal(400, 'no_handler', `no handler found for uri [${exchange.path}] and method [${method}]`);
    return json(exchange, said.status, filtered({ ...said.body }, exchange.query.get('filter_path')));
  },
  refuse,
});

async function takeBulk(
  exchange: Exchange,
  token: string | null,
  index: string | undefined,
  rules: Rules,
): Promise<Answer> {
  const body = await bodyOf(exchange, token);
  const operations = await operationsOf(body, index === undefined ? null : decoded(index));
  const answer = await answerBulk(exchange, operations, rules.maxDocumentBytes);
  return json(exchange, 200, filtered({ ...answer }, exchange.query.get('filter_path')));
}

/** `POST /INDEX/_doc`, `PUT /INDEX/_create/ID`: an operation by itself. */
async function takeOne(
  exchange: Exchange,
  token: string | null,
  { index = '', op, id }: Readonly<Record<string, string | undefined>>,
  rules: Rules,
): Promise<Answer> {
  const body = await bodyOf(exchange, token);
  if (body.length === 0) throw new Refusal(400, 'parse_exception', 'request body is required');
  const kind = op === '_create' || exchange.query.get('op_type') === 'create' ? 'create' : 'index';
  const target = decoded(index);
  const ownId = id === undefined ? null : decoded(id);
  const action = Buffer.from(JSON.stringify({ [kind]: { _index: target, ...(ownId === null ? {} : { _id: ownId }) } }));
  const operation: Operation = { kind, index: target, id: ownId, action, document: body };
  const { items } = await answerBulk(exchange, [operation], rules.maxDocumentBytes);
  const [item = {}] = items;
  const { status, ...result } = item[kind] as { readonly status: number; readonly error?: object };
  return json(exchange, status, result.error === undefined ? result : { error: result.error, status });
}

function bodyOf(exchange: Exchange, token: string | null): Promise<Buffer> {
  exchange.admit(token);
  const type = exchange.header('content-type');
  if (JSON_TYPE.test(type)) return exchange.body(['gzip', 'deflate']);
  const what = type === '' ? 'is missing' : `[${type.slice(0, 80)}] is not supported`;
  throw new Refusal(406, 'content_type', `Content-Type header ${what}`);
}

/** `ApiKey BASE64(ID:TOKEN)`, `Basic BASE64(USER:TOKEN)`, `Bearer TOKEN`; null where none was shown. */
function tokenOf(authorization: string): string | null {
  if (authorization === '') return null;
  const { scheme = '', value = '' } = schemeOf(authorization) ?? {};
  if (scheme === 'bearer') return value;
  return scheme === 'apikey' || scheme === 'basic' ? (pairOf(value)?.after ?? '') : '';
}

function refuse({ status, reason, message, headers }: Refusal, exchange: Exchange): Answer {
  if (reason === 'content_type' || reason === 'method' || reason === 'no_handler')
    return json(exchange, status, { error: message, status }, reason === 'method' ? { allow: 'PUT, POST' } : {});
  if (status === 401) {
    const words =
      reason === 'no_token'
        ? `missing authentication credentials for REST request [${exchange.path}]`
        : 'unable to authenticate with provided credentials and anonymous access is not allowed for this action';
    const header = { 'WWW-Authenticate': CHALLENGE };
    const body = errorOf(401, 'security_exception', words, { header });
    return json(exchange, 401, body, { 'www-authenticate': CHALLENGE.join(', ') });
  }
  if (status === 403) return json(exchange, 403, errorOf(403, 'security_exception', message));
  if (BUSY.has(reason)) return json(exchange, 429, errorOf(429, 'es_rejected_execution_exception', message), headers);
  return json(exchange, status, errorOf(status, TYPES.get(reason) ?? reason, message), headers);
}

function json(
  exchange: Exchange,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const version = COMPATIBLE.exec(exchange.header('accept'))?.groups?.['version'];
  const type = version ? `application/vnd.elasticsearch+json;compatible-with=${version}` : 'application/json';
  return { status, type, body: JSON.stringify(body), headers: { ...PRODUCT, ...headers } };
}
