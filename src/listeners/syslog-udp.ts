import * as z from 'zod';
import { defineSource, type SourceNote } from '../core/stages.ts';
import { type Datagrams, serveDatagrams, udpSettings } from './udp/serve.ts';

/**
 * Syslog over UDP: one datagram, one message (RFC 5426 §3.1). Whoever sends is not authenticated, and what is lost on the way nobody knows;
 * what the kernel drops here is counted. Prefer relp-tls.
 */
export default defineSource({
  name: 'syslog-udp',
  isUnacknowledged: true,
  config: z.strictObject(udpSettings(514)),
  run: (settings, context) => serveDatagrams(settings, context, new Messages()),
});

/** Each datagram is a message, as it came. */
class Messages implements Datagrams {
  #empty = 0;

  // Hot path: once per datagram.
  take(bytes: Buffer): Buffer | null {
    if (bytes.length > 0) return bytes;
    this.#empty += 1;
    return null;
  }

  check(): readonly SourceNote[] {
    const count = this.#empty;
    this.#empty = 0;
    return count === 0 ? [] : [{ kind: 'refused', reason: 'empty', count, detail: 'datagrams without a byte' }];
  }
}
