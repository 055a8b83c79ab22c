import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { checkEntryProof, formatSpicy, formatTlogProof, parseEntryProof } from '../../ledger/proof-text.ts';
import { provingCheckpoint } from '../../ledger/verdict.ts';
import { ANY_LEDGER, type LedgerOptions, ledgerArguments, onLedger } from '../about-ledger.ts';
import { indexOf } from '../index-range.ts';
import { openLog, type TrustOptions, trustFor, trustOptions } from '../log-trust.ts';
import { entryProofOf } from '../record-proof.ts';
import type { CliCommand } from './index.ts';

interface Options extends TrustOptions, LedgerOptions {
  readonly spicy?: true;
  readonly record?: string;
}

/** `spoor prove`: a file that shows, without us, that a record is in the log. */
export default {
  name: 'prove',
  register(program: Command, exit: (code: number) => void) {
    const command = ledgerArguments(program.command('prove'), ANY_LEDGER, { index: 'the record’s index' }).description(
      'print the proof that a record is in the log, with its signed checkpoint (C2SP tlog-proof)',
    );
    trustOptions(command)
      .option('--spicy', 'print it in the form of "spicy" instead')
      .option('--record <file>', 'write the record’s bytes, which are proved, to a new file');
    onLedger(command, exit, prove);
  },
} satisfies CliCommand;

async function prove(where: string, options: Options, index: string): Promise<number> {
  const { policy } = trustFor(where, options);
  const source = await openLog(where, options);
  const { entry, proof } = await entryProofOf(
    source,
    indexOf(index),
    await provingCheckpoint(source, policy, indexOf(index)),
  );
  checkEntryProof(parseEntryProof(formatTlogProof(proof)), entry, { ...policy, quorum: null }); // what we hand out, we could check
  if (options.record !== undefined) writeNew(options.record, entry);
  process.stdout.write(options.spicy ? formatSpicy(proof) : formatTlogProof(proof));
  return 0;
}

function writeNew(path: string, bytes: Buffer): void {
  try {
    writeFileSync(path, bytes, { flag: 'wx' });
  } catch (cause) {
    throw new AppError('E_OUTPUT', `cannot write "${path.slice(0, 80)}": ${(cause as Error).message}`, { cause });
  }
}
