import { type Event, has } from '../core/event.ts';

// Hot path: once per event.

/** How many of the same kind are kept, each with its line; the rest is counted. */
const SAME_COMMAND = 200;
const SAME_LOGIN = 2000;
const MAX_KEYS = 200_000;
const MAX_KEPT = 400_000;
const MAX_RAW = 4096;

/**
 * Chooses the events that sessions, findings and holes are told from, out of the mass that only counts. A machine's
 * routine (the same login or command over and over) is kept some times and then counted: memory stays bounded.
 */
export class Notables {
  /** Events left out because enough of their kind were kept. */
  folded = 0;
  #kept: Event[] = [];
  #total = 0;
  readonly #seen = new Map<string, number>();

  add(event: Event): void {
    if (!isNotable(event)) return;
    if (this.#total >= MAX_KEPT || !this.#hasRoom(event)) {
      this.folded += event.count;
      return;
    }
    this.#total += 1;
    this.#kept.push(event.raw.length > MAX_RAW ? { ...event, raw: `${event.raw.slice(0, MAX_RAW)}…` } : event);
  }

  /** What was kept since the last call. */
  take(): Event[] {
    const kept = this.#kept;
    this.#kept = [];
    return kept;
  }

  #hasRoom(event: Event): boolean {
    const { fields } = event;
    const command = fields['process.command_line'];
    const what = typeof command === 'string' ? command : `${fields['source.ip'] ?? ''} ${fields['spoor.session.service'] ?? ''}`;
    const who = `${fields['user.name'] ?? ''} ${fields['user.effective.name'] ?? ''} ${fields['event.action'] ?? ''}`;
    const key = `${event.host} ${who} ${what}`;
    const seen = this.#seen.get(key) ?? 0;
    if (seen === 0 && this.#seen.size >= MAX_KEYS) return true;
    this.#seen.set(seen === 0 ? Buffer.from(key).toString() : key, seen + 1);
    return seen < (command === undefined ? SAME_LOGIN : SAME_COMMAND);
  }
}

function isNotable(event: Event): boolean {
  const { fields } = event;
  if (event.parser === null) return fields['error.code'] !== undefined;
  const category = (fields['event.category'] as readonly string[] | undefined)?.[0];
  switch (category) {
    case undefined:
      return fields['error.code'] !== undefined || fields['spoor.child.pid'] !== undefined;
    case 'authentication':
      return isNotableLogin(event);
    case 'session':
      return fields['spoor.session.service'] !== 'cron' && fields['spoor.session.service'] !== 'systemd-user';
    case 'network':
      return isNotableConnection(event);
    case 'web':
      return false;
    case 'process':
      return isNotableProcess(event);
    default:
      return true; // iam, package, host, configuration, file: rare and telling
  }
}

// Failures from an address are counted by address; a failure at the console, of su or of sudo has none.
function isNotableLogin({ fields }: Event): boolean {
  if (!has(fields, 'event.type', 'start')) return false;
  return fields['event.outcome'] === 'success' || fields['source.ip'] === undefined;
}

function isNotableConnection({ fields }: Event): boolean {
  if (fields['spoor.child.pid'] !== undefined) return true;
  return fields['event.action'] === 'ssh_disconnect' && fields['spoor.preauth'] !== true && fields['user.name'] !== undefined;
}

function isNotableProcess({ fields }: Event): boolean {
  const action = fields['event.action'];
  if (typeof action === 'string' && action.startsWith('log_')) return true;
  if (fields['spoor.child.pid'] !== undefined) return true;
  return fields['process.command_line'] !== undefined && has(fields, 'event.type', 'start');
}
