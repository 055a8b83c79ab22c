import { AppError } from './errors.ts';

// As much of DER (ITU-T X.690) as time stamps need.

export const DER = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
} as const;

/** One element. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
}

function bad(what: string): AppError {
  return new AppError('E_MALFORMED', `no DER: ${what}`);
}

/** Writes an element. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 | digits.length, ...digits];
  return Buffer.concat([Buffer.from(head), ...parts]);
}

/** Writes an object identifier: `2.16.840.1.101.3.4.2.1`. */
export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(DER.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 | (rest % 128));
  return digits;
}

/** The elements that lie one after the other in `bytes`, to its very end. Throws E_MALFORMED. */
export function readDer(bytes: Buffer): DerElement[] {
  const elements: DerElement[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] as number;
    const { length, begin } = lengthAt(bytes, at + 1);
    if (begin + length > bytes.length) throw bad('an element ends behind its end');
    elements.push({ tag, content: bytes.subarray(begin, begin + length) });
    at = begin + length;
  }
  return elements;
}

function lengthAt(bytes: Buffer, at: number): { readonly length: number; readonly begin: number } {
  const first = bytes[at];
  if (first === undefined) throw bad('it ends inside a head');
  if (first < 0x80) return { length: first, begin: at + 1 };
  const digits = first & 0x7f;
  if (digits === 0 || digits > 4 || at + 1 + digits > bytes.length) throw bad('a length that is none');
  return { length: bytes.readUIntBE(at + 1, digits), begin: at + 1 + digits };
}

/** The elements inside one that must be of that tag. Throws E_MALFORMED. */
export function inside(element: DerElement | undefined, tag: number, what: string): DerElement[] {
  return readDer(contentOf(element, tag, what));
}

/** The content of an element that must be of that tag. Throws E_MALFORMED. */
export function contentOf(element: DerElement | undefined, tag: number, what: string): Buffer {
  if (element?.tag !== tag) throw bad(`${what} is not there`);
  return element.content;
}
