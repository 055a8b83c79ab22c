// Hot path: once per operation of each request.
import { setImmediate as others } from 'node:timers/promises';
import { isObject, type Json, objectIn } from '../../core/json-object.ts';
import { Refusal } from '../http/problem.ts';

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const OPERATIONS = new Set(['create', 'index', 'update', 'delete']);
const MAX_ACTION = 65_536;
const MAX_NAME = 255;
/** Shippers send some thousands. A packed body of a hundred kilobytes can hold millions, each of which is answered. */
const MOST_OPERATIONS = 100_000;
/** After so many operations other senders are served. */
export const TURN = 1024;

/** One operation of a bulk request. */
export interface Operation {
  readonly kind: 'create' | 'index' | 'update' | 'delete';
  readonly index: string;
  /** As the sender gave it; null when it gave none. */
  readonly id: string | null;
  /** Its line, and the document's after it, without their ends; null for "delete", which has none. */
  readonly action: Buffer;
  readonly document: Buffer | null;
}

/**
 * The operations of a bulk request's body, as Elasticsearch reads it (BulkRequestParser): all of it or nothing. `index` is the one of the
 * path, for operations that name none. Rejects with a Refusal (400) in its words for what is no bulk request, 413 for too many.
 */
export async function operationsOf(body: Buffer, index: string | null): Promise<readonly Operation[]> {
  if (body.length === 0) throw new Refusal(400, 'parse_exception', 'request body is required');
  if (body[body.length - 1] !== LINE_FEED) throw unended();
  const lines = new Lines(body);
  const operations: Operation[] = [];
  for (let action = lines.next(); action !== null; action = lines.next()) {
    if (action.length > 0) operations.push(operationOf(action, lines, index));
    if (operations.length > MOST_OPERATIONS) throw tooMany();
    if (lines.number % TURN < 2) await others();
  }
  if (operations.length > 0) return operations;
  throw new Refusal(400, 'action_request_validation_exception', 'Validation Failed: 1: no requests added;');
}

function operationOf(line: Buffer, lines: Lines, index: string | null): Operation {
  const { kind, named, id } = actionOf(line, lines.number);
  const document = kind === 'delete' ? null : lines.next();
  if (document === null && kind !== 'delete') throw unended();
  const target = named ?? index ?? '';
  if (target === '')
    throw new Refusal(400, 'action_request_validation_exception', 'Validation Failed: 1: index is missing;');
  const action = named === null ? withIndex(kind, line, target) : line;
  return { kind, index: target, id, action, document };
}

const unended = (): Refusal =>
  new Refusal(400, 'illegal_argument_exception', 'The bulk request must be terminated by a newline [\\n]');

const tooMany = (): Refusal =>
  new Refusal(413, 'content_too_long_exception', `more than ${MOST_OPERATIONS} operations: send fewer in one request`);

interface Action {
  readonly kind: Operation['kind'];
  readonly named: string | null;
  readonly id: string | null;
}

function actionOf(line: Buffer, number: number): Action {
  const found = line.length > MAX_ACTION ? null : objectOf(line);
  if (found === null) throw malformed(number, 'expected START_OBJECT');
  const keys = Object.keys(found);
  const [kind = ''] = keys;
  if (!OPERATIONS.has(kind) || keys.length > 1)
    throw malformed(number, `expected field [create], [delete], [index] or [update] but found [${kind.slice(0, 80)}]`);
  const parameters = found[kind];
  if (!isObject(parameters)) throw malformed(number, `expected START_OBJECT but found [${typeof parameters}]`);
  const { _index: named, _id: id } = parameters;
  if (named !== undefined && (typeof named !== 'string' || named.length > MAX_NAME))
    throw malformed(number, 'expected a simple value for field [_index] of at most 255 characters');
  const ownId = typeof id === 'string' || typeof id === 'number' ? String(id) : null;
  return { kind: kind as Operation['kind'], named: (named as string | undefined) ?? null, id: ownId };
}

// The request's path names the index: without it in the line, the record would not say where the document belongs.
function withIndex(kind: string, line: Buffer, index: string): Buffer {
  const parameters = (objectOf(line) as Json)[kind] as Json;
  return Buffer.from(JSON.stringify({ [kind]: { _index: index, ...parameters } }));
}

/** The object that a line holds; null when it holds none. */
export const objectOf = (line: Buffer): Json | null => objectIn(line.toString('utf8'));

const malformed = (number: number, what: string): Refusal =>
  new Refusal(400, 'illegal_argument_exception', `Malformed action/metadata line [${number}], ${what}`);

/** Lines of a body, each as a slice of it without its end. */
class Lines {
  readonly #body: Buffer;
  #at = 0;
  /** Of the line that was given last, from 1. */
  number = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  next(): Buffer | null {
    if (this.#at >= this.#body.length) return null;
    const feed = this.#body.indexOf(LINE_FEED, this.#at);
    const end = feed === -1 ? this.#body.length : feed;
    const line = this.#body.subarray(this.#at, end > this.#at && this.#body[end - 1] === RETURN ? end - 1 : end);
    this.#at = end + 1;
    this.number += 1;
    return line;
  }
}
