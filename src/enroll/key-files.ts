import 'reflect-metadata';
import { createPrivateKey, type webcrypto } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PemConverter } from '@peculiar/x509';
import { AppError } from '../core/errors.ts';
import { ALGORITHM } from './forms.ts';

/** Files of the folder `tls`. */
export function tlsFiles(folder: string) {
  return {
    folder,
    authority: join(folder, 'ca.pem'),
    authorityKey: join(folder, 'ca.key'),
    certificate: join(folder, 'server.pem'),
    key: join(folder, 'server.key'),
    revoked: join(folder, 'revoked'),
  };
}

export type TlsFiles = ReturnType<typeof tlsFiles>;

/** Makes the folder, for us alone. */
export function makeTlsFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

/** Puts a file in place durably, whole or not at all. */
export function putFile(path: string, text: string, mode: number): void {
  const next = `${path}.new`;
  rmSync(next, { force: true });
  const file = openSync(next, 'wx', mode);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(next, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** A new pair of keys, and the private one as PEM (PKCS #8). */
export async function newKeys(): Promise<{ keys: webcrypto.CryptoKeyPair; pem: string }> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { keys, pem: `${PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag)}\n` };
}

/** The keys of a file. Throws E_CONFIG for one that holds no such key, without what is in it. */
export async function readKeys(path: string): Promise<webcrypto.CryptoKeyPair> {
  try {
    const key = createPrivateKey(readFileSync(path, 'utf8'));
    const jwk = key.export({ format: 'jwk' });
    const { d: _, ...shown } = jwk;
    const { subtle } = crypto;
    return {
      privateKey: await subtle.importKey('jwk', jwk as webcrypto.JsonWebKey, ALGORITHM, false, ['sign']),
      publicKey: await subtle.importKey('jwk', shown as webcrypto.JsonWebKey, ALGORITHM, true, ['verify']),
    };
  } catch (cause) {
    throw new AppError('E_CONFIG', `${path} holds no key that can be used (ECDSA P-256, PEM): ${wordsOf(cause)}`);
  }
}

const wordsOf = (cause: unknown): string =>
  (cause as NodeJS.ErrnoException).code ?? (cause instanceof Error ? cause.name : 'it cannot be read');

/** The text of a file; null when it is not there. */
export function textOf(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
