/** A hold that is to be placed: on all records, or on those of a stream, or of a range. */
interface HoldWish {
  readonly id: string;
  readonly reason: string;
  readonly stream: string | null;
  readonly range: { readonly first: number; readonly last: number } | null;
}

/** What came of a place that was to keep a checkpoint. */
export interface ShownAnchored {
  /** `file:/mnt/worm` */
  readonly place: string;
  /** Records under the checkpoint. */
  readonly size: number;
  /** The record that says so; null where it failed, `failure` says why. */
  readonly index: number | null;
  readonly failure: string | null;
  /** By the place's own clock; null where it states none. */
  readonly at: string | null;
}

/** Records whose payloads are to go. */
export interface EraseWish {
  readonly first: number;
  readonly last: number;
  /** Who gives the order; null: who asks. */
  readonly by: string | null;
  readonly reason: string | null;
}

/** What came of it. */
export interface ShownErased {
  /** Payloads that went. */
  readonly erased: number;
  /** Records of the range that stay as they are. */
  readonly stays: { readonly first: number; readonly last: number; readonly why: string }[];
  /** What is still to go from the index, in words; null when nothing is. */
  readonly index: string | null;
}

/** Orders about the ledger that a server writes to. `who`: the person that asks, for the ledger. */
export interface KeepingView {
  /** Keeps records whatever their age. Resolves with the index of the record that says so. */
  hold(wish: HoldWish, who: string): Promise<number>;
  release(id: string, who: string): Promise<number>;
  /** Erases payloads of erasable records, in the ledger and in what is made of it. */
  erase(wish: EraseWish, who: string): Promise<ShownErased>;
  /** Has places outside keep the newest checkpoint: these, or without any those of the configuration. */
  anchor(places: readonly string[]): Promise<readonly ShownAnchored[]>;
}
