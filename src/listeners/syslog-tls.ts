import * as z from 'zod';
import { defineSource } from '../core/stages.ts';
import { serveStream } from './stream/serve.ts';
import { bindHost, bindPort, streamLimits, tlsKeys, wholeKeys } from './stream/settings.ts';
import { SyslogStream } from './stream/syslog-stream.ts';
import { tlsDoor } from './stream/tls-door.ts';

/**
 * Syslog over TLS with certificates of senders (RFC 5425). There is no acknowledgement: what was under way when a connection breaks is lost,
 * and the sender does not know. Prefer relp-tls.
 */
export default defineSource({
  name: 'syslog-tls',
  isUnacknowledged: true,
  config: z.strictObject({ host: bindHost, port: bindPort(6514), ...tlsKeys, ...streamLimits }),
  async run({ host, port, tls, certificate, key, ca, revoked, clients, reloadSeconds, ...limits }, context) {
    const { maxFrameBytes, openSeconds } = limits;
    const keys = wholeKeys({ tls, certificate, key, ca, revoked, clients, reloadSeconds });
    const door = await tlsDoor(keys, openSeconds, context);
    const listener = { scheme: 'tls', host, port, limits, door };
    await serveStream({ ...listener, speak: (sender) => new SyslogStream(sender, maxFrameBytes) }, context);
  },
});
