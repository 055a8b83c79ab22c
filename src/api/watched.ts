import type { FastifyRequest } from 'fastify';
import type { Masker } from '../access/masker.ts';
import { AppError } from '../core/errors.ts';
import { type Caller, callerOf } from './caller.ts';

/** What somebody does, as the ledger has it. */
export interface Deed {
  /** `search`, `who`, `record.view`, … */
  readonly what: string;
  /** What it is about: a record, a host; '' for nothing that has a name. */
  readonly about?: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** That somebody sees personal fields in the clear for a time. */
export interface Unmasking {
  readonly reason: string;
  /** RFC 3339 */
  readonly until: string;
}

/** Keeps watch over who sees what. */
export interface WatchedView {
  readonly masker: Masker;
  /** Keeps a deed in the ledger. Resolves when it is durable, or counted among many of the last minute. Rejects when the ledger takes nothing. */
  did(who: string, deed: Deed): Promise<void>;
  /** The same, but once an hour for the same deed: for pages that load again by themselves. */
  didOnce(who: string, deed: Deed): Promise<void>;
  /** Null: personal fields are masked for this caller. */
  unmasked(caller: Caller): Unmasking | null;
  /** For an hour, for this session or token alone. On record first. */
  unmask(caller: Caller, reason: string): Promise<Unmasking>;
  mask(caller: Caller): Promise<void>;
  /** What is handed out and comes back, and tells nothing on the way. */
  seal(caller: Caller, value: string): string;
  /** Null for what was not sealed for this caller. */
  open(caller: Caller, sealed: string): string | null;
}

/** What a caller is shown of events. */
export interface Sight {
  /** Personal fields are masked, and cannot be asked for. */
  readonly isMasked: boolean;
  /** What people did here is among the events, in the clear. */
  readonly seesActs: boolean;
}

/** The owner of the data folder, who could read the disk as well, sees all; others what they may, and have said why. */
export function sightOf(watched: WatchedView, caller: Caller): Sight {
  const isMasked = caller.kind !== 'local' && watched.unmasked(caller) === null;
  return { isMasked, seesActs: caller.may.has('audit') };
}

/** Who asks, and what he is shown. */
export function seer(
  watched: WatchedView,
  request: FastifyRequest,
): { readonly caller: Caller; readonly sight: Sight } {
  const caller = callerOf(request);
  return { caller, sight: sightOf(watched, caller) };
}

/** Asks, and gives the answer when it is on record that it was asked; also when there is none. `count`: how much was found. */
export async function onRecord<T>(
  watched: WatchedView,
  { caller, sight }: { readonly caller: Caller; readonly sight: Sight },
  deed: Deed,
  { ask, count }: { readonly ask: () => Promise<T>; readonly count: (answer: T) => number },
): Promise<T> {
  const told = (more: object): Deed => ({
    ...deed,
    detail: { ...deed.detail, ...(!sight.isMasked && caller.kind !== 'local' && { clear: true }), ...more },
  });
  let answer: T;
  try {
    answer = await ask();
  } catch (error) {
    await watched.did(caller.name, told({ failed: error instanceof AppError ? error.message.slice(0, 300) : 'a bug' }));
    throw error;
  }
  await watched.did(caller.name, told({ found: count(answer) }));
  return answer;
}

/** Throws E_USAGE where the question names what is masked for who asks. */
export function mustBeClear({ isMasked }: Sight, what: string): void {
  if (isMasked)
    throw new AppError(
      'E_USAGE',
      `${what} is masked for you, so it cannot be asked for: who may unmask gives a reason first (POST /api/v1/unmask)`,
    );
}
