import { once } from 'node:events';
import type { Command } from 'commander';
import type { FoundEvent } from '../../api/asking.ts';
import { AppError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { dataOption } from '../data-option.ts';
import { interruptible } from '../evidence.ts';
import { eventLine, queryOf, type Showing, showingOf, underQuery } from '../found-lines.ts';
import { layoutOf } from '../server-client.ts';
import { type ServerEvent, serverEvents } from '../server-events.ts';
import type { CliCommand } from './index.ts';

interface TailOptions {
  readonly data?: string;
  readonly last: string;
  readonly json?: boolean;
}

/** `spoor tail`: events as they come into the index. */
export default {
  name: 'tail',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('tail'))
      .description('show events as they come into the index, until it is interrupted')
      .allowUnknownOption() // "-word" is of the query
      .argument('[query...]', 'what they must be, as for search')
      .option('--last <n>', 'begin with the newest so many', '10')
      .option('--json', 'one JSON document a line')
      .action(async (words: string[], options: TailOptions) => exit(await run(queryOf(words), options)));
  },
} satisfies CliCommand;

async function run(q: string, { data, last, json }: TailOptions): Promise<number> {
  const signal = interruptible();
  const layout = layoutOf(data);
  const showing = showingOf(process.stdout);
  const path = `/api/v1/tail?${new URLSearchParams({ q, last })}`;
  try {
    await underQuery(q, async () => {
      for await (const one of serverEvents(layout, path, signal)) await show(one, showing, json === true);
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (!signal.aborted) throw new AppError('E_UNAVAILABLE', 'the server ended the stream');
  return 0;
}

async function show({ event, data }: ServerEvent, showing: Showing, json: boolean): Promise<void> {
  if (event === 'event') {
    const found = data as FoundEvent;
    const text = json ? `${JSON.stringify(found)}\n` : eventLine(found, showing);
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
    return;
  }
  const { events, words, detail } = data as { events?: number; words?: string; detail?: string };
  if (event === 'end') throw new AppError('E_UNAVAILABLE', `the server ended the stream: ${detail}`);
  const what = event === 'missed' ? `${events} more came at once and are not shown: ask for less` : String(words);
  process.stderr.write(`-- ${printable(what, 300)}\n`);
}
