// Hot path: runs for each field of each record.
import { Reader } from 'protobufjs/minimal.js';
import { Refusal } from './problem.ts';

/** Messages within each other: more is refused. */
const MAX_DEPTH = 100;
/** Fields of one message, with those of all messages in it: a field may have two bytes, and holds a hundred in memory. */
const MOST_FIELDS = 500_000;
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** How a scalar stands on the wire, and in JSON (the proto3 JSON mapping; `hex` is OTLP's own for ids). */
export type Scalar =
  | 'string'
  | 'base64'
  | 'hex'
  | 'bool'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'fixed64'
  | 'fixed32'
  | 'double';

const WIRE: Readonly<Record<Scalar, number>> = {
  string: LENGTH,
  base64: LENGTH,
  hex: LENGTH,
  bool: VARINT,
  int32: VARINT,
  uint32: VARINT,
  int64: VARINT,
  fixed64: FIXED64,
  fixed32: FIXED32,
  double: FIXED64,
};

/** One field: its name in JSON, and what it is. `part`: a message that is not decoded yet; its place is given. */
export interface Field {
  readonly name: string;
  readonly is: Scalar | 'part' | (() => MessageType);
  readonly repeated?: true;
}

/** A message's fields by their numbers. */
export type MessageType = Readonly<Record<number, Field>>;

/** A message that was read. Texts are bytes, a character each (latin1). Fields that are not known are kept in `unknown`, Base64. */
export type Message = Record<string, unknown>;

/** Where a part stands. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

const broken = (why: string) => new Refusal(400, 'protobuf', `the body is no such protobuf message: ${why}`);

/**
 * Reads messages of one body by tables of their fields. A field that is given twice and is no list, a wrong wire type, a length beyond the
 * end and deep nesting are refused (400), and so are more than half a million fields in one message (413): what is kept is what was sent, and never half of it.
 */
export class ProtobufReader {
  readonly #bytes: Buffer;
  readonly #reader: Reader;
  /** Of the message that is read. */
  #fields = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#reader = Reader.create(bytes);
  }

  /** The whole body, as one message. */
  whole(type: MessageType): Message {
    return this.read(type, { start: 0, end: this.#bytes.length });
  }

  /** One part. Throws a Refusal (400, 413). */
  read(type: MessageType, { start, end }: Part): Message {
    this.#reader.pos = start;
    this.#fields = 0;
    try {
      return this.#message(type, end, 0);
    } catch (error) {
      throw error instanceof Refusal ? error : broken('it is cut short'); // what the reader throws at the end of its bytes
    }
  }

  #message(type: MessageType, end: number, depth: number): Message {
    if (depth > MAX_DEPTH) throw new Refusal(400, 'too_deep', `more than ${MAX_DEPTH} messages within each other`);
    const message: Message = {};
    const reader = this.#reader;
    while (reader.pos < end) {
      const from = reader.pos;
      this.#fields += 1;
      if (this.#fields > MOST_FIELDS)
        throw new Refusal(413, 'too_many', `more than ${MOST_FIELDS} fields in one message: send fewer in one request`);
      const tag = reader.uint32();
      const field = type[tag >>> 3];
      if (field === undefined) this.#keepUnknown(message, from, tag & 7, end);
      else put(message, field, this.#value(field, tag & 7, end, depth));
    }
    if (reader.pos !== end) throw broken('a field is longer than its message');
    return message;
  }

  #value({ name, is }: Field, wire: number, end: number, depth: number): unknown {
    const expected = typeof is === 'string' && is !== 'part' ? WIRE[is] : LENGTH;
    if (wire !== expected) throw broken(`wire type ${wire} of ${name}`);
    if (wire !== LENGTH) return this.#number(is as Scalar);
    const length = this.#reader.uint32();
    const start = this.#reader.pos;
    const stop = start + length;
    if (stop > end) throw broken(`${name} is longer than what it is in`);
    if (typeof is === 'function') return this.#message(is(), stop, depth + 1);
    this.#reader.pos = stop;
    if (is === 'part') return { start, end: stop } satisfies Part;
    return this.#bytes.toString(is === 'string' ? 'latin1' : (is as 'hex' | 'base64'), start, stop);
  }

  #number(is: Scalar): unknown {
    const reader = this.#reader;
    if (is === 'bool') return reader.bool();
    if (is === 'int32') return reader.int32();
    if (is === 'uint32') return reader.uint32();
    if (is === 'fixed32') return reader.fixed32();
    if (is === 'int64') return reader.int64().toString();
    if (is === 'fixed64') return reader.fixed64().toString();
    const number = reader.double();
    return Number.isFinite(number) && !Object.is(number, -0) ? number : Object.is(number, -0) ? '-0' : String(number);
  }

  #keepUnknown(message: Message, from: number, wire: number, end: number): void {
    if (wire === 3 || wire === 4) throw broken('it has a group'); // of proto2; nobody sends them
    this.#reader.skipType(wire);
    if (this.#reader.pos > end) throw broken('a field is longer than its message');
    append(message, 'unknown', this.#bytes.toString('base64', from, this.#reader.pos));
  }
}

function put(message: Message, { name, repeated }: Field, value: unknown): void {
  if (repeated) append(message, name, value);
  else if (message[name] === undefined) message[name] = value;
  else throw broken(`${name} is given twice`);
}

function append(message: Message, name: string, value: unknown): void {
  const list = message[name] as unknown[] | undefined;
  if (list === undefined) message[name] = [value];
  else list.push(value);
}
