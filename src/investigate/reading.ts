import type { Zone } from '../core/zone.ts';
import type { Dispatch } from '../decode/dispatch.ts';
import { headLines } from '../decode/read-events.ts';
import type { Input } from '../evidence/index.ts';
import type { Piece } from './piece.ts';
import type { KnownContent } from './same-content.ts';

/** Bytes of a piece, up to the end of its last line. */
export const PIECE_BYTES = 4 * 2 ** 20;

/** A piece before it has its place in the queue. */
export type PieceBody = Omit<Piece, 'task' | 'label'>;

/** What all inputs are taken in with. */
export interface Reading {
  readonly dispatch: Dispatch;
  readonly zone: Zone;
  /** The instant that no stamp without a year lies after, in any input; null: each input's mtime, else the present. */
  readonly endMs: number | null;
  readonly presentMs: number;
  readonly known: KnownContent;
  readonly stopped: () => boolean;
  /** Will this thread read so much by itself, with no other beside it? */
  readonly isAlone: (bytes: number) => boolean;
}

/** Formats in which lines belong together, or binary ones, are read by one reader from beginning to end. */
export function isWhole(head: Buffer, path: string, dispatch: Dispatch): boolean {
  const lines = headLines(head);
  return dispatch.records.some(
    (parser) => parser.accepts?.(path, lines) === true || lines.slice(0, 50).some((line) => parser.claims(line)),
  );
}

/** The instant that an input's last stamp cannot lie after, in ms since 1970. */
export function endOf({ mtimeMs }: Input, { endMs, presentMs }: Reading): number {
  return endMs ?? mtimeMs ?? presentMs;
}

/** The binary parser that reads what begins so; null for text. */
export function binaryName(head: Buffer, size: number, path: string, dispatch: Dispatch): string | null {
  return dispatch.binaries.find((parser) => parser.accepts(head, size, path))?.name ?? null;
}
