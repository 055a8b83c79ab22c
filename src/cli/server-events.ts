import { type IncomingMessage, request } from 'node:http';
import { AppError } from '../core/errors.ts';
import type { Layout } from '../server/paths.ts';
import { answerOf, saidWho, serverAway } from './server-client.ts';

const LONGEST = 4 << 20;

/** An event of a stream (HTML Living Standard, 9.2, server-sent events). */
export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Follows a stream of the server that runs in a data folder, until it ends or `signal` aborts. Throws as `askServer` does. */
export async function* serverEvents(layout: Layout, path: string, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  const answer = await new Promise<IncomingMessage>((done, failed) => {
    const asking = request({ socketPath: layout.socket, path, signal, headers: saidWho() }, done);
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
      const [event, data] = [fieldOf(block, 'event'), fieldOf(block, 'data')];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}

/** Lines end at LF alone: U+2028 and U+2029, at which a pattern's `.` and `$` stop, may stand in what a stranger wrote. */
function fieldOf(block: string, name: string): string | undefined {
  const line = block.split('\n').find((one) => one.startsWith(`${name}: `));
  return line?.slice(name.length + 2);
}
