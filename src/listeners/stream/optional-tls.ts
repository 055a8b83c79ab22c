import type * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import type { SourceContext } from '../../core/stages.ts';
import { type Door, openDoor } from './serve.ts';
import { tlsKeys, wholeKeys } from './settings.ts';
import { tlsDoor } from './tls-door.ts';

const { tls, certificate, key, ca, revoked, clients, reloadSeconds } = tlsKeys;

/** Keys of a listener that speaks TLS when it has a certificate. */
export const optionalTls = {
  tls,
  certificate: certificate.describe(
    'PEM file: our certificate, then those between it and its authority. TLS is spoken when it is named.',
  ),
  key,
  ca,
  revoked,
  clients,
  reloadSeconds,
} as const;

type Given = z.output<z.ZodObject<typeof optionalTls>> & { readonly openSeconds: number };

/** With certificate, key and ca a door with a lock, without any of them one without. Throws E_CONFIG when some are missing. */
export async function doorFor(given: Given, context: SourceContext): Promise<{ scheme: 'tcp' | 'tls'; door: Door }> {
  const names = [given.tls, given.certificate, given.key, given.ca];
  if (names.every((name) => name === undefined)) {
    if (given.revoked === undefined) return { scheme: 'tcp', door: openDoor };
    throw new AppError('E_CONFIG', `"${context.name}": "revoked" without certificate, key and ca`);
  }
  return { scheme: 'tls', door: await tlsDoor(wholeKeys(given), given.openSeconds, context) };
}
