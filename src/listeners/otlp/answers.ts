import { Writer } from 'protobufjs/minimal.js';
import type { Answer } from '../http/door.ts';
import type { Refusal } from '../http/problem.ts';

/** How a request is encoded; its answer is encoded alike (OTLP 1.x, "OTLP/HTTP Response"). */
export type Encoding = 'protobuf' | 'json';

const TYPES: Readonly<Record<Encoding, string>> = { protobuf: 'application/x-protobuf', json: 'application/json' };

// google.rpc.Code, by HTTP status (google/rpc/code.proto)
const CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  408: 4,
  413: 8,
  415: 3,
  429: 8,
  500: 13,
  503: 14,
};

/** Encoding that the header names; null for others. */
export function encodingOf(contentType: string): Encoding | null {
  const [type = ''] = contentType.split(';', 1);
  const plain = type.trim().toLowerCase();
  if (plain === TYPES.json) return 'json';
  return plain === TYPES.protobuf ? 'protobuf' : null;
}

/** ExportLogsServiceResponse: empty when all was taken, else with `partial_success`. */
export function taken(encoding: Encoding, rejected: number, why: string): Answer {
  const answer = { status: 200, type: TYPES[encoding] };
  if (encoding === 'json') {
    const partial = { partialSuccess: { rejectedLogRecords: String(rejected), errorMessage: why } };
    return { ...answer, body: JSON.stringify(rejected === 0 ? {} : partial) };
  }
  if (rejected === 0) return { ...answer, body: '' };
  const writer = Writer.create().uint32(10).fork().uint32(8).int64(rejected).uint32(18).string(why).ldelim();
  return { ...answer, body: writer.finish() };
}

/** google.rpc.Status, with the refusal's headers (Retry-After). */
export function failed(encoding: Encoding, { status, message, headers }: Refusal): Answer {
  const code = CODES[status] ?? 2;
  const body =
    encoding === 'json'
      ? JSON.stringify({ code, message })
      : Writer.create().uint32(8).int32(code).uint32(18).string(message).finish();
  return { status, type: TYPES[encoding], body, headers };
}
