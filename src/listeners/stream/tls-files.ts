import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { AppError } from '../../core/errors.ts';
import type { TlsKeys } from './settings.ts';

type Files = Pick<TlsKeys, 'certificate' | 'key' | 'ca'>;

/** The three files' contents, tried together. Throws E_UNREADABLE or E_CONFIG, with the file and without what is in it. */
export async function readTlsFiles({ certificate, key, ca }: Files): Promise<SecureContextOptions> {
  const read = { cert: await readPem(certificate), key: await readPem(key), ca: await readPem(ca) };
  attempt(`certificate ${certificate}`, { cert: read.cert });
  attempt(`authorities ${ca}`, { ca: read.ca });
  attempt(`key ${key} (it must be without a passphrase, and of the certificate ${certificate})`, read);
  return read;
}

/** Changes when any of the files does. */
export async function tlsFilesMark({
  certificate,
  key,
  ca,
  revoked = null,
}: Files & { readonly revoked?: string | null }): Promise<string> {
  const marks = [certificate, key, ca, ...(revoked === null ? [] : [revoked])].map(async (path) => {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino}:${size}:${mtimeNs}`;
  });
  return Promise.all(marks).then(
    (all) => all.join(' '),
    () => 'missing', // a file that is being replaced
  );
}

const SERIAL = /^(?:[0-9a-f]{2}:?){1,64}$/i;

/** Serial numbers of certificates that hold no more, as `plainSerial` writes them. Throws E_UNREADABLE or E_CONFIG. */
export async function readRevoked(path: string | null): Promise<ReadonlySet<string>> {
  if (path === null) return new Set();
  const lines = (await readPem(path))
    .toString('latin1')
    .split(/\r?\n/)
    .filter((line) => line !== '');
  const wrong = lines.findIndex((line) => !SERIAL.test(line));
  if (wrong >= 0) throw new AppError('E_CONFIG', `${path}:${wrong + 1}: no serial number (hex)`);
  return new Set(lines.map(plainSerial));
}

/** Programs write serial numbers in capitals, with colons, with or without leading zeros. */
export const plainSerial = (serial: string): string => serial.replaceAll(':', '').toLowerCase().replace(/^0+/, '');

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new AppError('E_UNREADABLE', `cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`, {
      cause: error,
    });
  }
}

function attempt(what: string, options: SecureContextOptions): void {
  try {
    createSecureContext(options);
  } catch (error) {
    const { code = 'not PEM' } = error as NodeJS.ErrnoException;
    throw new AppError('E_CONFIG', `the ${what} cannot be used: ${code}`);
  }
}
