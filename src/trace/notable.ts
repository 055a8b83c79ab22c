import { hash } from 'node:crypto';
import { type EcsFields, type Event, settled } from '../core/event.ts';
import { own } from './ref.ts';
import { MAX_NAME, short } from './short.ts';
import { isWindows } from './windows.ts';

/** How many of the same kind are kept, each with its line; the rest is counted. */
const SAME_COMMAND = 200;
/** Windows logs a person on for every file share, and on the network all day. */
const SAME_VISIT = 200;
/** Kept only for which host has which address. */
const SAME_ADDRESS = 2;
const SAME_LOGIN = 2000;
const MAX_KEPT = 400_000;
/** Different ones among them. */
const MOST_DIFFERENT = 150_000;
/** Different events from one address on one host: more names than come from one place. */
const MOST_OF_ADDRESS = 5000;
/** Different events of one account there, where no address is told. */
const MOST_OF_ACCOUNT = 20_000;
/** Different events of one action on one host, whosever. */
const MOST_OF_ACTION = 50_000;

/** Characters of a line and of a value that are kept, while there is room for long ones. */
const LONG = 4096;
/** And when there is none. */
const SHORT = 256;
/** Characters beyond SHORT that there is room for: of one action on one host, and of all. */
const LONG_OF_ONE = 1 << 22;
const LONG_OF_ALL = 1 << 26;
/** Names, which people and programs choose short. */
const NAMES: ReadonlySet<string> = new Set([
  'user.name',
  'user.effective.name',
  'user.target.name',
  'user.audit.name',
  'group.name',
  'spoor.session.user',
  'spoor.opener.name',
]);

/** What one address, account or action has of the room: nobody fills another's. */
interface Share {
  different: number;
  long: number;
}

/**
 * Chooses the events that sessions, findings and holes are told from, out of the mass that only counts. A machine's
 * routine (the same login or command over and over) is kept some times and then counted: memory stays bounded. A flood of ever new
 * names or commands gets a share, too: it hides nobody else. Each piece of the evidence is sifted by itself, then all of them in
 * their order, so that the choice is the same on any number of threads.
 */
export class Notables {
  /** Events left out though none like them was kept: their address, or their kind, had too many different ones. */
  crowded = 0;
  /** Events of which a text was cut. */
  shortened = 0;
  readonly kept: Event[] = [];
  #total = 0;
  #long = 0;
  readonly #seen = new Map<string, number>();
  readonly #shares = new Map<string, Share>();

  /** How many came that were unlike most before. */
  get different(): number {
    return this.#total + this.crowded;
  }

  /** Takes an event whose role is notable. */
  add(event: Event): void {
    if (this.#admits(event)) this.kept.push(this.#cut(settled(event)));
  }

  /** Those of a piece's that stay. */
  sift(events: readonly Event[]): Event[] {
    return events.filter((event) => this.#admits(event)).map((event) => this.#cut(event));
  }

  #admits(event: Event): boolean {
    const key = keyOf(event);
    const seen = this.#seen.get(key) ?? 0;
    if (seen >= limitOf(event)) return false;
    if (this.#total >= MAX_KEPT || (seen === 0 && !this.#hasRoom(event))) {
      this.crowded += event.count;
      return false;
    }
    this.#seen.set(seen === 0 ? own(key) : key, seen + 1); // only the first is kept: a copy, or lines would stay alive by it
    this.#total += 1;
    return true;
  }

  // One more that is unlike all before.
  #hasRoom(event: Event): boolean {
    const whose = this.#share(whoseOf(event));
    const action = this.#share(actionOf(event));
    const most = event.fields['source.ip'] === undefined ? MOST_OF_ACCOUNT : MOST_OF_ADDRESS;
    if (this.#seen.size >= MOST_DIFFERENT || whose.different >= most || action.different >= MOST_OF_ACTION)
      return false;
    whose.different += 1;
    action.different += 1;
    return true;
  }

  #share(named: string): Share {
    const name = named.length > 128 ? digest(named) : named;
    let share = this.#shares.get(name);
    if (share === undefined) {
      share = { different: 0, long: 0 };
      this.#shares.set(Buffer.from(name).toString(), share);
    }
    return share;
  }

  // The event with texts that are not too long, and keep no long line alive.
  #cut(event: Event): Event {
    const beyond = excessOf(event);
    if (beyond === 0) return event;
    const share = this.#share(actionOf(event));
    const fits = share.long + beyond <= LONG_OF_ONE && this.#long + beyond <= LONG_OF_ALL;
    const cut = shortened(event, fits ? LONG : SHORT);
    const kept = excessOf(cut);
    share.long += kept;
    this.#long += kept;
    if (kept === beyond) return event;
    this.shortened += event.count;
    return cut;
  }
}

function whoseOf({ host, fields }: Event): string {
  const address = fields['source.ip'];
  return address === undefined ? `${host}\nof ${fields['user.name'] ?? ''}` : `${host}\nfrom ${address}`;
}

function actionOf({ host, parser, fields }: Event): string {
  return `${host}\n${parser} ${fields['event.action'] ?? ''}`;
}

/** Events of one key are the same again. */
function keyOf({ host, fields }: Event): string {
  const command = fields['process.command_line'];
  const what =
    typeof command === 'string' ? command : `${fields['source.ip'] ?? ''} ${fields['spoor.session.service'] ?? ''}`;
  const who = `${fields['user.name'] ?? ''} ${fields['user.effective.name'] ?? ''} ${fields['event.action'] ?? ''}`;
  const key = `${host} ${who} ${what}${fields['spoor.remote.sign'] ?? ''}`;
  return key.length > 128 ? digest(key) : key;
}

function digest(text: string): string {
  return hash('sha1', text, 'base64');
}

function limitOf(event: Event): number {
  if (event.fields['process.command_line'] !== undefined) return SAME_COMMAND;
  if (!isWindows(event)) return SAME_LOGIN;
  return event.fields['spoor.remote.sign'] === 'address' ? SAME_ADDRESS : SAME_VISIT;
}

/** Characters by which its texts are longer than they need to be. */
function excessOf({ raw, message, fields }: Event): number {
  let sum = beyond(raw, SHORT) + beyond(message, SHORT);
  for (const key in fields) {
    const value = fields[key];
    if (typeof value === 'string') sum += beyond(value, NAMES.has(key) ? MAX_NAME : SHORT);
    else if (Array.isArray(value)) for (const one of value) if (typeof one === 'string') sum += beyond(one, SHORT);
  }
  return sum;
}

function beyond(text: string, most: number): number {
  return text.length <= most ? 0 : text.length - most;
}

/** A copy with texts of its own, of at most so many characters; names are short in any case. */
function shortened(event: Event, most: number): Event {
  const fields: Record<string, EcsFields[string]> = {};
  for (const [key, value] of Object.entries(event.fields)) {
    if (typeof value === 'string') fields[key] = short(value, NAMES.has(key) ? MAX_NAME : most);
    else if (Array.isArray(value))
      fields[key] = value.map((one) => (typeof one === 'string' ? short(one, most) : one)) as string[];
    else fields[key] = value;
  }
  const user = event.user === undefined ? undefined : short(event.user, MAX_NAME);
  return { ...event, user, raw: short(event.raw, most), message: short(event.message, most), fields };
}
