import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { type Anchored, anchorAll, anchorRecord, openAnchor } from '../anchors/index.ts';
import { AppError } from '../core/errors.ts';
import { exchange } from '../core/exchange.ts';
import { counted, printable } from '../core/text.ts';
import { parseCheckpoint } from '../core/tlog/checkpoint.ts';
import { splitNote } from '../core/tlog/note.ts';
import { LEDGER_FOLDER, type LedgerOptions, ledgerArguments, onLedger } from './about-ledger.ts';
import { type KeyFileOptions, keyFileOf, keyFileOption } from './key-file.ts';
import { openForWriting, type WritingLedger } from './ledger-writing.ts';

const collect = (value: string, all: readonly string[]) => [...all, value];

/** `spoor ledger anchor`: has places outside keep the ledger's checkpoint. */
export function registerAnchor(ledger: Command, exit: (code: number) => void): void {
  const command = keyFileOption(ledgerArguments(ledger.command('anchor'), LEDGER_FOLDER))
    .description('have the newest checkpoint kept outside, and note in the log where')
    .requiredOption(
      '--to <place>',
      'file:/FOLDER or rfc3161:https://AUTHORITY (again for a second one)',
      collect,
      [] as readonly string[],
    );
  onLedger(command, exit, anchor);
}

interface AnchorOptions extends KeyFileOptions, LedgerOptions {
  readonly to: readonly string[];
}

async function anchor(dir: string, options: AnchorOptions): Promise<number> {
  const { to } = options;
  const anchors = to.map((place) => openAnchor(place, { exchange, random: randomBytes })); // before anything is held
  const writing = await openForWriting(dir, { keyFile: keyFileOf(options) });
  let failed: readonly Anchored[];
  try {
    await writing.ledger.seal();
    await writing.cosigning.round();
    const { checkpoint } = writing.ledger;
    if (checkpoint === null) throw new AppError('E_NOT_FOUND', `"${dir.slice(0, 80)}" has no checkpoint`);
    const all = await anchorAll(anchors, checkpoint);
    failed = all.filter(({ kept }) => kept === null);
    for (const one of all) await tellOf(writing, checkpoint, one);
  } finally {
    await writing.close();
  }
  if (failed.length > 0)
    throw new AppError(
      'E_UNAVAILABLE',
      `${failed.length} of ${counted(anchors.length, 'place')} did not keep the checkpoint`,
    );
  return 0;
}

async function tellOf({ ledger }: WritingLedger, checkpoint: string, { anchor: place, kept, words }: Anchored) {
  if (kept === null) {
    process.stderr.write(`spoor: ${printable(words)}\n`);
    return;
  }
  const { size } = parseCheckpoint(splitNote(checkpoint).text);
  const fields = { kind: place.kind, size: String(size) };
  const index = await ledger.note('anchor', fields, anchorRecord(checkpoint, place, kept));
  const at = kept.seconds === null ? '' : ` at ${new Date(kept.seconds * 1000).toISOString().slice(0, 19)}Z`;
  process.stdout.write(
    `${printable(`${place.kind}:${place.place}`)}: ${counted(Number(size), 'record')}${at}, record ${index}\n`,
  );
}
