import { setImmediate as breathe } from 'node:timers/promises';
import type { Masker } from '../access/masker.ts';
import type { FoundEvent, PresentSession, WhoAnswer } from './asking.ts';
import type { AttackersAnswer, NewAccessAnswer, SessionDeed, SessionsAnswer } from './summaries.ts';
import type { Sight } from './watched.ts';

const AT_ONCE = 32;

// Answers as they are for whoever may not see what is of persons.

/** Is it of what somebody did in Spoor? Nobody but our own ledger writes such events. */
const isAct = ({ parser, document }: FoundEvent): boolean =>
  parser === 'ledger' && String(document['event.action']).startsWith('act_');

/** Events as a caller sees them: what people did here only for auditors, for whom it is in the clear. */
export async function seenEvents(
  masker: Masker,
  { isMasked, seesActs }: Sight,
  events: readonly FoundEvent[],
): Promise<FoundEvent[]> {
  const seen = seesActs ? [...events] : events.filter((event) => !isAct(event));
  if (!isMasked) return seen;
  const masked: FoundEvent[] = [];
  for (const [nth, event] of seen.entries()) {
    if (nth % AT_ONCE === AT_ONCE - 1) await breathe(); // others ask, too
    masked.push(isAct(event) ? event : maskedEvent(masker, event));
  }
  return masked;
}

/** What a parser did not tell the deed of may hold anything in its text. */
function maskedEvent(masker: Masker, event: FoundEvent): FoundEvent {
  const isUnderstood = event.parser !== '' && event.document['event.action'] !== undefined;
  return { ...event, document: masker.document(event.document, isUnderstood) };
}

const user = (masker: Masker, name: string): string => masker.mask('user', name);
/** An address, or the terminal that stands where there is none. */
const from = (masker: Masker, text: string): string =>
  /^(?:tty|pts\/|console|:)\w{0,10}$/.test(text) ? text : masker.mask('address', text);

/** Whose session it is, by what, and from where. */
function maskedOwner<T extends Pick<PresentSession, 'user' | 'as' | 'from' | 'key'>>(masker: Masker, session: T): T {
  return {
    ...session,
    user: user(masker, session.user),
    as: user(masker, session.as),
    from: from(masker, session.from),
    key: masker.mask('key', session.key),
  };
}

/** Who is in. */
export function maskedWho(masker: Masker, { sessions, ...answer }: WhoAnswer): WhoAnswer {
  return { ...answer, sessions: sessions.map((session) => maskedOwner(masker, session)) };
}

/** Who was in. */
export function maskedSessions(masker: Masker, { sessions, ...answer }: SessionsAnswer): SessionsAnswer {
  const deed = (done: SessionDeed): SessionDeed => ({
    ...done,
    as: user(masker, done.as),
    command: masker.mask('command', done.command),
  });
  return {
    ...answer,
    sessions: sessions.map((session) => ({ ...maskedOwner(masker, session), did: session.did.map(deed) })),
  };
}

/** An autonomous system is nobody's; a network of some addresses may be one household's. */
const network = (masker: Masker, text: string): string => (/^AS\d+$/.test(text) ? text : masker.mask('address', text));

/** Who attacked. Its cursor has an address in it: it is to be sealed. */
export function maskedAttackers(masker: Masker, { attackers, ...answer }: AttackersAnswer): AttackersAnswer {
  return { ...answer, attackers: attackers.map((one) => ({ ...one, source: network(masker, one.source) })) };
}

/** New ways in. */
export function maskedAccess(masker: Masker, { access, ...answer }: NewAccessAnswer): NewAccessAnswer {
  return {
    ...answer,
    access: access.map((one) => ({
      ...one,
      person: user(masker, one.person),
      network: network(masker, one.network),
      key: masker.mask('key', one.key),
    })),
  };
}
