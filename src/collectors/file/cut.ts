// Hot path: runs for each line of each file. No closure or promise for a line.
import type { RawRecord } from '../../core/stages.ts';

const LINE_FEED = 0x0a;

/** What the records of one chunk have in common. */
export interface ChunkOrigin {
  readonly stream: string;
  /** What stands before the offset in a position: `inode.born:`. */
  readonly prefix: string;
  /** Where in the file the chunk's first byte stands. */
  readonly at: number;
  readonly receivedAtUs: number;
  /** The longest line, bytes; a longer one is cut. */
  readonly maxLine: number;
}

/** What became of a chunk. */
export interface Cut {
  /** How many of its bytes are done with. */
  end: number;
  /** Pieces that were made of lines longer than the limit. */
  pieces: number;
  /** Pieces of NULs alone that were left out: a hole in a file, as long as the limit. */
  holes: number;
}

/**
 * Makes a record of each line from `begin` on; what follows the last line feed is left, unless `last` says that nothing will follow.
 * The position of a record is where reading goes on after it. Empty lines are no records. Bytes are not copied.
 */
export function cutLines(chunk: Buffer, begin: number, origin: ChunkOrigin, last: boolean, into: RawRecord[]): Cut {
  const { stream, prefix, at, receivedAtUs, maxLine } = origin;
  const cut: Cut = { end: begin, pieces: 0, holes: 0 };
  for (;;) {
    const from = cut.end;
    const feed = chunk.indexOf(LINE_FEED, from);
    const to = feed === -1 ? chunk.length : feed;
    if (to - from > maxLine) {
      takePiece(chunk, origin, cut, into);
      continue;
    }
    if (feed === -1 && !last) return cut;
    cut.end = feed === -1 ? to : feed + 1;
    if (to > from) {
      const position = prefix + (at + cut.end);
      into.push({ stream, bytes: chunk.subarray(from, to), receivedAtUs, via: 'file', peer: 'none', position });
    }
    if (feed === -1) return cut;
  }
}

function takePiece(
  chunk: Buffer,
  { maxLine, stream, prefix, at, receivedAtUs }: ChunkOrigin,
  cut: Cut,
  into: RawRecord[],
): void {
  const from = cut.end;
  const to = from + maxLine;
  cut.end = to;
  cut.pieces += 1;
  if (isHole(chunk, from, to)) cut.holes += 1;
  else {
    const position = prefix + (at + to);
    into.push({ stream, bytes: chunk.subarray(from, to), receivedAtUs, via: 'file', peer: 'none', position });
  }
}

function isHole(chunk: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (chunk[at] !== 0) return false;
  return true;
}
