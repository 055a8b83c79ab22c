import type { Asked, FoundEvent } from '../api/asking.ts';
import { allOf, type Condition } from '../core/condition.ts';
import { readSince } from '../search/since.ts';
import { documentOf, type StoredEvent } from '../store/stored-event.ts';
import { seenCondition } from './seen-condition.ts';
import type { Server } from './serve.ts';

/** Where the index is. Throws E_UNAVAILABLE while it is not there. */
export const storeOf = ({ engine }: Server) => ({ client: engine.client, form: engine.form });

/** Microseconds since 1970, now. */
export const nowUs = (): number => Date.now() * 1000;

interface Question {
  readonly asked: Condition;
  readonly condition: Condition;
  readonly remarks: readonly string[];
}

/** Reads a question: what was asked, and the condition that is as far as whoever asks may know its answer. Throws E_USAGE. */
export async function questionOf({ q, since, until, sight }: Asked): Promise<Question> {
  const { readQuery } = await import('../search/query.ts'); // with hundreds of modules, which a server has no use for until it is asked
  const now = nowUs();
  const { condition: words, remarks } = readQuery(q, now);
  const times = [
    ...(since === undefined ? [] : [readSince(since, 'since', now)]),
    ...(until === undefined ? [] : [readSince(until, 'until', now)]),
  ];
  const seen = sight === undefined ? words : seenCondition(words, sight);
  return { asked: allOf([words, ...times]), condition: allOf([seen, ...times]), remarks };
}

/** An event as it is shown. */
export function foundEvent(event: StoredEvent): FoundEvent {
  const { first, last, stream, parser } = event;
  return {
    position: first === last ? String(first) : `${first}..${last}`,
    stream,
    parser,
    document: documentOf(event),
  };
}
