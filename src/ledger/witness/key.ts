import type { KeyObject } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { COSIGNATURE, privateKeyOf, rawPublic, type VerifierKey, verifierKey } from '../../core/tlog/note.ts';

/** A witness's key: what it signs with, and what others check that with. */
export interface WitnessKey {
  readonly key: VerifierKey;
  readonly secret: KeyObject;
}

const FORM = /^PRIVATE\+KEY\+(?<name>[^+]{1,255})\+(?<id>[0-9a-f]{8})\+(?<key>[A-Za-z0-9+/=]{44})$/;

function keyOf(name: string, seed: Uint8Array): WitnessKey {
  const secret = privateKeyOf(seed);
  return { key: verifierKey(name, COSIGNATURE, rawPublic(secret)), secret };
}

/** A witness's key as a file's text, from 32 random bytes. Written as a log's key is, with the type of a cosignature. */
export function formatWitnessKey(name: string, seed: Uint8Array): string {
  const data = Buffer.concat([Buffer.of(COSIGNATURE), seed]);
  return `PRIVATE+KEY+${name}+${keyOf(name, seed).key.id}+${data.toString('base64')}\n`;
}

/** Reads a witness's key. Throws E_CONFIG, without a word of the key in it. */
export function parseWitnessKey(text: string): WitnessKey {
  const parts = FORM.exec(text.trim())?.groups;
  const data = Buffer.from(parts?.['key'] ?? '', 'base64');
  if (!parts || data.length !== 33 || data[0] !== COSIGNATURE)
    throw new AppError('E_CONFIG', 'the key file holds no key of a witness');
  const pair = keyOf(parts['name'] ?? '', data.subarray(1));
  if (pair.key.id !== parts['id'])
    throw new AppError('E_CONFIG', 'the key file is damaged: the key is not the one that it names');
  return pair;
}
