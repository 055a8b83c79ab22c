import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { counted } from '../../core/text.ts';
import type { Policy } from '../../core/tlog/policy.ts';
import { trustIn } from '../../ledger/cosign-folder.ts';
import { realDisk } from '../../ledger/disk.ts';
import { evidenceOut } from '../../ledger/export/evidence-file.ts';
import { type Exported, exportEvidence } from '../../ledger/export/export.ts';
import type { Wanted } from '../../ledger/export/selection.ts';
import type { LedgerSource } from '../../ledger/source.ts';
import { ANY_LEDGER, type LedgerOptions, ledgerAmong } from '../about-ledger.ts';
import { dataOption } from '../data-option.ts';
import { INDEX_RANGE, indexRange } from '../index-range.ts';
import { isUrl, onDisk, openLog, type TrustOptions, trustFor, trustOptions } from '../log-trust.ts';
import type { CliCommand } from './index.ts';

interface Options extends TrustOptions, LedgerOptions {
  readonly stream?: string;
  readonly since?: string;
  readonly until?: string;
  readonly uncosigned?: true;
}

/** `spoor export`: records as evidence that others check without us. */
export default {
  name: 'export',
  register(program: Command, exit: (code: number) => void) {
    const command = dataOption(program.command('export'))
      .description(
        'write records as evidence: with proofs, a script that checks them, and a page that says what they prove',
      )
      .usage('[options] [ledger] [INDEX or INDEX..INDEX] <out>')
      .argument(
        '<what...>',
        `${ANY_LEDGER} (default: the ledger of the data folder); the records; and the new folder, or the new file NAME.zip, to write to`,
      );
    trustOptions(command)
      .option('--stream <name>', 'all records of this stream: nothing is missing between the first and the last')
      .option('--since <instant>', 'received at or after (RFC 3339)')
      .option('--until <instant>', 'received at or before (RFC 3339)')
      .option('--uncosigned', 'also without the witnesses that the policy demands; the evidence says so')
      .action(async (words: readonly string[], options: Options) => {
        const { ledger, rest } = ledgerAmong(words, othersAmong(words, options), options);
        exit(await onDisk(() => run(ledger, rest, options)));
      });
  },
} satisfies CliCommand;

/** How many of the words are not the ledger: the last, and a range before it. Of two, the first is a range or the ledger. */
function othersAmong(words: readonly string[], { data }: Options): number {
  const range = words[words.length - 2] ?? '';
  return data !== undefined ? words.length : INDEX_RANGE.test(range) ? 2 : 1;
}

async function run(where: string, what: readonly string[], options: Options): Promise<number> {
  const { wanted, out: path } = wantedOf(what, options);
  const policy = await policyFor(where, options);
  const source = await openLog(where, options);
  const out = await evidenceOut(path);
  let done: Exported;
  try {
    done = await exportEvidence(source, out, { wanted, policy });
    await out.finish();
  } catch (error) {
    await out.drop();
    throw explained(error);
  } finally {
    await closed(source);
  }
  const witnesses = done.witnessedBy.length === 0 ? 'no witness' : `witnesses ${done.witnessedBy.join(', ')}`;
  process.stdout.write(
    `${counted(done.records, 'record')} from ${done.first} to ${done.last}, under ${done.size}, ${witnesses}\n`,
  );
  return 0;
}

function wantedOf(what: readonly string[], options: Options): { readonly wanted: Wanted; readonly out: string } {
  const [range, out] = what.length === 1 ? [null, what[0]] : what;
  if (what.length > 2 || out === undefined || out === '')
    throw new AppError('E_USAGE', 'give what to export and where to: spoor export [LEDGER] INDEX..INDEX OUT');
  const wanted = {
    range: range === null || range === undefined ? null : indexRange(range),
    stream: options.stream ?? null,
    sinceUs: options.since === undefined ? null : instant('--since', options.since),
    untilUs: options.until === undefined ? null : instant('--until', options.until),
  };
  if (Object.values(wanted).every((one) => one === null))
    throw new AppError('E_USAGE', 'say which records: INDEX..INDEX, --stream, --since or --until');
  return { wanted, out };
}

const INSTANT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Microseconds since 1970. */
function instant(option: string, text: string): number {
  const ms = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new AppError(
      'E_USAGE',
      `${option} "${text.slice(0, 80)}" is no instant: give RFC 3339, such as 2026-03-09T10:00:00Z`,
    );
  return ms * 1000;
}

/** The policy that was given; else the ledger's own, whose witnesses the reader of the evidence may know. */
async function policyFor(where: string, options: Options): Promise<Policy> {
  const { policy } = trustFor(where, options);
  const [log] = policy.logs;
  const isFolder = options.policy === undefined && !isUrl(where) && log;
  const whole = isFolder ? await trustIn(realDisk(where), log.key.name, policy) : policy;
  return options.uncosigned ? { ...whole, quorum: null } : whole;
}

function explained(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'E_UNAVAILABLE' || !error.message.startsWith('too few'))
    return error;
  return new AppError(error.code, `${error.message}. Wait for them, or export with --uncosigned`, { cause: error });
}

async function closed(source: LedgerSource): Promise<void> {
  if ('close' in source && typeof source.close === 'function') await source.close();
}
