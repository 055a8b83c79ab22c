import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { NAME_CONSTRAINTS, type NameLimits } from './name-limits.ts';

/** What all keys of the authority, of the server and of hosts are. */
export const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const AUTHORITY_DAYS = 3650;
const SERVER_DAYS = 90;
const HOST_DAYS = 30;
/** Clocks of hosts are off: a certificate holds from before it was made. */
const EARLIER_MS = DAY_MS;

type Key = webcrypto.CryptoKey;

/** An authority's certificate and what signs for it. */
export interface Issuer {
  readonly certificate: X509Certificate;
  readonly key: Key;
}

/** When a certificate is made, and its number: lower-case hex that begins with neither 0 nor 8 to f. */
export interface Making {
  readonly nowMs: number;
  readonly serial: string;
}

const validity = (nowMs: number, days: number) => ({
  notBefore: new Date(nowMs - EARLIER_MS),
  notAfter: new Date(nowMs + days * DAY_MS),
});

/** The authority's own certificate: for servers and clients only, directly, and within its limits (RFC 5280 §4.2.1). */
export async function authorityCertificate(
  name: string,
  keys: webcrypto.CryptoKeyPair,
  limits: NameLimits,
  { nowMs, serial }: Making,
): Promise<X509Certificate> {
  return X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    keys,
    serialNumber: serial,
    signingAlgorithm: ALGORITHM,
    ...validity(nowMs, AUTHORITY_DAYS),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new Extension(NAME_CONSTRAINTS, true, limits.encode()),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

/** What a server is called: the first name is its common name, too. */
export interface ServerNames {
  readonly dns: readonly [string, ...string[]];
  readonly addresses: readonly string[];
}

/** A server's certificate. */
export async function serverCertificate(
  issuer: Issuer,
  publicKey: Key,
  { dns, addresses }: ServerNames,
  making: Making,
): Promise<X509Certificate> {
  const names = [
    ...dns.map((value) => ({ type: 'dns', value }) as const),
    ...addresses.map((value) => ({ type: 'ip', value }) as const),
  ];
  const forWhat = [ExtendedKeyUsage.serverAuth];
  return leaf(issuer, { publicKey, commonName: dns[0], names, forWhat, days: SERVER_DAYS }, making);
}

/** A host's certificate: it is a client, and can never be taken for a server. */
export async function hostCertificate(
  issuer: Issuer,
  publicKey: Key,
  host: string,
  making: Making,
  days = HOST_DAYS,
): Promise<X509Certificate> {
  const names = [{ type: 'dns', value: host } as const];
  const forWhat = [ExtendedKeyUsage.clientAuth];
  return leaf(issuer, { publicKey, commonName: host, names, forWhat, days }, making);
}

interface Leaf {
  readonly publicKey: Key;
  readonly commonName: string;
  readonly names: readonly { readonly type: 'dns' | 'ip'; readonly value: string }[];
  readonly forWhat: ExtendedKeyUsage[];
  readonly days: number;
}

async function leaf(
  { certificate, key }: Issuer,
  { publicKey, commonName, names, forWhat, days }: Leaf,
  { nowMs, serial }: Making,
): Promise<X509Certificate> {
  return X509CertificateGenerator.create({
    subject: [{ CN: [commonName] }],
    issuer: certificate.subjectName,
    serialNumber: serial,
    publicKey,
    signingKey: key,
    signingAlgorithm: ALGORITHM,
    ...validity(nowMs, days),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(forWhat),
      new SubjectAlternativeNameExtension([...names]),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(certificate),
    ],
  });
}

/** A certificate that was kept as PEM. */
export const readCertificate = (pem: string): X509Certificate => new X509Certificate(pem);
