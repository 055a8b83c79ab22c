import { gunzipSync, inflateSync } from 'node:zlib';

// Hot path: once per message.

/** A message is text, which is rarely packed to less than a fiftieth; what grows more would fill the disk by a trickle of datagrams. */
const MOST_GROWTH = 100;
/** So much may come of any. */
const ALWAYS = 64 << 10;

/** Why a message cannot be unpacked. */
export type Unpacked = Buffer | 'damaged' | 'too_long';

/**
 * The JSON of a GELF message, which is told to be gzip or zlib by its first bytes (RFC 1952 §2.3.1, RFC 1950 §2.2), else plain. It is
 * unpacked at once: a message is short, and never more than `maxBytes`, or than 64 KiB and 100 times what came, are made of it.
 */
export function unpack(bytes: Buffer, maxBytes: number): Unpacked {
  const [first = 0, second = 0] = bytes;
  const isGzip = first === 0x1f && second === 0x8b;
  const isZlib = (first & 0x0f) === 8 && first >> 4 <= 7 && ((first << 8) | second) % 31 === 0;
  if (!isGzip && !isZlib) return bytes.length > maxBytes ? 'too_long' : bytes;
  try {
    const maxOutputLength = Math.min(maxBytes, Math.max(ALWAYS, MOST_GROWTH * bytes.length));
    return (isGzip ? gunzipSync : inflateSync)(bytes, { maxOutputLength });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too_long' : 'damaged';
  }
}
