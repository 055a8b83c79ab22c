import * as z from 'zod';
import { defineSource } from '../core/stages.ts';
import { LumberjackSession } from './lumberjack/session.ts';
import { doorFor, optionalTls } from './stream/optional-tls.ts';
import { serveStream } from './stream/serve.ts';
import { bindHost, bindPort, streamLimits } from './stream/settings.ts';

const MIB = 1 << 20;

/**
 * Lumberjack version 2, which Beats speak to Logstash: over TCP, or TLS when a certificate is named. A record is an event's JSON as it came.
 * Events are acknowledged when they are durable here; what was not, the sender sends again.
 */
export default defineSource({
  name: 'lumberjack',
  config: z.strictObject({
    host: bindHost,
    port: bindPort(5044),
    ...optionalTls,
    ...streamLimits,
    maxCompressedBytes: z
      .int()
      .min(1024)
      .max(256 * MIB)
      .default(32 * MIB)
      .describe('The longest compressed frame, bytes, packed as well as unpacked. It holds many events.'),
  }),
  async run({ host, port, maxCompressedBytes, ...settings }, context) {
    const { scheme, door } = await doorFor(settings, context);
    const limits = { maxEvent: settings.maxFrameBytes, maxCompressed: maxCompressedBytes };
    const listener = { scheme, host, port, limits: settings, door };
    await serveStream({ ...listener, speak: (sender) => new LumberjackSession(sender, limits) }, context);
  },
});
