import {
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { AppError } from '../errors.ts';

// Signed notes: C2SP signed-note 1.0.0.

/** Kinds of keys that a verifier key names. */
export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;

/** What checks signatures: `name+hash+key`. */
export interface VerifierKey {
  readonly name: string;
  /** First four bytes of SHA-256(name, LF, type, key), as 8 hex digits. */
  readonly id: string;
  readonly type: number;
  /** The raw public key: 32 bytes for Ed25519. */
  readonly bytes: Buffer;
}

/** One signature line. */
export interface NoteSignature {
  readonly name: string;
  readonly id: string;
  /** What follows the key id. */
  readonly bytes: Buffer;
}

/** A note, split but not verified. */
export interface SignedNote {
  /** The text with its last line feed: what is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const MAX_NOTE = 1 << 20;
const MAX_SIGNATURES = 100;
const NAME = /^[^\s+\p{Cc}]{1,255}$/u;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function malformed(what: string): AppError {
  return new AppError('E_MALFORMED', what);
}

/** Base64 (RFC 4648 section 4), padded and in its one right spelling. Throws E_MALFORMED. */
export function fromBase64(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (!BASE64.test(text) || bytes.toString('base64') !== text) throw malformed(`${what} is no base64`);
  return bytes;
}

function keyId(name: string, type: number, bytes: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(type), bytes]), 'hex').slice(0, 8);
}

/** May a key, and the log that it is of, be called so? */
export function isKeyName(name: string): boolean {
  return NAME.test(name);
}

/** Makes the verifier key of a raw public key. Throws E_MALFORMED for a name that none may have. */
export function verifierKey(name: string, type: number, bytes: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw malformed(`"${name.slice(0, 80)}" is no name of a key: no space, no plus`);
  return { name, id: keyId(name, type, bytes), type, bytes: Buffer.from(bytes) };
}

/** Reads `name+hash+key`. Throws E_MALFORMED, also when the hash is not the key's. */
export function parseVerifierKey(text: string): VerifierKey {
  const parts = /^(?<name>[^+]*)\+(?<id>[0-9a-f]{8})\+(?<key>.+)$/s.exec(text)?.groups;
  if (!parts) throw malformed(`"${text.slice(0, 80)}" is no verifier key: name+hash+key`);
  const data = fromBase64(parts['key'] ?? '', 'the verifier key');
  const type = data[0] ?? 0;
  const key = verifierKey(parts['name'] ?? '', type, data.subarray(1));
  if (key.id !== parts['id']) throw malformed(`the verifier key of ${key.name} has the hash of another`);
  if ((type === ED25519 || type === COSIGNATURE) && key.bytes.length !== 32)
    throw malformed(`the verifier key of ${key.name} has ${key.bytes.length} bytes, not 32`);
  return key;
}

/** `name+hash+key` */
export function formatVerifierKey({ name, id, type, bytes }: VerifierKey): string {
  return `${name}+${id}+${Buffer.concat([Buffer.of(type), bytes]).toString('base64')}`;
}

const SECRET = /^PRIVATE\+KEY\+(?<name>[^+]{1,255})\+(?<id>[0-9a-f]{8})\+(?<key>[A-Za-z0-9+/=]{44})$/;

/** A signer's key as Go's note package writes it. `seed`: 32 bytes. */
export function formatSecret(name: string, seed: Uint8Array): string {
  const { id } = verifierKey(name, ED25519, rawPublic(privateKeyOf(seed)));
  return `PRIVATE+KEY+${name}+${id}+${Buffer.concat([Buffer.of(ED25519), seed]).toString('base64')}`;
}

/** Reads a signer's key. Throws E_MALFORMED, without a word of the key in it. */
export function parseSecret(text: string): { readonly key: VerifierKey; readonly secret: KeyObject } {
  const parts = SECRET.exec(text.trim())?.groups;
  const data = Buffer.from(parts?.['key'] ?? '', 'base64');
  if (!parts || data.length !== 33 || data[0] !== ED25519) throw malformed('the key file holds no Ed25519 signer key');
  const secret = privateKeyOf(data.subarray(1));
  const key = verifierKey(parts['name'] ?? '', ED25519, rawPublic(secret));
  if (key.id !== parts['id']) throw malformed('the key file is damaged: the key is not the one that it names');
  return { key, secret };
}

