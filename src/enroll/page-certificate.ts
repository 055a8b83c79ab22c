import 'reflect-metadata';
import { randomBytes, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { ALGORITHM } from './forms.ts';
import { newKeys, putFile, textOf } from './key-files.ts';
import type { Reached } from './server-certificate.ts';

const DAY_MS = 24 * 3_600_000;
/** The longest that browsers take (Apple, HT210176): each new one has another fingerprint, which people have to compare. */
const DAYS = 825;
const RENEWED_DAYS = 30;
const SERIAL_BYTES = 16;

/** Where the page's own certificate is. */
export const pageFiles = (folder: string) => ({ certificate: join(folder, 'page.pem'), key: join(folder, 'page.key') });

/**
 * Sees that the page has a certificate of its own: signed by itself, as browsers of people do not know our authority, and should not have to
 * trust one that can vouch for hosts. Made at the first time, when it nears its end, and when the machine has a new name.
 */
export async function keepPageCertificate(
  { certificate, key }: ReturnType<typeof pageFiles>,
  { dns, addresses }: Reached,
  nowMs: number,
): Promise<void> {
  const pem = textOf(certificate);
  if (pem !== null && textOf(key) !== null && isGood(pem, dns, nowMs)) return;
  const { keys, pem: keyPem } = await newKeys();
  const names = [
    ...dns.map((value) => ({ type: 'dns', value }) as const),
    ...addresses.map((value) => ({ type: 'ip', value }) as const),
  ];
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const made = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [dns[0] ?? addresses[0] ?? 'spoor'] }],
    keys,
    serialNumber: serial.toString('hex'),
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + (DAYS - 1) * DAY_MS),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names),
    ],
  });
  putFile(key, keyPem, 0o400);
  putFile(certificate, `${made.toString('pem')}\n`, 0o644);
}

/** Addresses of a machine come and go, and people know it by its name: only a new name makes a new certificate. */
function isGood(pem: string, dns: readonly string[], nowMs: number): boolean {
  try {
    const made = new X509Certificate(pem);
    return (
      Date.parse(made.validFrom) <= nowMs &&
      nowMs < Date.parse(made.validTo) - RENEWED_DAYS * DAY_MS &&
      dns.every((name) => made.checkHost(name) !== undefined)
    );
  } catch {
    return false; // what cannot be read is made again
  }
}
