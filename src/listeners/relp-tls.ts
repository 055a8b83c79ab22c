import * as z from 'zod';
import { defineSource } from '../core/stages.ts';
import { RelpSession } from './relp/session.ts';
import { serveStream } from './stream/serve.ts';
import { bindHost, bindPort, streamLimits, tlsKeys, wholeKeys } from './stream/settings.ts';
import { tlsDoor } from './stream/tls-door.ts';

/** RELP over TLS with certificates of senders: each message is acknowledged when it is durable here. */
export default defineSource({
  name: 'relp-tls',
  config: z.strictObject({ host: bindHost, port: bindPort(2515), ...tlsKeys, ...streamLimits }),
  async run({ host, port, tls, certificate, key, ca, revoked, clients, reloadSeconds, ...limits }, context) {
    const { maxFrameBytes, openSeconds } = limits;
    const keys = wholeKeys({ tls, certificate, key, ca, revoked, clients, reloadSeconds });
    const door = await tlsDoor(keys, openSeconds, context);
    const listener = { scheme: 'relp-tls', host, port, limits, door };
    await serveStream({ ...listener, speak: (sender) => new RelpSession(sender, maxFrameBytes) }, context);
  },
});
