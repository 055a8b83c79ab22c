import { randomBytes } from 'node:crypto';
import { setImmediate as others } from 'node:timers/promises';
import type { RawRecord } from '../../core/stages.ts';
import type { Exchange } from '../http/exchange.ts';
import { isTooDeep, tooDeep } from '../http/json-depth.ts';
import { type Operation, objectOf, TURN } from './bulk.ts';

const LINE_FEED = Buffer.from('\n');

/** The answer to a bulk request. */
export interface BulkAnswer {
  readonly took: number;
  readonly errors: boolean;
  readonly items: readonly Record<string, object>[];
}

/** Why an operation is refused: status, type and words as Elasticsearch has them. */
interface No {
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

const APPEND_ONLY: No = {
  status: 400,
  type: 'illegal_argument_exception',
  reason: 'only write ops with an op_type of create are allowed in data streams',
};
const NO_OBJECT: No = { status: 400, type: 'document_parsing_exception', reason: '[1:1] failed to parse' };
const TOO_DEEP: No = { status: 400, type: 'document_parsing_exception', reason: tooDeep().message };

/**
 * Keeps what can be kept, and answers for each operation once that is durable. A record is the operation's line and the document's, as they
 * came. Nothing is ever changed or taken away: `update` and `delete` are refused, as a data stream refuses them.
 */
export async function answerBulk(
  exchange: Exchange,
  operations: readonly Operation[],
  maxDocument: number,
): Promise<BulkAnswer> {
  const began = exchange.nowUs();
  const { stream, via, peer } = exchange.origin;
  const records: RawRecord[] = [];
  const counts = new Map<No, number>();
  const reason = `the document is longer than ${maxDocument} bytes: "maxDocumentBytes"`;
  const tooLong: No = { status: 413, type: 'content_too_long_exception', reason };
  const items: Record<string, object>[] = [];
  for (const operation of operations) {
    const { kind, action, document } = operation;
    const no = hindranceOf(operation, maxDocument, tooLong);
    if (no !== null) counts.set(no, (counts.get(no) ?? 0) + 1);
    else {
      const bytes = Buffer.concat([action, LINE_FEED, document as Buffer]);
      records.push({ stream, bytes, receivedAtUs: began, via, peer });
    }
    items.push({ [kind]: no === null ? taken(operation, records.length - 1) : refused(operation, no) });
    if (items.length % TURN === 0) await others();
  }
  await exchange.keep(records);
  for (const [no, count] of counts)
    exchange.noteRefused({ reason: no.type, message: `operations of a bulk request: ${no.reason}` }, count);
  return { took: Math.max(1, Math.round((exchange.nowUs() - began) / 1000)), errors: counts.size > 0, items };
}

function hindranceOf({ kind, document }: Operation, maxDocument: number, tooLong: No): No | null {
  if (kind === 'update' || kind === 'delete' || document === null) return APPEND_ONLY;
  if (document.length > maxDocument) return tooLong;
  if (isTooDeep(document)) return TOO_DEEP;
  return objectOf(document) === null ? NO_OBJECT : null;
}

const taken = ({ index, id }: Operation, number: number): object => ({
  _index: index,
  _id: id ?? randomBytes(15).toString('base64url'),
  _version: 1,
  result: 'created',
  _shards: { total: 1, successful: 1, failed: 0 },
  _seq_no: number,
  _primary_term: 1,
  status: 201,
});

const refused = ({ index, id }: Operation, { status, type, reason }: No): object => ({
  _index: index,
  _id: id,
  status,
  error: { type, reason },
});
