import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { type Policy, parsePolicy } from '../core/tlog/policy.ts';
import { eraseRecords } from '../ledger/keep/erase.ts';
import { changeRetention, placeHold, releaseHold, standingHolds } from '../ledger/keep/hold.ts';
import type { PrunePlan } from '../ledger/keep/plan.ts';
import { type KeepFolder, planOf, prune } from '../ledger/keep/prune.ts';
import { readingDisk } from '../ledger/secrecy/at-rest.ts';
import { policyOf } from '../ledger/verdict.ts';
import { defaultWho } from './default-who.ts';
import { indexRange } from './index-range.ts';
import { type KeyFileOptions, keyFileOf, keyFileOption, keysOfFolder } from './key-file.ts';
import { ledgerKey, openForWriting, type WritingLedger } from './ledger-writing.ts';
import { onDisk } from './log-trust.ts';

type Exit = (code: number) => void;

const FOLDER = 'the ledger’s folder';
const nowUs = () => Date.now() * 1000;

/** Adds what keeps and forgets: `prune`, `hold`, `release`, `erase`, `holds`, `retention`. */
export function registerKeeping(ledger: Command, exit: Exit): void {
  keyFileOption(ledger.command('prune'))
    .description('give up the records that are older than the policy keeps them, and not held')
    .argument('<dir>', FOLDER)
    .option('--dry-run', 'only say what would go')
    .option('--who <name>', 'who gives the order, as the prune record states it', defaultWho())
    .action(async (dir: string, options: PruneCommand) => exit(await onDisk(() => pruneFolder(dir, options))));
  keyFileOption(ledger.command('hold'))
    .description('keep records whatever their age, until the hold is released')
    .argument('<dir>', FOLDER)
    .argument('<id>', 'a name for the hold, such as a case’s number')
    .requiredOption('--reason <text>', 'why; it stands in the log for ever')
    .option('--stream <name>', 'only records of this stream')
    .option('--range <range>', 'only these records: INDEX or INDEX..INDEX')
    .action(async (dir: string, id: string, options: HoldCommand) =>
      exit(await onDisk(() => holdRecords(dir, id, options))),
    );
  keyFileOption(ledger.command('release'))
    .description('end a hold')
    .argument('<dir>', FOLDER)
    .argument('<id>', 'the hold’s name')
    .action(async (dir: string, id: string, options: KeyFileOptions) =>
      exit(
        await onDisk(() => writing(dir, options, ({ ledger: log }, folder) => releaseHold(folder, log, id).then(said))),
      ),
    );
  keyFileOption(ledger.command('erase'))
    .description('erase the payloads of erasable records; that they were there still shows')
    .argument('<dir>', FOLDER)
    .argument('<range>', 'INDEX or INDEX..INDEX')
    .option('--who <name>', 'who gives the order, as the record states it', defaultWho())
    .action(async (dir: string, range: string, options: KeyFileOptions & { who: string }) =>
      exit(await onDisk(() => erase(dir, range, options))),
    );
  keyFileOption(ledger.command('holds'))
    .description('list the holds that stand')
    .argument('<dir>', FOLDER)
    .action(async (dir: string, options: KeyFileOptions) => exit(await onDisk(() => listHolds(dir, options))));
  registerRetention(ledger, exit);
}

function registerRetention(ledger: Command, exit: Exit): void {
  keyFileOption(ledger.command('retention'))
    .description('change how long records are kept; what is there stays as long as the longer of the two says')
    .argument('<dir>', FOLDER)
    .argument('<duration>', 'at least so long: P365D, say')
    .option('--maximum <duration>', 'and no longer than that')
    .action(async (dir: string, retention: string, { maximum = null, ...options }: RetentionCommand) =>
      exit(
        await onDisk(() =>
          writing(dir, options, ({ ledger: log }, folder) =>
            changeRetention(folder, log, { retention, maximum }).then(said),
          ),
        ),
      ),
    );
}

interface RetentionCommand extends KeyFileOptions {
  readonly maximum?: string | null;
}

interface PruneCommand extends KeyFileOptions {
  readonly dryRun?: true;
  readonly who: string;
}

interface HoldCommand extends KeyFileOptions {
  readonly reason: string;
  readonly stream?: string;
  readonly range?: string;
}

/** What the folder is checked against before anything goes: its own key, and the witnesses of its policy file. */
function keepFolder(dir: string, options: KeyFileOptions): KeepFolder {
  const key = ledgerKey(dir);
  const own = policyOf([key]);
  const path = join(dir, 'policy.txt');
  const trust: Policy = existsSync(path) ? parsePolicy(readFileSync(path, 'utf8')) : own;
  return { disk: readingDisk(dir, key.name, keysOfFolder(dir, options)), trust: { ...trust, logs: own.logs } };
}

async function writing(
  dir: string,
  options: KeyFileOptions,
  work: (opened: WritingLedger, folder: KeepFolder) => Promise<unknown>,
): Promise<number> {
  const { trust } = keepFolder(dir, options);
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
    tellPlan(await planOf(keepFolder(dir, options), nowUs()), 'would go');
    return 0;
  }
  return writing(dir, options, async ({ ledger }, folder) => {
    const { plan, gone, waits } = await prune({ ...folder, ledger, who, nowUs: nowUs() });
    tellPlan(plan, 'may go');
    if (waits !== null) process.stdout.write(`${printable(`waits: ${waits}`)}\n`);
    process.stdout.write(`${gone} records were given up\n`);
  });
}

function tellPlan({ current, minimum, byAge, before, heldBy, overdue }: PrunePlan, words: string): void {
  const lines = [
    before === null
      ? 'the policy states no retention: nothing is ever given up'
      : `records received before ${before.slice(0, 19)}Z are old enough`,
    minimum === current ? `no record ${words}` : `records ${current}..${minimum - 1} ${words}`,
    ...heldBy.map(({ id, reason }) => `held by "${id}": ${reason}`),
    ...(byAge > minimum ? [`holds keep ${byAge - minimum} records that are old enough`] : []),
    ...(overdue > 0 ? [`at least ${overdue} records are older than the policy's maximum`] : []),
  ];
  for (const line of lines) process.stdout.write(`${printable(line)}\n`);
}

async function holdRecords(
  dir: string,
  id: string,
  { reason, stream, range, ...options }: HoldCommand,
): Promise<number> {
  const hold = {
    id,
    reason,
    ...(stream !== undefined && { stream }),
    ...(range !== undefined && { range: indexRange(range) }),
  };
  return writing(dir, options, ({ ledger }, folder) => placeHold(folder, ledger, hold).then(said));
}

async function erase(
  dir: string,
  range: string,
  { who, ...options }: KeyFileOptions & { readonly who: string },
): Promise<number> {
  if (who.trim() === '') throw new AppError('E_USAGE', '--who names nobody');
  return writing(dir, options, async ({ ledger }, folder) => {
    const gone = await eraseRecords(folder, ledger, { ...indexRange(range), who });
    process.stdout.write(`${gone} payloads were erased\n`);
  });
}

async function listHolds(dir: string, options: KeyFileOptions): Promise<number> {
  for (const { id, index, rt, reason, stream, first, last } of await standingHolds(keepFolder(dir, options))) {
    const what = [stream === null ? 'all streams' : `stream ${stream}`, `records ${first ?? 0}..${last ?? ''}`];
    process.stdout.write(`${printable(`${id}  ${rt}  ${what.join(', ')}  (record ${index}): ${reason}`)}\n`);
  }
  return 0;
}
