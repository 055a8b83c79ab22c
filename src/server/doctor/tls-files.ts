import type { Config } from '../config-schema.ts';
import { withOwnTls } from '../enrolment.ts';
import type { Layout } from '../paths.ts';

/** Files of a source that speaks TLS. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  /** Who may sign senders' certificates; absent where none is asked for. */
  readonly ca?: string;
  readonly clients: 'required' | 'optional';
}

/** The TLS files that a source's configuration names; null where it speaks none. */
export function tlsOf(source: Config['sources'][number], paths: Layout): TlsFiles | null {
  const { certificate, key, ca, clients, tls } = withOwnTls({ ...source }, paths.tls);
  if (typeof certificate === 'string' && typeof key === 'string' && typeof ca === 'string')
    return { certificate, key, ca, clients: clients === 'optional' ? 'optional' : 'required' };
  if (typeof tls !== 'object' || tls === null) return null;
  const own = tls as Record<string, unknown>;
  if (typeof own['certificate'] !== 'string' || typeof own['key'] !== 'string') return null;
  return { certificate: own['certificate'], key: own['key'], clients: 'optional' };
}