/** Splits a note at its last empty line. Throws E_MALFORMED; no signature is checked here. */
export function splitNote(note: string): SignedNote {
  if (note.length > MAX_NOTE) throw malformed('the note is over a megabyte');
  if (CONTROL.test(note) || LONE.test(note)) throw malformed('the note holds a control character or is no UTF-8');
  const at = note.lastIndexOf('\n\n');
  if (at < 0 || !note.endsWith('\n')) throw malformed('the note has no empty line before its signatures, or no end');
  const lines = note.slice(at + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) throw malformed(`the note has over ${MAX_SIGNATURES} signatures`);
  return { text: note.slice(0, at + 1), signatures: lines.map(signatureLine) };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a note holds none below the space but the line feed
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;
const LONE = /\p{Cs}|\ufffd/u; // lone surrogates, and what a decoder puts in place of bytes that are no UTF-8
const LINE = /^\u2014 (?<name>\S{1,255}) (?<data>\S{8,8192})$/;

function signatureLine(line: string): NoteSignature {
  const parts = LINE.exec(line)?.groups;
  if (!parts) throw malformed('a signature line is not "— name base64"');
  const name = parts['name'] ?? '';
  if (!NAME.test(name)) throw malformed('a signature line has no name');
  const data = fromBase64(parts['data'] ?? '', 'a signature');
  if (data.length < 5) throw malformed('a signature is empty');
  return { name, id: data.subarray(0, 4).toString('hex'), bytes: data.subarray(4) };
}

/** Text and signatures as one note. */
export function formatNote({ text, signatures }: SignedNote): string {
  return `${text}\n${signatures.map(formatSignature).join('')}`;
}

/** One signature as its line. */
export function formatSignature({ name, id, bytes }: NoteSignature): string {
  return `— ${name} ${Buffer.concat([Buffer.from(id, 'hex'), bytes]).toString('base64')}\n`;
}

// The fixed beginnings of RFC 8410's forms for Ed25519 keys: node takes raw keys in no shorter way.
const PUBLIC = Buffer.from('302a300506032b6570032100', 'hex');
const PRIVATE = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A raw Ed25519 public key (32 bytes) for node. */
export function publicKeyOf(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([PUBLIC, bytes]), format: 'der', type: 'spki' });
}

/** An Ed25519 private key from its 32-byte seed. */
export function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PRIVATE, seed]), format: 'der', type: 'pkcs8' });
}

/** The raw public key (32 bytes) of an Ed25519 key. */
export function rawPublic(key: KeyObject): Buffer {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return spki.subarray(spki.length - 32);
}

/** Ed25519 over bytes: true when `key` made `signature`. */
export function verifiesEd25519(key: VerifierKey, message: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === 64 && verifyBytes(null, message, publicKeyOf(key.bytes), signature);
}

/** Signs a note's text as the log. */
export function signText(text: string, key: VerifierKey, secret: KeyObject): NoteSignature {
  return { name: key.name, id: key.id, bytes: signBytes(null, Buffer.from(text), secret) };
}

/**
 * The signatures of a note that known keys of type Ed25519 made. Those of unknown keys are passed over. Throws E_TAMPERED when a
 * known key's signature is wrong, or none is by a known key.
 */
export function verifyNote({ text, signatures }: SignedNote, keys: readonly VerifierKey[]): VerifierKey[] {
  const good = new Set<VerifierKey>();
  for (const { name, id, bytes } of signatures) {
    const key = keys.find((known) => known.name === name && known.id === id && known.type === ED25519);
    if (key === undefined) continue;
    if (!verifiesEd25519(key, Buffer.from(text), bytes))
      throw new AppError('E_TAMPERED', `the signature of ${name} is not of this text`);
    good.add(key);
  }
  if (good.size === 0) throw new AppError('E_TAMPERED', 'no signature by a known key');
  return [...good];
}
