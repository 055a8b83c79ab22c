/** A query in SQL. */
export interface SqlAsked {
  readonly query: string;
  /** Rows at most. */
  readonly limit: number;
}

/** Who asks, and how much he is shown. */
export interface SqlCaller {
  /** For the ledger. */
  readonly who: string;
  /** Why personal columns are shown in the clear; null: they are masked. */
  readonly clearFor: string | null;
}

/** What a query gave. Times are UTC; 64-bit numbers that JSON cannot hold are texts. */
export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  /** There are more rows than were asked for. */
  readonly more: boolean;
  /** How many cells were too long, and were cut. */
  readonly cut: number;
  /** Personal columns show `***`. */
  readonly masked: boolean;
}

/** A view that can be asked. */
export interface SqlTable {
  readonly name: string;
  readonly about: string;
  readonly columns: readonly { readonly name: string; readonly about: string; readonly personal: boolean }[];
}

/** SQL over the index. */
export interface SqlView {
  /**
   * Throws E_UNREADABLE where SQL is off, with what to do; E_USAGE for what is not taken or not understood; E_TOO_LARGE when a limit is passed;
   * E_BUSY, E_UNAVAILABLE. `signal` ends the query, in the engine too.
   */
  ask(asked: SqlAsked, caller: SqlCaller, signal: AbortSignal): Promise<SqlAnswer>;
  tables(): readonly SqlTable[];
}
