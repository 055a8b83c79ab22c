import * as z from 'zod';
import { defineSource } from '../core/stages.ts';
import { GelfStream } from './gelf/stream.ts';
import { doorFor, optionalTls } from './stream/optional-tls.ts';
import { serveStream } from './stream/serve.ts';
import { bindHost, bindPort, streamLimits } from './stream/settings.ts';

/**
 * GELF 1.1 over TCP, or TLS when a certificate is named: messages that a NUL ends. A record is the message's JSON. There is no
 * acknowledgement: what was under way when a connection breaks is lost, and the sender does not know. Prefer gelf-http.
 */
export default defineSource({
  name: 'gelf-tcp',
  isUnacknowledged: true,
  config: z.strictObject({ host: bindHost, port: bindPort(12_201), ...optionalTls, ...streamLimits }),
  async run({ host, port, ...settings }, context) {
    const { scheme, door } = await doorFor(settings, context);
    const { maxFrameBytes } = settings;
    const listener = { scheme, host, port, limits: settings, door };
    await serveStream({ ...listener, speak: (sender) => new GelfStream(sender, maxFrameBytes) }, context);
  },
});
