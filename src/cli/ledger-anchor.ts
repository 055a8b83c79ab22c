import type { Command } from 'commander';
import { type Anchored, anchorAll, anchorRecord, nameOf, openAnchors, sizeOf } from '../anchors/index.ts';
import { anchored } from '../api/schemas/keeping.ts';
import { AppError } from '../core/errors.ts';
import { counted, printable } from '../core/text.ts';
import type { Layout } from '../server/paths.ts';
import { LEDGER_FOLDER, type LedgerOptions, ledgerArguments, onLedger } from './about-ledger.ts';
import { holdingServer } from './holding-server.ts';
import { type KeyFileOptions, keyFileOf, keyFileOption } from './key-file.ts';
import { openForWriting, type WritingLedger } from './ledger-writing.ts';
import { askServer } from './server-client.ts';

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
  const server = await holdingServer(dir);
  if (server !== null) return anchorThroughServer(server, to);
  const anchors = openAnchors(to); // before anything is held
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
  return failedOf(failed.length, anchors.length);
}

async function tellOf({ ledger }: WritingLedger, checkpoint: string, { anchor: place, kept, words }: Anchored) {
  if (kept === null) {
    process.stderr.write(`spoor: ${printable(words)}\n`);
    return;
  }
  const index = await ledger.note(...anchorRecord(checkpoint, place, kept));
  const at = kept.seconds === null ? null : new Date(kept.seconds * 1000).toISOString();
  process.stdout.write(keptLine(nameOf(place), sizeOf(checkpoint), at, index));
}

async function anchorThroughServer(server: Layout, to: readonly string[]): Promise<number> {
  const query = new URLSearchParams(to.map((place): [string, string] => ['to', place]));
  const { places } = anchored.parse(await askServer(server, 'POST', `/api/v1/ledger/anchor?${query}`));
  for (const { place, size, index, failure, at } of places)
    if (failure !== null) process.stderr.write(`spoor: ${printable(failure)}\n`);
    else process.stdout.write(keptLine(place, size, at, index));
  return failedOf(places.filter(({ failure }) => failure !== null).length, places.length);
}

function keptLine(place: string, size: number, at: string | null, index: number | null): string {
  const when = at === null ? '' : ` at ${at.slice(0, 19)}Z`;
  return `${printable(place)}: ${counted(size, 'record')}${when}, record ${index}\n`;
}

/** 0, where none failed. Throws E_UNAVAILABLE. */
function failedOf(failed: number, all: number): number {
  if (failed > 0)
    throw new AppError('E_UNAVAILABLE', `${failed} of ${counted(all, 'place')} did not keep the checkpoint`);
  return 0;
}
