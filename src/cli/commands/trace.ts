import type { Command } from 'commander';
import type { Refusal } from '../../evidence/index.ts';
import { liveText } from '../../report/live.ts';
import { storyOf, trailText } from '../../report/trail.ts';
import type { Story } from '../../trace/story.ts';
import { checkThing } from '../../trace/trail/name.ts';
import type { Thing } from '../../trace/trail/thing.ts';
import { followTrail } from '../../trace/trail.ts';
import {
  denyUnread,
  EVIDENCE,
  type EvidenceOptions,
  evidenceOptions,
  interruptible,
  lookOf,
  readStory,
} from '../evidence.ts';
import { type LiveOptions, liveOptions } from '../live-options.ts';
import { checkLanguage, languageOf, writePage } from '../page.ts';
import type { CliCommand } from './index.ts';

interface Options extends EvidenceOptions, LiveOptions {
  readonly json?: true;
  readonly html?: string;
  readonly lang?: string;
}

/** `spoor trace`: one thing, back to the first way in and on to all that it touched. */
export default {
  name: 'trace',
  register(program: Command, exit: (code: number) => void) {
    const command = program
      .command('trace')
      .description('follow one address, user, host or key: back to the first way in, on to all that it touched')
      .argument(
        '<thing>',
        'an address, a user, a host, a key’s fingerprint or its beginning; user:NAME where it could be two',
      )
      .argument('[path...]', EVIDENCE)
      .option('--json', 'print it as one JSON document')
      .option('--html <file>', 'write it as one page that needs no network and runs no script')
      .option('--lang <language>', 'language that the page opens with: en or ko (default: this machine’s)');
    evidenceOptions(liveOptions(command)).action(async (thing: string, paths: string[], options: Options) =>
      exit(await trace(thing, paths, options)),
    );
  },
} satisfies CliCommand;

async function trace(thing: string, paths: readonly string[], options: Options): Promise<number> {
  checkLanguage(options.lang);
  checkThing(thing);
  const signal = interruptible();
  const reading = { ...options, top: Number.POSITIVE_INFINITY };
  const story = await (options.live ? fromServer : fromFiles)(paths, reading, signal);
  const trail = followTrail(story, thing);
  if (options.html !== undefined)
    await writePage(options.html, titled(storyOf(trail, story), trail.thing), languageOf(options.lang, process.env));
  const look = lookOf(options);
  const text = options.json
    ? `${JSON.stringify(trail, null, 2)}\n`
    : `${trailText(trail, story, look)}${liveText(story, look)}`;
  process.stdout.write(text);
  if (story.partial) process.stdin.destroy(); // a pipe that stays open must not keep us
  return 0;
}

async function fromServer(
  paths: readonly string[],
  options: Options & { readonly top: number },
  signal: AbortSignal,
): Promise<Story> {
  const { readLiveStory } = await import('../live-story.ts');
  return readLiveStory(paths, options, signal);
}

async function fromFiles(
  paths: readonly string[],
  options: Options & { readonly top: number },
  signal: AbortSignal,
): Promise<Story> {
  const refusals: Refusal[] = [];
  const from = paths.length === 0 && options.source.length === 0 ? ['/var/log'] : paths;
  const story = await readStory(from, options, signal, (refusal) => refusals.push(refusal));
  if (!signal.aborted) denyUnread(story, refusals);
  return story;
}

/** The page says what it follows where it would say the case. */
function titled(story: Story, { kind, name }: Thing): Story {
  return { ...story, case: [story.case, `${kind} ${name}`].filter(Boolean).join(' · ') };
}
