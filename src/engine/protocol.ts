/** File descriptor on which the engine's process speaks to its parent. */
export const WORDS_FD = 3;

/** What the engine's process is started with, as one JSON argument. No secret is in it. */
export interface EngineOrder {
  readonly folder: string;
  readonly socketPath: string;
  readonly memoryBytes: number;
  /** Elements for its configuration file. */
  readonly extra?: string;
  /** How long a client may stand still, milliseconds. */
  readonly slowMs: number;
  /** How long queries may go on when it is to end, before they are cancelled, milliseconds. */
  readonly drainMs: number;
  /** How long it may take to end, milliseconds; then it is killed. */
  readonly endMs: number;
  /** The process that it must not outlive by more than that. */
  readonly parent: number;
}

/** What it says, a line of JSON each: that it serves, with ClickHouse's version; why it does not; or that something is wrong. */
export type EngineWord = { readonly ready: string } | { readonly failed: string } | { readonly trouble: string };
