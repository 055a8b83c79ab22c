import * as z from 'zod';
import { defineSource } from '../core/stages.ts';
import { openDoor, serveStream } from './stream/serve.ts';
import { bindHost, bindPort, streamLimits } from './stream/settings.ts';
import { SyslogStream } from './stream/syslog-stream.ts';

/**
 * Syslog over TCP, with both framings (RFC 6587). There is no acknowledgement: what was under way when a connection breaks is lost, and the
 * sender does not know. Prefer relp-tls.
 */
export default defineSource({
  name: 'syslog-tcp',
  isUnacknowledged: true,
  config: z.strictObject({ host: bindHost, port: bindPort(514), ...streamLimits }),
  async run({ host, port, ...limits }, context) {
    const { maxFrameBytes } = limits;
    const listener = { scheme: 'tcp', host, port, limits, door: openDoor };
    await serveStream({ ...listener, speak: (sender) => new SyslogStream(sender, maxFrameBytes) }, context);
  },
});
