import { isBlockable } from '../core/ip.ts';
import type { SessionDraft } from './draft.ts';
import { keepLeast } from './habits.ts';
import { NEVER_ENTERED, SERVICE_ACCOUNTS } from './service-names.ts';

/** What speaks against a login by itself, and how much. */
export interface Strangeness {
  readonly score: number;
  readonly reasons: readonly string[];
}

const NOTHING: Strangeness = { score: 0, reasons: [] };
const ENOUGH = 3;
/** Appliances call their root so. */
const OTHER_ROOTS = new Set(['root', 'admin', '']);

export function isByPassword({ method }: SessionDraft): boolean {
  return method === 'password' || method.startsWith('keyboard');
}

/** An account that should not be entered from elsewhere, or not so. */
export function strangeAccount(draft: SessionDraft): Strangeness {
  const { user, address, userId } = draft;
  if (address === '') return NOTHING;
  const outside = isBlockable(address);
  const second = userId === '0' && !OTHER_ROOTS.has(user) ? 2 : 0;
  const nobodys = NEVER_ENTERED.has(user) ? (outside ? ENOUGH : 2) : 0;
  const reasons = [
    ...(second > 0 ? [`${user} is a second account with uid 0`] : []),
    ...(nobodys > 0 ? [`${user} is an account of a service, and nobody logs in to it`] : []),
  ];
  if (reasons.length > 0) return { score: second + nobodys, reasons };
  // web sites are brought to their account by key
  return SERVICE_ACCOUNTS.has(user) && outside && isByPassword(draft)
    ? { score: 2, reasons: [`${user} is an account of a service, and a password opened it`] }
    : NOTHING;
}

/** Fewer keys than this are no custom. */
const CUSTOM = 3;

/** How accounts were entered, in the order of time: an owner who has a key needs no password. */
export class Manners {
  /** Account → when it was entered by key. */
  readonly #keys = new Map<string, number[]>();
  /** Account → when a password first opened it. */
  readonly #firstPassword = new Map<string, number>();
  /** Account → when it was first entered. */
  readonly #first = new Map<string, number>();
  readonly #starts: readonly number[];

  constructor(sessions: readonly SessionDraft[]) {
    const remote = sessions.filter(({ address, start }) => address !== '' && Number.isFinite(start));
    for (const draft of remote) {
      const { user, start } = draft;
      keepLeast(this.#first, user, start);
      if (isByPassword(draft)) keepLeast(this.#firstPassword, user, start);
      else if (draft.method === 'publickey') this.#noteKey(user, start);
    }
    this.#starts = remote.map(({ start }) => start).sort((a, b) => a - b);
  }

  // Sessions come in the order of time, and the first few tell whether there is a custom.
  #noteKey(user: string, start: number): void {
    const known = this.#keys.get(user) ?? [];
    if (known.length < CUSTOM) this.#keys.set(user, [...known, start]);
  }

  /** The first password for an account that was entered by key before. */
  leavesKey(draft: SessionDraft): boolean {
    const { user, start } = draft;
    if (!isByPassword(draft) || this.#firstPassword.get(user) !== start) return false;
    return (this.#keys.get(user) ?? []).filter((at) => at < start).length >= CUSTOM;
  }

  /** An account that nobody entered before, on hosts that others entered often. */
  isNew({ user, start }: SessionDraft): boolean {
    return this.#first.get(user) === start && (this.#starts[CUSTOM - 1] ?? Number.POSITIVE_INFINITY) < start;
  }
}
