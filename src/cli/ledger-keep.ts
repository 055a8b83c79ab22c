import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type * as z from 'zod';
import { erased, kept } from '../api/schemas/keeping.ts';
import { AppError } from '../core/errors.ts';
import { counted, printable } from '../core/text.ts';
import { trustIn } from '../ledger/cosign-folder.ts';
import { eraseRecords, stayWords } from '../ledger/keep/erase.ts';
import { changeRetention, placeHold, releaseHold, standingHolds } from '../ledger/keep/hold.ts';
import type { PrunePlan } from '../ledger/keep/plan.ts';
import { type KeepFolder, planOf, prune } from '../ledger/keep/prune.ts';
import type { IndexRange } from '../ledger/log.ts';
import { readingDisk } from '../ledger/secrecy/at-rest.ts';
import { policyOf } from '../ledger/verdict.ts';
import { addErasure } from '../server/erasures.ts';
import { type Layout, layout } from '../server/paths.ts';
import { LEDGER_FOLDER, type LedgerOptions, ledgerArguments, onLedger } from './about-ledger.ts';
import { defaultWho } from './default-who.ts';
import { holdingServer } from './holding-server.ts';
import { indexRange } from './index-range.ts';
import { type KeyFileOptions, keyFileOf, keyFileOption, keysOfFolder } from './key-file.ts';
import { ledgerKey, openForWriting, type WritingLedger } from './ledger-writing.ts';
import { askServer } from './server-client.ts';

type Exit = (code: number) => void;

const nowUs = () => Date.now() * 1000;

/** Adds what keeps and forgets: `prune`, `hold`, `release`, `erase`, `holds`, `retention`. */
export function registerKeeping(ledger: Command, exit: Exit): void {
  const named = (name: string, others: Readonly<Record<string, string>> = {}) =>
    keyFileOption(ledgerArguments(ledger.command(name), LEDGER_FOLDER, others));
  const pruning = named('prune')
    .description('give up the records that are older than the policy keeps them, and not held')
    .option('--dry-run', 'only say what would go')
    .option('--who <name>', 'who gives the order, as the prune record states it', defaultWho());
  onLedger(pruning, exit, pruneFolder);
  const holding = named('hold', { id: 'a name for the hold, such as a case’s number' })
    .description('keep records whatever their age, until the hold is released')
    .requiredOption('--reason <text>', 'why; it stands in the log for ever')
    .option('--stream <name>', 'only records of this stream')
    .option('--range <range>', 'only these records: INDEX or INDEX..INDEX');
  onLedger(holding, exit, holdRecords);
  onLedger(named('release', { id: 'the hold’s name' }).description('end a hold'), exit, release);
  const erasing = named('erase', { range: 'INDEX or INDEX..INDEX' })
    .description('erase the payloads of erasable records; that they were there still shows')
    .option('--who <name>', 'who gives the order, as the record states it', defaultWho())
    .option('--reason <text>', 'why; it stands in the log for ever, so name nobody');
  onLedger(erasing, exit, erase);
  onLedger(named('holds').description('list the holds that stand'), exit, listHolds);
  const retaining = named('retention', { duration: 'at least so long: P365D, say' })
    .description('change how long records are kept; what is there stays as long as the longer of the two says')
    .option('--maximum <duration>', 'and no longer than that');
  onLedger(retaining, exit, retain);
}

interface FolderOptions extends KeyFileOptions, LedgerOptions {}

interface RetentionCommand extends FolderOptions {
  readonly maximum?: string | null;
}

interface PruneCommand extends FolderOptions {
  readonly dryRun?: true;
  readonly who: string;
}

interface EraseCommand extends FolderOptions {
  readonly who: string;
  readonly reason?: string;
}

interface HoldCommand extends FolderOptions {
  readonly reason: string;
  readonly stream?: string;
  readonly range?: string;
}

/** What the folder is checked against before anything goes: its own key, and the witnesses of its policy file. */
async function keepFolder(dir: string, options: KeyFileOptions): Promise<KeepFolder> {
  const key = ledgerKey(dir);
  const disk = readingDisk(dir, key.name, keysOfFolder(dir, options));
  return { disk, trust: await trustIn(disk, key.name, policyOf([key])) };
}

async function writing(
  dir: string,
  options: KeyFileOptions,
  work: (opened: WritingLedger, folder: KeepFolder) => Promise<unknown>,
): Promise<number> {
  const { trust } = await keepFolder(dir, options);
  const opened = await openForWriting(dir, { keyFile: keyFileOf(options) });
  try {
    await work(opened, { disk: opened.disk, trust });
  } finally {
    await opened.close();
  }
  return 0;
}

const said = (index: number) => process.stdout.write(`record ${index}\n`);

async function pruneFolder(dir: string, { dryRun, who, ...options }: PruneCommand): Promise<number> {
  if (who.trim() === '') throw new AppError('E_USAGE', '--who names nobody');
  if (dryRun) {
    tellPlan(await planOf(await keepFolder(dir, options), nowUs()), 'would go');
    return 0;
  }
  await notByServer(dir, 'gives up what is old enough by itself, once a day');
  return writing(dir, options, async ({ ledger }, folder) => {
    const { plan, gone, waits } = await prune({ ...folder, ledger, who, nowUs: nowUs() });
    tellPlan(plan, 'may go');
    if (waits !== null) process.stdout.write(`${printable(`waits: ${waits}`)}\n`);
    process.stdout.write(`${counted(gone, 'record was', 'records were')} given up\n`);
  });
}

