import type { Tally } from './tally.ts';

/** An address that guessed at an account, and what is asked of it with each login to that account. */
export interface Guesser {
  readonly address: string;
  readonly tally: Tally;
  /** Guesses at this account. */
  readonly tried: number;
  readonly guesses: number;
  readonly first: number;
  readonly last: number;
}

export function guesserOf(name: string, address: string, tally: Tally): Guesser {
  const { guesses, firstFailure, last } = tally;
  return { address, tally, tried: tally.guessesFor(name), guesses, first: firstFailure, last };
}

/** Its guesses at the account before an instant, at most. */
export function triedUntil({ tally, tried, first, last }: Guesser, time: number): number {
  if (time < first) return 0;
  return last < time ? tried : Math.min(tried, tally.failuresUntil(time));
}
