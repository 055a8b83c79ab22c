/** What a story is to be told of. */
export interface StoryAsked {
  /** Times as the search language has them: `7d`, RFC 3339. */
  readonly since: string;
  readonly until?: string | undefined;
  /** This host's lines alone. */
  readonly host?: string | undefined;
  /** What this sender sent alone: a stream, what its name begins or ends with at a slash, or a certificate's name. */
  readonly sender?: string | undefined;
  readonly case: string;
  /** Attackers that are told; 0: all. */
  readonly top: number;
  /** Addresses and networks that are never to be blocked. */
  readonly keep: readonly string[];
}

/** What the telling of a story is made of, in this order: `begun`, `read` now and then, `story`. */
export type StoryPart =
  /** `id`: by which it can be ended early. */
  | { readonly kind: 'begun'; readonly id: string; readonly records: number }
  | { readonly kind: 'read'; readonly records: number; readonly of: number; readonly bytes: number }
  /** The document `spoor.investigation/1` in pieces of text, to be put together. */
  | { readonly kind: 'story'; readonly text: string };

/** Tells what happened, from all records that a server keeps: also those that are beyond its index, or not in it yet. */
export interface InvestigatingView {
  /**
   * Throws before the first part: E_USAGE for times that are none, E_NOT_FOUND where nothing of them is kept, E_UNAVAILABLE while another story is
   * told; later E_NOT_FOUND, E_TOO_LARGE.
   */
  tell(asked: StoryAsked, signal: AbortSignal): AsyncGenerator<StoryPart>;
  /** Ends the reading: what was read until then is told. False when there is no such story under way. */
  end(id: string): boolean;
}
