import { hash } from 'node:crypto';
import { contentOf, DER, type DerElement, der, derOid, inside, readDer } from '../core/der.ts';
import { AppError } from '../core/errors.ts';
import type { Anchor, AnchorKind, Kept, Outside } from './index.ts';

const SHA256 = derOid('2.16.840.1.101.3.4.2.1');
const SIGNED_DATA = derOid('1.2.840.113549.1.7.2');
const TST_INFO = derOid('1.2.840.113549.1.9.16.1.4');

const MAX_REPLY = 256 << 10;
const TIMEOUT_MS = 10_000;

/**
 * A time-stamping authority (RFC 3161): its token says that the checkpoint existed at a time. It is checked against what was asked;
 * whom to believe is for the reader: `openssl ts -verify -data CHECKPOINT -in TOKEN.tsr -CAfile CA.pem`.
 */
export default {
  name: 'rfc3161',
  open(place: string, outside: Outside): Anchor {
    if (!/^https?:\/\//.test(place))
      throw new AppError('E_CONFIG', `"${place.slice(0, 80)}" is no http or https address`);
    return { kind: 'rfc3161', place, keep: (checkpoint) => keep(place, checkpoint, outside) };
  },
} satisfies AnchorKind;

async function keep(url: string, checkpoint: string, { exchange, random }: Outside): Promise<Kept> {
  const digest = Buffer.from(hash('sha256', checkpoint), 'hex');
  const nonce = random(8);
  nonce[0] = ((nonce[0] as number) & 0x7f) | 0x40; // positive, and eight bytes in its one DER form
  const { status, body } = await exchange({
    method: 'POST',
    url,
    type: 'application/timestamp-query',
    body: timestampQuery(digest, nonce),
    maxBytes: MAX_REPLY,
    timeoutMs: TIMEOUT_MS,
  });
  if (status !== 200) throw new AppError('E_UNAVAILABLE', `the time-stamping authority answers with status ${status}`);
  return { ending: 'tsr', bytes: body, seconds: readTimestamp(body, digest, nonce).seconds };
}

/** A query for a SHA-256, with a nonce (a positive integer's bytes) and asking for the certificate (RFC 3161 section 2.4.1). */
export function timestampQuery(digest: Uint8Array, nonce: Uint8Array): Buffer {
  const imprint = der(DER.sequence, der(DER.sequence, SHA256, der(DER.null)), der(DER.octets, digest));
  const yes = der(DER.boolean, Buffer.of(0xff));
  return der(DER.sequence, der(DER.integer, Buffer.of(1)), imprint, der(DER.integer, nonce), yes);
}

/** What a time stamp says. */
export interface Timestamp {
  /** Seconds since 1970; the fraction of a second is left off. */
  readonly seconds: number;
}

/**
 * Reads a reply (RFC 3161 section 2.4.2). Throws E_UNAVAILABLE when the authority refused, E_MALFORMED for what is no reply, and
 * E_TAMPERED when the token is of something else or, where a `nonce` is given, not the answer to this query.
 */
export function readTimestamp(reply: Buffer, digest: Buffer, nonce: Buffer | null): Timestamp {
  const [whole, ...behind] = readDer(reply);
  if (behind.length > 0) throw new AppError('E_MALFORMED', 'the reply has bytes behind its end');
  const [info, token] = inside(whole, DER.sequence, 'the reply');
  const status = contentOf(inside(info, DER.sequence, 'the status')[0], DER.integer, 'the status');
  const code = status.length === 1 ? (status[0] as number) : 2;
  if (code > 1) throw new AppError('E_UNAVAILABLE', `the time-stamping authority refuses, with status ${code}`);
  const [, , imprint, , time, ...rest] = inside(readDer(tokenContent(token))[0], DER.sequence, 'the time stamp');
  const [algorithm, hashed] = inside(imprint, DER.sequence, 'the imprint');
  const sha256 = contentOf(algorithm, DER.sequence, 'the algorithm').subarray(0, SHA256.length).equals(SHA256);
  if (!sha256 || !contentOf(hashed, DER.octets, 'the hash').equals(digest))
    throw new AppError('E_TAMPERED', 'the time stamp is of something else than the checkpoint');
  if (nonce !== null && !rest.some(({ tag, content }) => tag === DER.integer && content.equals(nonce)))
    throw new AppError('E_TAMPERED', 'the time stamp answers another query');
  return { seconds: secondsOf(contentOf(time, DER.time, 'the time').toString('latin1')) };
}

/** The bytes of TSTInfo in a token: ContentInfo, SignedData (RFC 5652 section 5.1). */
function tokenContent(token: DerElement | undefined): Buffer {
  const [type, wrapped] = inside(token, DER.sequence, 'the token');
  isOid(type, SIGNED_DATA);
  const [signed] = inside(wrapped, DER.context0, 'the signed data');
  const [, , content] = inside(signed, DER.sequence, 'the signed data');
  const [kind, octets] = inside(content, DER.sequence, 'the signed content');
  isOid(kind, TST_INFO);
  return contentOf(inside(octets, DER.context0, 'the time stamp')[0], DER.octets, 'the time stamp');
}

function isOid(element: DerElement | undefined, oid: Buffer): void {
  if (!der(DER.oid, contentOf(element, DER.oid, 'a type')).equals(oid))
    throw new AppError('E_MALFORMED', 'the reply holds no time stamp');
}

const TIME = /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)(?:\.\d{1,9})?Z$/;

function secondsOf(text: string): number {
  const iso = text.replace(TIME, '$<year>-$<month>-$<day>T$<hour>:$<minute>:$<second>Z');
  const ms = TIME.test(text) ? Date.parse(iso) : Number.NaN;
  if (Number.isNaN(ms)) throw new AppError('E_MALFORMED', 'the time stamp has no time');
  return ms / 1000;
}
