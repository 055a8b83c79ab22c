import * as z from 'zod';
import { defineSource } from '../core/stages.ts';
import { RelpSession } from './relp/session.ts';
import { openDoor, serveStream } from './stream/serve.ts';
import { bindHost, bindPort, streamLimits } from './stream/settings.ts';

/** RELP: each message is acknowledged when it is durable here. Nobody is authenticated, and all can be read on the way: prefer relp-tls. */
export default defineSource({
  name: 'relp',
  config: z.strictObject({ host: bindHost, port: bindPort(2514), ...streamLimits }),
  async run({ host, port, ...limits }, context) {
    const { maxFrameBytes } = limits;
    const listener = { scheme: 'relp', host, port, limits, door: openDoor };
    await serveStream({ ...listener, speak: (sender) => new RelpSession(sender, maxFrameBytes) }, context);
  },
});
