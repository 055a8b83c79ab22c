import 'reflect-metadata';
import { createPublicKey, type webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { AppError } from '../core/errors.ts';
import { ALGORITHM } from './forms.ts';
import { hostName } from './host-name.ts';

/** The longest request that is read; one with a P-256 key has some 400 bytes. */
export const MAX_REQUEST = 8192;
const PEM =
  /^-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----\r?\n[A-Za-z0-9+/=\r\n]+-----END (?:NEW )?CERTIFICATE REQUEST-----\s*$/;

/** What a host asks for. */
export interface HostRequest {
  readonly host: string;
  readonly publicKey: webcrypto.CryptoKey;
}

/**
 * Reads a certificate request (PKCS #10, RFC 2986): its subject must be CN=HOST and nothing else, its key P-256, its signature that key's.
 * What it asks for beside is not given. Throws E_MALFORMED.
 */
export async function readRequest(text: string): Promise<HostRequest> {
  if (text.length > MAX_REQUEST || !PEM.test(text)) throw malformed('no certificate request in PEM');
  let request: Pkcs10CertificateRequest;
  try {
    request = new Pkcs10CertificateRequest(text);
  } catch {
    throw malformed('a certificate request that cannot be read');
  }
  const host = subjectOf(request);
  const publicKey = await keyOf(request);
  const signed = await request.verify().catch(() => false);
  if (!signed) throw malformed('the request is not signed by its own key');
  return { host, publicKey };
}

function subjectOf(request: Pkcs10CertificateRequest): string {
  const [first, ...others] = request.subjectName.toJSON();
  const { CN: names = [], ...rest } = first ?? {};
  const [name, ...more] = names;
  if (name === undefined || others.length + more.length + Object.keys(rest).length > 0)
    throw malformed('the subject of the request is not CN=HOST alone');
  try {
    if (hostName(name) === name) return name;
  } catch {
    // told below
  }
  throw malformed('the subject of the request is no host name in lower case');
}

async function keyOf(request: Pkcs10CertificateRequest): Promise<webcrypto.CryptoKey> {
  try {
    const spki = Buffer.from(request.publicKey.rawData);
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1')
      return await crypto.subtle.importKey('spki', spki, ALGORITHM, true, ['verify']);
  } catch {
    // told below
  }
  throw malformed('the key of the request is not ECDSA P-256');
}

const malformed = (what: string): AppError => new AppError('E_MALFORMED', `the certificate request: ${what}`);
