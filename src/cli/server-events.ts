import { type IncomingMessage, request } from 'node:http';
import { AppError } from '../core/errors.ts';
import type { Layout } from '../server/paths.ts';
import { answerOf, serverAway } from './server-client.ts';

const LONGEST = 4 << 20;

/** An event of a stream (HTML Living Standard, 9.2, server-sent events). */
export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Follows a stream of the server that runs in a data folder, until it ends or `signal` aborts. Throws as `askServer` does. */
export async function* serverEvents(layout: Layout, path: string, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  const answer = await new Promise<IncomingMessage>((done, failed) => {
    const asking = request({ socketPath: layout.socket, path, signal }, done);
    asking.once('error', (cause: NodeJS.ErrnoException) => failed(serverAway(cause, layout)));
    asking.end();
  });
  if (answer.statusCode !== 200) await answerOf(answer);
  answer.setEncoding('utf8');
  let text = '';
  for await (const piece of answer as AsyncIterable<string>) {
    text += piece;
    if (text.length > LONGEST) throw new AppError('E_TOO_LARGE', 'an event of the server does not end');
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}
