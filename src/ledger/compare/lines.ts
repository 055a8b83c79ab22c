/** A record of the stream, as it is compared. */
export interface LedgerLine {
  /** Index of the record, or of its first part. */
  readonly index: number;
  readonly seq: number;
  /** When the ledger received it: microseconds since 1970. */
  readonly rtUs: number;
  /** As it was received. Null when the ledger cannot show it (kept beside the tree, encrypted), or notes that it never came. */
  readonly bytes: Buffer | null;
  /** How many lines it stands for: 1, or as many as a `gap` record says. */
  readonly weight: number;
}

/** A stream of the ledger. */
export interface LedgerLines {
  /** All of its records in their order, in pieces. */
  all(): AsyncIterable<readonly LedgerLine[]>;
  /** One of them again. */
  one(index: number): Promise<LedgerLine>;
}

/** Whole lines of a file, each but the file's last with its line feed. */
export interface HostBlock {
  /** As shown. */
  readonly file: string;
  readonly bytes: Buffer;
  /** True on a file's first block when by its name another file stands before it that was not handed in. */
  readonly afterAbsent?: boolean;
}

/** The lines of a host's file and its rotated predecessors, oldest first. Read twice: the second time for the lines that are told. */
export interface HostLines {
  blocks(): AsyncIterable<HostBlock>;
}

/** What became of a record or a line. */
export const FATES = [
  /** In both, at the same place. */
  'same',
  /** In both, in another order. */
  'moved',
  /** At the same place, with another text. */
  'changed',
  /** In the ledger, and not in the file, which reaches over its place: deleted on the host. */
  'missing',
  /** In the file, and not in the ledger, which reaches over its place: never sent, or forged. */
  'added',
  /** Before the other side begins. */
  'older',
  /** After the other side ends. */
  'newer',
  /** Between two of the files, where by their names another one is absent. */
  'absent',
  /** A record without its text, and a line that it may stand for. */
  'unreadable',
] as const;
export type Fate = (typeof FATES)[number];

/** A fate's number. */
export function fateCode(fate: Fate): number {
  return FATES.indexOf(fate);
}