function tellPlan({ current, minimum, byAge, before, heldBy, overdue }: PrunePlan, words: string): void {
  const lines = [
    before === null
      ? 'the policy states no retention: nothing is ever given up'
      : `records received before ${before.slice(0, 19)}Z are old enough`,
    minimum === current ? `no record ${words}` : `records ${current}..${minimum - 1} ${words}`,
    ...heldBy.map(({ id, reason }) => `held by "${id}": ${reason}`),
    ...(byAge > minimum
      ? [`holds keep ${counted(byAge - minimum, 'record that is', 'records that are')} old enough`]
      : []),
    ...(overdue > 0
      ? [`at least ${counted(overdue, 'record is', 'records are')} older than the policy's maximum`]
      : []),
  ];
  for (const line of lines) process.stdout.write(`${printable(line)}\n`);
}

async function holdRecords(
  dir: string,
  { reason, stream, range, ...options }: HoldCommand,
  id: string,
): Promise<number> {
  const hold = {
    id,
    reason,
    ...(stream !== undefined && { stream }),
    ...(range !== undefined && { range: indexRange(range) }),
  };
  const server = await holdingServer(dir);
  if (server === null) return writing(dir, options, ({ ledger }, folder) => placeHold(folder, ledger, hold).then(said));
  return ordered(server, 'hold', {
    id,
    reason,
    ...(stream !== undefined && { stream }),
    ...(hold.range && { first: String(hold.range.first), last: String(hold.range.last) }),
  });
}

async function release(dir: string, options: FolderOptions, id: string): Promise<number> {
  const server = await holdingServer(dir);
  if (server !== null) return ordered(server, 'release', { id });
  return writing(dir, options, ({ ledger }, folder) => releaseHold(folder, ledger, id).then(said));
}

/** Has the server that writes to the ledger do it. */
async function ordered(server: Layout, what: string, wish: Readonly<Record<string, string>>): Promise<number> {
  said(kept.parse(await askServer(server, 'POST', `/api/v1/ledger/${what}?${new URLSearchParams(wish)}`)).index);
  return 0;
}

/** Throws E_USAGE where a server writes to the ledger, which does this itself. */
async function notByServer(dir: string, words: string): Promise<void> {
  const server = await holdingServer(dir);
  if (server !== null) throw new AppError('E_USAGE', `the server that runs in ${server.data} ${words}`);
}

async function retain(
  dir: string,
  { maximum = null, ...options }: RetentionCommand,
  retention: string,
): Promise<number> {
  await notByServer(dir, 'states what keep.ledger in its spoor.yml says');
  return writing(dir, options, ({ ledger }, folder) =>
    changeRetention(folder, ledger, { retention, maximum }).then(said),
  );
}

async function erase(dir: string, { who, reason, ...options }: EraseCommand, range: string): Promise<number> {
  if (who.trim() === '') throw new AppError('E_USAGE', '--who names nobody');
  const { first, last } = indexRange(range);
  const server = await holdingServer(dir);
  if (server === null)
    return writing(dir, options, async ({ ledger }, folder) => {
      const pipeline = pipelineOf(dir);
      const before = (range: IndexRange) => (pipeline === null ? undefined : addErasure(pipeline, range));
      const told = await eraseRecords(folder, ledger, { first, last, who, reason }, before);
      tellErased({ ...told, index: pipeline && 'the server’s index has it until the server is started' });
    });
  const wish = { first: String(first), last: String(last), by: who, ...(reason !== undefined && { reason }) };
  const answer = await askServer(server, 'POST', `/api/v1/ledger/erase?${new URLSearchParams(wish)}`);
  tellErased(erased.parse(answer));
  return 0;
}

/** Where the server to which this ledger belongs keeps how far its index is; null where there is none. */
function pipelineOf(dir: string): string | null {
  const whole = resolve(dir);
  const { ledger, pipeline } = layout(dirname(whole));
  return basename(whole) === basename(ledger) && existsSync(pipeline) ? pipeline : null;
}

function tellErased({ erased: gone, stays, index }: z.output<typeof erased>): void {
  const lines = [
    `${counted(gone, 'payload was', 'payloads were')} erased`,
    ...(stays.length > 0 ? [`not erased: ${stayWords(stays)}`] : []),
    ...(index === null ? [] : [`still to go: ${index}`]),
  ];
  for (const line of lines) process.stdout.write(`${printable(line)}\n`);
}

async function listHolds(dir: string, options: FolderOptions): Promise<number> {
  for (const { id, index, rt, reason, stream, first, last } of await standingHolds(await keepFolder(dir, options))) {
    const what = [stream === null ? 'all streams' : `stream ${stream}`, `records ${first ?? 0}..${last ?? ''}`];
    process.stdout.write(`${printable(`${id}  ${rt}  ${what.join(', ')}  (record ${index}): ${reason}`)}\n`);
  }
  return 0;
}
