import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { type Anchored, anchorAll, anchorRecord, openAnchor } from '../anchors/index.ts';
import { AppError } from '../core/errors.ts';
import { exchange } from '../core/exchange.ts';
import { printable } from '../core/text.ts';
import { parseCheckpoint } from '../core/tlog/checkpoint.ts';
import { splitNote } from '../core/tlog/note.ts';
import { type KeyFileOptions, keyFileOf, keyFileOption } from './key-file.ts';
import { openForWriting, type WritingLedger } from './ledger-writing.ts';
import { onDisk } from './log-trust.ts';

const collect = (value: string, all: readonly string[]) => [...all, value];

/** `spoor ledger anchor`: has places outside keep the ledger's checkpoint. */
export function registerAnchor(ledger: Command, exit: (code: number) => void): void {
  keyFileOption(ledger.command('anchor'))
    .description('have the newest checkpoint kept outside, and note in the log where')
    .argument('<dir>', 'the ledger’s folder')
    .requiredOption(
      '--to <place>',
      'file:/FOLDER or rfc3161:https://AUTHORITY (again for a second one)',
      collect,
      [] as readonly string[],
    )
    .action(async (dir: string, options: AnchorOptions) => exit(await onDisk(() => anchor(dir, options))));
}

interface AnchorOptions extends KeyFileOptions {
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
    throw new AppError('E_UNAVAILABLE', `${failed.length} of ${anchors.length} places did not keep the checkpoint`);
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
  process.stdout.write(`${printable(`${place.kind}:${place.place}`)}: ${size} records${at}, record ${index}\n`);
}
