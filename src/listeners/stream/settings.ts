import * as z from 'zod';
import { AppError } from '../../core/errors.ts';

const MIB = 1 << 20;

/** An address to bind: IPv4 or IPv6. */
export const bindHost = z
  .union([z.ipv4(), z.ipv6()])
  .default('127.0.0.1')
  .describe('Address to bind; 0.0.0.0 or :: for all.');

/** A port to bind, with the protocol's own as the default. */
export const bindPort = (port: number) =>
  z.int().min(0).max(65_535).default(port).describe('Port to bind; 0 takes a free one.');

const seconds = (byDefault: number) => z.number().positive().max(2_000_000).default(byDefault);

/** Limits of a listener that holds connections. */
export const streamLimits = {
  maxConnections: z
    .int()
    .positive()
    .max(100_000)
    .default(10_000)
    .describe('Connections at once. When all are taken, one that never sent a message makes room for a new one.'),
  maxConnectionsPerAddress: z
    .int()
    .positive()
    .max(100_000)
    .default(1000)
    .describe('Connections at once from one address (from one /64 of IPv6).'),
  maxFrameBytes: z
    .int()
    .min(1024)
    .max(16 * MIB)
    .default(MIB)
    .describe('The longest message, bytes. A sender of a longer one is disconnected.'),
  frameSeconds: seconds(60).describe('A message that began must be complete after this time.'),
  openSeconds: seconds(30).describe(
    'What comes before the first message (TLS handshake, RELP open) must be done after this time.',
  ),
  idleSeconds: seconds(86_400).describe('A connection over which nothing came for this time is closed.'),
} as const;

/** As `streamLimits` gives them. */
export type StreamLimits = z.output<z.ZodObject<typeof streamLimits>>;

const file = z.string().min(1).optional();

/** Keys of a listener that speaks TLS. */
export const tlsKeys = {
  tls: z
    .literal('own')
    .optional()
    .describe("Spoor's own certificate and authority (spoor enroll), in place of certificate, key and ca."),
  certificate: file.describe(
    'PEM file: our certificate, then those between it and its authority. Read again when it changes.',
  ),
  key: file.describe("PEM file: our certificate's private key. Read again when it changes."),
  ca: file.describe('PEM file: authorities whose certificates senders may have. Read again when it changes.'),
  revoked: file.describe(
    'File with serial numbers of certificates that hold no more: hex, a line each. Read again when it changes.',
  ),
  clients: z
    .enum(['required', 'optional'])
    .default('required')
    .describe('Must a sender show a certificate? One that is shown must be right in any case.'),
  reloadSeconds: seconds(10).describe('How often to look whether the files changed.'),
} as const;

type GivenKeys = z.output<z.ZodObject<typeof tlsKeys>>;

/** Files that are there, and how they are used. */
export type TlsKeys = Pick<GivenKeys, 'clients' | 'reloadSeconds'> & {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
  readonly revoked: string | null;
};

/** Throws E_CONFIG where a file is not named. (The server names its own files where `tls: own` is said.) */
export function wholeKeys({ certificate, key, ca, revoked, clients, reloadSeconds }: GivenKeys): TlsKeys {
  if (certificate === undefined || key === undefined || ca === undefined)
    throw new AppError('E_CONFIG', 'a listener with TLS needs certificate, key and ca, or "tls: own"');
  return { certificate, key, ca, revoked: revoked ?? null, clients, reloadSeconds };
}
