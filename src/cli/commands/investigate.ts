import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import type { Refusal } from '../../evidence/index.ts';
import { toJson } from '../../report/json.ts';
import type { Story } from '../../trace/story.ts';
import { type AbuseOptions, abuseOptions, asksForDrafts } from '../abuse-options.ts';
import { checkBlockList, FORM_NAMES, writeBlockList } from '../blocklist.ts';
import {
  denyUnread,
  EVIDENCE,
  type EvidenceOptions,
  evidenceOptions,
  interruptible,
  lookOf,
  readStory,
  wholeNumber,
} from '../evidence.ts';
import { type LiveOptions, liveOptions } from '../live-options.ts';
import { checkLanguage, languageOf, writePage } from '../page.ts';
import { writeTables } from '../tables.ts';
import type { CliCommand } from './index.ts';

/** Exit code of `--fail-on` when the verdict is that bad. */
const FAILED_ON = 10;
const TOP_IN_DOCUMENTS = 1000;
const OWN_LOGS = '/var/log';
const SAMPLE = fileURLToPath(new URL('../../../sample/incident', import.meta.url));
/** When the sample was taken: its stamps have no year, and a checkout keeps no file times. */
const SAMPLE_TAKEN = '2026-11-21T12:00:00Z';

interface Options extends EvidenceOptions, AbuseOptions, LiveOptions {
  readonly top?: number;
  readonly json?: true;
  readonly csv?: string;
  readonly html?: string;
  readonly lang?: string;
  readonly blocklist?: string;
  readonly expire?: string;
  readonly attacker?: string;
  readonly session?: string;
  readonly timeline?: true;
  readonly failOn?: string;
}

/** `spoor investigate`: files in, a verdict out. */
export default {
  name: 'investigate',
  register(program: Command, exit: (code: number) => void) {
    const command = program
      .command('investigate')
      .description('read logs and say who got in, how, what they did, and what is missing')
      .argument('[path...]', `${EVIDENCE} (default: /var/log)`)
      .option('--json', 'print the whole story as one JSON document')
      .option('--csv <folder>', 'write it as CSV tables into this folder')
      .option('--html <file>', 'write it as one page that needs no network and runs no script')
      .option('--lang <language>', 'language that the page opens with: en or ko (default: this machine’s)')
      .option('--blocklist <form>', `print the networks to block, to paste: ${FORM_NAMES}`)
      .option(
        '--expire <duration>',
        'how long an entry of the block list lasts, where the form knows that (default: 30d)',
      )
      .option('--attacker <address>', 'tell all of one attacker')
      .option('--session <id>', 'tell all of one session')
      .option(
        '--host <name>',
        'tell all of one host; it is also the host of lines that neither they nor their folder name',
      )
      .option('--timeline', 'tell everything in the order of time')
      .option('--top <n>', 'how many attackers to list (0: all)', wholeNumber)
      .option('--fail-on <verdict>', 'exit with 10 when the verdict is this bad: attacked or breached');
    evidenceOptions(abuseOptions(liveOptions(command))).action(async (paths: string[], options: Options) =>
      exit(await investigate(paths, options)),
    );
  },
} satisfies CliCommand;

/** Without a path: this machine's logs; where they tell nothing, the sample incident, so that there is something to see. */
async function investigate(paths: readonly string[], options: Options): Promise<number> {
  check(options);
  if (options.live) return investigateLive(paths, options);
  const drafts = asksForDrafts(options) ? await import('../abuse.ts') : null;
  await drafts?.checkAbuse(options);
  const signal = interruptible();
  const reading = { ...options, top: options.top === undefined ? TOP_IN_DOCUMENTS : options.top || Infinity };
  if (paths.length > 0 || options.source.length > 0) {
    const refusals: Refusal[] = [];
    const story = await readStory(paths, reading, signal, (refusal) => refusals.push(refusal));
    if (!signal.aborted) denyUnread(story, refusals);
    await drafts?.writeAbuse(story, paths, options, signal);
    return tellAll(story, options);
  }
  const own = await readStory([OWN_LOGS], reading, signal);
  if (own.verdict !== 'cannot_tell') await drafts?.writeAbuse(own, [OWN_LOGS], options, signal);
  if (own.verdict !== 'cannot_tell' || signal.aborted) return tellAll(own, options);
  process.stderr.write(
    `spoor: ${OWN_LOGS} holds no login, session, command or web request. This is the sample incident:\n`,
  );
  const tz = options.tz.length > 0 ? options.tz : ['UTC'];
  return tellAll(await readStory([SAMPLE], { ...reading, now: SAMPLE_TAKEN, tz }, signal), options);
}

/** From what the server of this machine keeps. Drafts of abuse reports quote lines around the cited ones, which only files give. */
async function investigateLive(paths: readonly string[], options: Options): Promise<number> {
  if (asksForDrafts(options))
    throw new AppError('E_USAGE', '--abuse reads files: write them first with spoor export, or leave out --live');
  const { readLiveStory } = await import('../live-story.ts');
  const top = options.top ?? TOP_IN_DOCUMENTS;
  return tellAll(await readLiveStory(paths, { ...options, top }, interruptible()), options);
}

async function tellAll(story: Story, options: Options): Promise<number> {
  process.stdout.write(await tell(story, options));
  if (story.partial) process.stdin.destroy(); // a pipe that stays open must not keep us
  return failed(story, options.failOn) ? FAILED_ON : 0;
}

function check({ failOn, blocklist, expire, lang }: Options): void {
  if (failOn !== undefined && failOn !== 'attacked' && failOn !== 'breached')
    throw new AppError('E_USAGE', `--fail-on "${failOn.slice(0, 80)}": give attacked or breached`);
  checkBlockList(blocklist, expire);
  checkLanguage(lang);
}

// What tells a story takes time to load: only what is wanted is.
async function tell(story: Story, options: Options): Promise<string> {
  if (options.csv !== undefined) {
    const { csvTables } = await import('../../report/csv.ts');
    await writeTables(options.csv, csvTables(story));
  }
  if (options.html !== undefined) await writePage(options.html, story, languageOf(options.lang, process.env));
  if (options.json) return toJson(story);
  if (options.blocklist !== undefined) return writeBlockList(story, options.blocklist, options.expire);
  const { liveText } = await import('../../report/live.ts');
  return `${await screen(story, options)}${liveText(story, lookOf(options))}`;
}

async function screen(story: Story, options: Options): Promise<string> {
  const { attackerDetail, hostDetail, overview, sessionDetail, timeline } = await import('../../report/terminal.ts');
  const look = { ...lookOf(options), ...(options.top !== undefined && { top: options.top }) };
  if (options.attacker !== undefined) return attackerDetail(story, options.attacker, look);
  if (options.session !== undefined) return sessionDetail(story, options.session, look);
  if (options.host !== undefined && story.hosts.length > 1) return hostDetail(story, options.host, look);
  return options.timeline ? timeline(story, look) : overview(story, look);
}

function failed({ verdict }: Story, failOn: string | undefined): boolean {
  if (failOn === 'breached') return verdict === 'breached';
  return failOn === 'attacked' && (verdict === 'attacked' || verdict === 'breached');
}
