import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { AppError } from '../core/errors.ts';
import { isLoopback } from '../core/loopback.ts';
import { makeTlsFolder } from '../enroll/key-files.ts';
import { keepPageCertificate, pageFiles } from '../enroll/page-certificate.ts';
import { ownAddresses, reachedBy } from '../enroll/server-certificate.ts';
import type { Config } from './config-schema.ts';

const EVERY_ADDRESS = /^(?:0\.0\.0\.0|::)$/;

/** A certificate and its key, as PEM. */
export interface CertifiedKey {
  readonly cert: string;
  readonly key: string;
}

/** TLS of the page. */
export interface PageTls extends CertifiedKey {
  /** Made by ourselves: browsers have to be shown its fingerprint. */
  readonly isOwn: boolean;
  /** SHA-256 of the certificate, `AB:CD:…`. */
  readonly fingerprint: string;
  /** Reads the files again; null while they are what they were, or are being changed. Throws E_CONFIG for such as cannot be used. */
  again(): CertifiedKey | null;
}

/** Names and addresses by which the page is asked for. */
export function namesOf({ host, names }: Config['http']): string[] {
  const own = isLoopback(host) ? [] : [hostname(), ...ownAddresses()];
  return [...(EVERY_ADDRESS.test(host) ? [] : [host]), ...names, ...own].map((name) => name.toLowerCase());
}

/**
 * What the page is served with: the files that are named, else, where others can reach it, a certificate of our own (`folder`); null without
 * TLS. Throws E_CONFIG when the files cannot be used.
 */
export async function pageTls(http: Config['http'], folder: string, nowMs: number): Promise<PageTls | null> {
  const { tls } = http;
  if (tls === 'off' || (tls === undefined && isLoopback(http.host))) return null;
  if (tls !== undefined) return opened(tls, false);
  makeTlsFolder(folder);
  const files = pageFiles(folder);
  await keepPageCertificate(files, reachedBy(namesOf(http)), nowMs);
  return opened(files, true);
}

interface Files {
  readonly certificate: string;
  readonly key: string;
}

function opened(files: Files, isOwn: boolean): PageTls {
  let mark = markOf(files);
  const held = certifiedKey(files);
  return {
    ...held,
    isOwn,
    fingerprint: new X509Certificate(held.cert).fingerprint256,
    again() {
      const now = markOf(files);
      if (now === mark || now === null) return null;
      mark = now;
      return certifiedKey(files);
    },
  };
}

function certifiedKey({ certificate, key }: Files): CertifiedKey {
  try {
    const held = { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
    if (new X509Certificate(held.cert).checkPrivateKey(createPrivateKey(held.key))) return held;
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'it is no PEM';
    throw new AppError('E_CONFIG', `http.tls: ${certificate} and ${key} cannot be used: ${why}`);
  }
  throw new AppError('E_CONFIG', `http.tls: ${key} is not the key of ${certificate}`);
}

function markOf({ certificate, key }: Files): string | null {
  try {
    const stats = [certificate, key].map((file) => statSync(file));
    return createHash('sha256')
      .update(stats.map(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`).join(' '))
      .digest('hex');
  } catch {
    return null;
  }
}
