import { randomBytes } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { type Exchange, exchange } from '../core/exchange.ts';
import { loadFolder } from '../core/registry.ts';
import { parseCheckpoint } from '../core/tlog/checkpoint.ts';
import { splitNote } from '../core/tlog/note.ts';

// Anchors: places outside that keep our checkpoints, so that who rewrites the ledger, with its key and all, is found out.

/** What came back of a place that keeps a checkpoint: goes into an `anchor` record, and into evidence. */
export interface Kept {
  /** Of the file that evidence holds it in: `tsr`. */
  readonly ending: string;
  readonly bytes: Buffer;
  /** When, by the place's clock, seconds since 1970; null when it states none. */
  readonly seconds: number | null;
}

/** A place that is ready. */
export interface Anchor {
  readonly kind: string;
  readonly place: string;
  /** Hands in a cosigned checkpoint, whole. Rejects with an AppError. */
  keep(checkpoint: string): Promise<Kept>;
}

/** What an anchor needs of the world. */
export interface Outside {
  readonly exchange: Exchange;
  readonly random: (bytes: number) => Buffer;
}

/** A kind of places. */
export interface AnchorKind {
  readonly name: string;
  /** `place` is what stands behind `kind:`. Throws E_CONFIG. */
  open(place: string, outside: Outside): Anchor;
}

/** Every module in this folder, by name. */
const anchorKinds: readonly AnchorKind[] = await loadFolder<AnchorKind>(import.meta.url);

/** Opens `kind:place`: `file:/mnt/worm`, `rfc3161:https://tsa.example/`. Throws E_CONFIG. */
export function openAnchor(text: string, outside: Outside): Anchor {
  const parts = /^(?<kind>[a-z0-9]+):(?<place>.+)$/s.exec(text)?.groups;
  const kind = anchorKinds.find(({ name }) => name === parts?.['kind']);
  if (!parts || !kind) {
    const known = anchorKinds.map(({ name }) => `${name}:…`).join(', ');
    throw new AppError('E_CONFIG', `"${text.slice(0, 80)}" is no anchor: ${known}`);
  }
  return kind.open(parts['place'] ?? '', outside);
}

/** Opens places that a configuration or a command line names. Throws E_CONFIG. */
export const openAnchors = (places: readonly string[]): Anchor[] =>
  places.map((place) => openAnchor(place, { exchange, random: randomBytes }));

/** `file:/mnt/worm` */
export const nameOf = ({ kind, place }: Anchor): string => `${kind}:${place}`;

/** How many records a checkpoint, whole, is of. Throws E_MALFORMED. */
export const sizeOf = (checkpoint: string): number => Number(parseCheckpoint(splitNote(checkpoint).text).size);

/** What came of one place. */
export type Anchored = { readonly anchor: Anchor } & (
  | { readonly kept: Kept; readonly words: null }
  | { readonly kept: null; readonly words: string }
);

/** A share that hangs answers never. */
const PATIENCE_MS = 60_000;

/** Hands a checkpoint to all places at once. One that fails, or hangs, holds up no other; only a bug rejects. */
export function anchorAll(
  anchors: readonly Anchor[],
  checkpoint: string,
  patienceMs = PATIENCE_MS,
): Promise<Anchored[]> {
  return Promise.all(
    anchors.map(async (anchor): Promise<Anchored> => {
      try {
        return { anchor, kept: await inTime(anchor.keep(checkpoint), patienceMs), words: null };
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        return { anchor, kept: null, words: `${anchor.kind} ${anchor.place}: ${error.message}` };
      }
    }),
  );
}

function inTime(keeping: Promise<Kept>, ms: number): Promise<Kept> {
  return new Promise((done, failed) => {
    const words = `no answer within ${ms / 1000} s`;
    const timer = setTimeout(() => failed(new AppError('E_UNAVAILABLE', words)), ms);
    void keeping.then(done, failed).finally(() => clearTimeout(timer));
  });
}

/** The `anchor` record that a log is to note: what was kept where, with what came back. */
export function anchorRecord(
  checkpoint: string,
  { kind, place }: Anchor,
  { ending, bytes, seconds }: Kept,
): readonly [kind: 'anchor', fields: Readonly<Record<string, string>>, payload: Buffer] {
  const said = { kind, place, seconds, ending, receipt: bytes.toString('base64'), checkpoint };
  return ['anchor', { kind, size: String(sizeOf(checkpoint)) }, Buffer.from(`${JSON.stringify(said)}\n`)];
}
