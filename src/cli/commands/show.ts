import type { Command } from 'commander';
import type { FoundEvent } from '../../api/asking.ts';
import { AppError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { checkEntryProof, formatTlogProof, parseEntryProof } from '../../ledger/proof-text.ts';
import type { LedgerSource } from '../../ledger/source.ts';
import { provingCheckpoint } from '../../ledger/verdict.ts';
import type { Layout } from '../../server/paths.ts';
import { dataOption } from '../data-option.ts';
import { indexRange } from '../index-range.ts';
import { recordJson, recordsIn, recordText, type ShownRecord } from '../ledger-show.ts';
import { onDisk, openLog, type TrustOptions, trustFor, trustOptions } from '../log-trust.ts';
import { entryProofOf } from '../record-proof.ts';
import { askServer, layoutOf } from '../server-client.ts';
import type { CliCommand } from './index.ts';

interface ShowOptions extends TrustOptions {
  readonly data?: string;
  readonly proof?: true;
  readonly json?: true;
}

const MOST = 100;

/** `spoor show`: a record, proved to be in the ledger, and the events that were made of it. */
export default {
  name: 'show',
  register(program: Command, exit: (code: number) => void) {
    const command = program
      .command('show')
      .description('a record of the ledger, proved to be in it, beside the events that were made of it')
      .argument('<position>', 'as search and tail tell it: 812 or 812..815');
    trustOptions(dataOption(command))
      .option('--proof', 'also print the proof, with the signed checkpoint (C2SP tlog-proof)')
      .option('--json', 'one JSON document a record')
      .action(async (position: string, options: ShowOptions) => exit(await onDisk(() => show(position, options))));
  },
} satisfies CliCommand;

async function show(position: string, options: ShowOptions): Promise<number> {
  const layout = layoutOf(options.data);
  const range = indexRange(position);
  if (range.last - range.first >= MOST) throw new AppError('E_USAGE', `${MOST} records at once are the most`);
  const { policy } = trustFor(layout.ledger, options);
  const source = await openLog(layout.ledger, options);
  for await (const record of recordsIn(source, policy, range)) {
    const events = await eventsOf(layout, record.index);
    const proof = options.proof && record.sealed ? await proofText(source, policy, record.index) : null;
    process.stdout.write(options.json ? jsonOf(record, events, proof) : textOf(record, events, proof));
  }
  return 0;
}

/** Null, with the reason on standard error, while the index cannot be asked: the record stands without it. */
async function eventsOf(layout: Layout, index: number): Promise<readonly FoundEvent[] | null> {
  try {
    return ((await askServer(layout, 'GET', `/api/v1/records/${index}/events`)) as { events: FoundEvent[] }).events;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    process.stderr.write(`its events are not known: ${printable(error.message, 300)}\n`);
    return null;
  }
}

async function proofText(
  source: LedgerSource,
  policy: Parameters<typeof provingCheckpoint>[1],
  index: number,
): Promise<string> {
  const { entry, proof } = await entryProofOf(source, index, await provingCheckpoint(source, policy, index));
  const text = formatTlogProof(proof);
  checkEntryProof(parseEntryProof(text), entry, { ...policy, quorum: null }); // what we hand out, we could check
  return text;
}

function textOf(record: ShownRecord, events: readonly FoundEvent[] | null, proof: string | null): string {
  const state = record.sealed ? 'proved: it is under the signed checkpoint' : 'NOT SEALED YET: no checkpoint has it';
  const made = events?.flatMap((event) => [
    '',
    `event #${event.position}, parser ${event.parser || 'none understood it'}`,
    ...fieldLines(event),
  ]);
  const lines = [`    ${state}`, ...(made?.length === 0 ? ['', 'no event was made of it (yet)'] : (made ?? []))];
  const text = lines.map((line) => `${printable(line, 4000)}\n`).join('');
  return `${recordText(record)}${text}${proof === null ? '' : `\n${proof}`}`;
}

function fieldLines({ document }: FoundEvent): string[] {
  const width = Math.min(40, Math.max(...Object.keys(document).map((field) => field.length)));
  return Object.entries(document).map(
    ([field, value]) => `  ${field.padEnd(width)}  ${Array.isArray(value) ? value.join(', ') : String(value)}`,
  );
}

function jsonOf(record: ShownRecord, events: readonly FoundEvent[] | null, proof: string | null): string {
  const shown = JSON.parse(recordJson(record)) as Record<string, unknown>;
  return `${JSON.stringify({ ...shown, events, ...(proof !== null && { proof }) })}\n`;
}
