import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { counted } from '../../core/text.ts';
import { parseCheckpoint } from '../../core/tlog/checkpoint.ts';
import { splitNote } from '../../core/tlog/note.ts';
import { Zone } from '../../core/zone.ts';
import { type CompareOptions, type Comparison, compareLines } from '../../ledger/compare/compare.ts';
import type { RecordFinding } from '../../ledger/compare/findings.ts';
import { KEY_BYTES } from '../../ledger/compare/keyed-hash.ts';
import { RULES } from '../../ledger/compare/line-key.ts';
import { StreamLines } from '../../ledger/compare/stream-lines.ts';
import { LedgerReader } from '../../ledger/reader.ts';
import { formatTime } from '../../ledger/record.ts';
import type { LedgerSource } from '../../ledger/source.ts';
import { judgedCheckpoint } from '../../ledger/verdict.ts';
import { ANY_LEDGER, type LedgerOptions, ledgerAmong } from '../about-ledger.ts';
import { openHostFiles } from '../compare-host.ts';
import { proveTold } from '../compare-proof.ts';
import { type Compared, comparisonText, proofCommand } from '../compare-text.ts';
import { dataOption } from '../data-option.ts';
import { wholeNumber } from '../evidence.ts';
import { openLog, type TrustOptions, trustFor, trustOptions } from '../log-trust.ts';
import type { CliCommand } from './index.ts';

interface Options extends TrustOptions, LedgerOptions {
  readonly ledger?: string;
  readonly stream?: string;
  readonly tz?: string;
  readonly from?: string;
  readonly taken?: string;
  readonly top?: number;
  readonly rules?: true;
  readonly json?: true;
}

/** As `spoor investigate --fail-on`: what was looked for is there. */
const DIFFERENT = 10;
const SHOWN = 20;
const LISTED = 1000;
const DEFAULT_COLUMNS = 160;

/** `spoor compare`: what was deleted, added and changed in a host's own file, by the copy that it could not reach. */
export default {
  name: 'compare',
  register(program: Command, exit: (code: number) => void) {
    const command = dataOption(program.command('compare'))
      .description('compare a host’s log file with the ledger: what was deleted there, added, changed')
      .argument('[file...]', 'a log file, and its rotated and compressed ones in any order')
      .option('--ledger <ledger>', `${ANY_LEDGER} (default: the ledger of the data folder)`)
      .option('--stream <name>', 'the stream that the file was sent as: gate/auth');
    trustOptions(command)
      .option('--tz <zone>', 'the host’s zone, where the ledger’s stamps state one and the file’s do not')
      .option('--from <instant>', 'the file reaches back to here: what is absent from then on was deleted (RFC 3339)')
      .option('--taken <instant>', 'the file was taken from the host then (default: its own time, where that fits)')
      .option('--top <n>', `so many lines of each kind (default ${SHOWN}, with --json ${LISTED}; 0: all)`, wholeNumber)
      .option('--rules', 'print what is looked through when lines are compared, and nothing else')
      .option('--json', 'print the comparison as one JSON document')
      .action(async (files: string[], options: Options) => exit(await compare(files, options)));
  },
} satisfies CliCommand;

async function compare(paths: readonly string[], options: Options): Promise<number> {
  if (options.rules) {
    process.stdout.write(RULES.map((rule) => `${rule}\n`).join(''));
    return 0;
  }
  const { stream } = options;
  if (stream === undefined || paths.length === 0)
    throw new AppError('E_USAGE', 'give a file and --stream: spoor compare auth.log --stream gate/auth');
  const { ledger } = ledgerAmong(options.ledger === undefined ? [] : [options.ledger], 0, options);
  const host = await openHostFiles(paths);
  const source = await openLog(ledger, options);
  try {
    const held = new StreamLines(source, stream, await sizeOf(ledger, source, options));
    const comparison = await compareLines(held, host, compareOptions(options, host.writtenUs));
    if (comparison.records === 0)
      throw new AppError('E_NOT_FOUND', `the ledger has no record of the stream "${stream.slice(0, 80)}"`);
    const proved = await proveTold(ledger, source, held, comparison, options);
    const compared = { ledger, stream, comparison, proved, beside: host.beside };
    const columns = process.stdout.columns ?? DEFAULT_COLUMNS;
    process.stdout.write(options.json ? comparisonJson(compared) : comparisonText(compared, columns));
    return differs(comparison) ? DIFFERENT : 0;
  } finally {
    if (source instanceof LedgerReader) await source.close();
  }
}

/** A file that has nothing of the stream is no good news, even where it accuses nobody. */
function differs({ missing, added, changed, moved, same }: Comparison): boolean {
  return missing.count + added.count + changed.count + moved.count > 0 || same === 0;
}

/** How many records are looked at: of a folder all that are durable, else those under the checkpoint. */
async function sizeOf(where: string, source: LedgerSource, options: Options): Promise<number> {
  if (source instanceof LedgerReader) return sizeOfFolder(source);
  const { judged } = await judgedCheckpoint(source, trustFor(where, { ...options, memory: false }).policy);
  return Number(judged.checkpoint.size);
}

/** Throws E_TAMPERED when fewer records can be read than were sealed: the absent ones would make the host's lines look forged. */
async function sizeOfFolder(reader: LedgerReader): Promise<number> {
  const note = await reader.checkpoint();
  const sealed = note === null ? 0n : parseCheckpoint(splitNote(note).text).size;
  if (sealed <= BigInt(reader.size)) return reader.size;
  const why = reader.torn === null ? '' : ` (${reader.torn})`;
  throw new AppError(
    'E_TAMPERED',
    `${counted(Number(sealed), 'record was', 'records were')} sealed, and ${reader.size} can be read${why}: spoor verify says more`,
  );
}

function compareOptions({ tz, from, taken, top, json }: Options, writtenUs: number): CompareOptions {
  const most = top ?? (json ? LISTED : SHOWN);
  return {
    key: randomBytes(KEY_BYTES),
    zone: tz === undefined ? null : new Zone(tz),
    most: most === 0 ? Number.POSITIVE_INFINITY : most,
    fromUs: from === undefined ? null : instantUs('--from', from),
    takenUs: taken === undefined ? null : instantUs('--taken', taken),
    writtenUs,
  };
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

function instantUs(option: string, text: string): number {
  const at = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new AppError(
      'E_USAGE',
      `${option} "${text.slice(0, 80)}" is not an instant: give RFC 3339, such as 2026-11-22T10:23:05Z`,
    );
  return at * 1000;
}

/** The comparison as one document: `spoor.comparison/1`. Times are RFC 3339, UTC. */
function comparisonJson({ ledger, stream, comparison, proved, beside }: Compared): string {
  const { limits, steps: _, ...found } = comparison;
  const { takenUs, fromUs, takenFrom } = limits;
  const timeOf = (us: number) => (Number.isFinite(us) ? formatTime(us) : null);
  const document = {
    schema: 'spoor.comparison/1',
    ledger,
    stream,
    ...found,
    limits: { from: timeOf(fromUs), taken: timeOf(takenUs), takenFrom },
    proved,
    beside,
    rules: RULES,
  };
  return `${JSON.stringify(document, (_key, value: unknown) => outward(ledger, value), 2)}\n`;
}

/** A record's time in text, and the command that proves it. */
function outward(ledger: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('receivedUs' in value)) return value;
  const { receivedUs, ...record } = value as RecordFinding;
  return { ...record, received: formatTime(receivedUs), proof: proofCommand(ledger, record.index) };
}
