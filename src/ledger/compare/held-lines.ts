import { AppError } from '../../core/errors.ts';
import type { HostBlock, HostLines, LedgerLine, LedgerLines } from './lines.ts';

/** Records that are in memory: of a stream whose first has index 0, received a millisecond after each other. */
export function heldRecords(texts: readonly string[], firstUs = 0): LedgerLines {
  return heldLedger(
    texts.map((text, at) => ({ index: at, seq: at, rtUs: firstUs + at * 1000, bytes: Buffer.from(text), weight: 1 })),
  );
}

/** Records that are in memory. */
export function heldLedger(lines: readonly LedgerLine[]): LedgerLines {
  const byIndex = new Map(lines.map((line) => [line.index, line]));
  return {
    all: async function* () {
      yield lines;
    },
    one: async (index) => {
      const line = byIndex.get(index);
      if (line === undefined) throw new AppError('E_NOT_FOUND', `no record ${index}`);
      return line;
    },
  };
}

/** Files that are in memory, oldest first. */
export function heldFiles(blocks: readonly HostBlock[]): HostLines {
  return {
    blocks: async function* () {
      yield* blocks;
    },
  };
}
