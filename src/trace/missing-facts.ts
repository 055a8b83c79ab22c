import type { AuditGap } from './audit-serials.ts';
import type { SessionDraft } from './draft.ts';
import type { LogPart } from './log-series.ts';
import type { Citer, Noted } from './noted.ts';
import type { RecordAlone } from './records-alone.ts';
import type { Citation } from './story.ts';
import type { Ref } from './tally.ts';

/** One input as far as holes are concerned. */
export interface InputFacts {
  readonly path: string;
  readonly size: number;
  readonly host: string;
  readonly mtimeMs: number | null;
  /** False when it could not be read: then nothing is known of its content. */
  readonly read: boolean;
  /** Events that are not told, and events of which a text was cut: see `Notables`. */
  readonly crowded: number;
  readonly shortened: number;
}

export interface MissingOptions {
  readonly inputs: readonly InputFacts[];
  readonly parts: readonly LogPart[];
  readonly notables: readonly Noted[];
  readonly audit: readonly { readonly gap: AuditGap; readonly path: string; readonly host: string }[];
  readonly sessions: readonly SessionDraft[];
  readonly beginnings: ReadonlyMap<string, number>;
  /** Sessions of times in which their server did not log whom it lets in. */
  readonly unlogged: ReadonlySet<SessionDraft>;
  /** Sessions of which a record tells and no line does. */
  readonly alone: ReadonlyMap<SessionDraft, RecordAlone>;
  readonly citer: Citer;
  readonly citeRef: (ref: Ref) => Citation;
}
