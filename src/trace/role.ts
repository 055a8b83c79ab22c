import { type EcsFields, type Event, has } from '../core/event.ts';
import { isOutgoing } from './hops/heard.ts';
import { type OutwardRole, outwardRole } from './outbound.ts';
import { type Sign, signIn } from './sign.ts';
import { looksForSecrets } from './web-secrets.ts';

// Hot path: once per event.

/** What an event means to the counts. Judged once for all events of a template. */
export interface Role {
  readonly kind: 'attempt' | 'notice' | 'web' | 'firewall' | 'probe' | 'other';
  /** An attempt that succeeded. */
  readonly success: boolean;
  /** A key, or nothing, was offered and refused: clients do that before they ask for a password. No guess. */
  readonly offer: boolean;
  /** What it adds to a peak: attempts that failed, requests and stopped packets; not what is said besides. */
  readonly weight: 0 | 1;
  /** "Invalid user": a name that no account has. */
  readonly invalid: boolean;
  /** A login that failed, and was more than an offer. */
  readonly guess: boolean;
  /** Does its account belong to the names that were tried? */
  readonly names: boolean;
  /** Could it be worth keeping? See `Notables`. */
  readonly notable: boolean;
  /** Or is it where it has no address, which its template does not tell? */
  readonly notableAlone: boolean;
  readonly audit: boolean;
  /** Does it tell of a connection outward? See `OutboundTable`. */
  readonly outward: OutwardRole;
  /** What it says of its peer's client. */
  readonly sign: Sign | null;
}

/** The role of an event; events of one template are judged once. */
export function roleOf(event: Event): Role {
  const { shape } = event;
  if (shape === null) return judge(event, event.fields);
  if (shape.memo === null) shape.memo = judge(event, shape.fields);
  return shape.memo as Role;
}

/** Attacks by which a server is made to run something. */
const RUNNING: ReadonlySet<string> = new Set(['rce', 'webshell']);

/** Did the server answer a request with success? */
export function isAnswered(fields: EcsFields): boolean {
  const status = fields['http.response.status_code'];
  return typeof status === 'number' && status >= 200 && status <= 299;
}

/** Categories of requests that look for something and attack nothing yet. */
export const PROBING: ReadonlySet<string> = new Set([
  'probe',
  'scanner',
  'login',
  'challenge',
  'protocol',
  'flood',
  'cache-bypass',
]);

/** What opens sessions in which nobody sits; cronie calls itself crond (its pam/crond). */
const OF_MACHINES = new Set<unknown>(['cron', 'crond', 'systemd-user']);

const OFFERS = new Set(['publickey', 'none', 'hostbased', 'gssapi-with-mic']);

function judge(event: Event, fields: EcsFields): Role {
  const kind = kindOf(fields);
  const offer = kind === 'attempt' && OFFERS.has(String(fields['spoor.auth.method']));
  const success = kind === 'attempt' && fields['event.outcome'] === 'success';
  return {
    kind,
    success,
    offer,
    weight: kind === 'other' || kind === 'notice' || success ? 0 : 1,
    invalid: fields['event.action'] === 'ssh_invalid_user',
    guess: kind === 'attempt' && !success && !offer,
    names: kind === 'attempt' || kind === 'notice' || kind === 'probe',
    notable: isNotable(event, fields),
    notableAlone: kind === 'attempt',
    audit: fields['spoor.audit.serial'] !== undefined,
    outward: outwardRole(fields),
    sign: signIn(fields),
  };
}

function kindOf(fields: EcsFields): Role['kind'] {
  const category = (fields['event.category'] as readonly string[] | undefined)?.[0];
  if (category === 'authentication') return has(fields, 'event.type', 'start') ? 'attempt' : 'notice';
  if (category === 'web') return 'web';
  if (category !== 'network') return 'other';
  if (fields['event.action'] === 'firewall') return isStopped(fields) ? 'firewall' : 'other';
  if (fields['event.action'] === 'ban' || fields['event.action'] === 'ban_found') return 'probe'; // fail2ban's word for it
  return fields['spoor.preauth'] === true ? 'probe' : 'other';
}

// A packet that came in and was stopped, or logged without a word on what became of it; of what a gateway hands on, mostly
// for its own hosts, only what it says that it stopped.
function isStopped(fields: EcsFields): boolean {
  const direction = fields['network.direction'];
  if (direction === 'ingress') return !has(fields, 'event.type', 'allowed');
  return direction === undefined && has(fields, 'event.type', 'denied');
}

/** Is it of a kind that sessions, findings and holes are told from? */
function isNotable(event: Event, fields: EcsFields): boolean {
  if (event.parser === null) return fields['error.code'] !== undefined;
  if (fields['spoor.remote.sign'] !== undefined) return true;
  const category = (fields['event.category'] as readonly string[] | undefined)?.[0];
  switch (category) {
    case undefined:
      return fields['error.code'] !== undefined || fields['spoor.child.pid'] !== undefined;
    case 'authentication':
      return isNotableLogin(fields);
    case 'session':
      return !OF_MACHINES.has(fields['spoor.session.service']);
    case 'network':
      return isNotableConnection(fields);
    case 'web':
      return isAnsweredAttack(fields);
    case 'process':
      return isNotableProcess(fields);
    default:
      return true; // iam, package, host, configuration, file: rare and telling
  }
}

// An attack, not a mere probe but for secrets, that the server answered with success; or in which it broke, as where what it was made to run does not end.
function isAnsweredAttack(fields: EcsFields): boolean {
  const status = fields['http.response.status_code'];
  if (fields['event.kind'] !== 'alert' || typeof status !== 'number') return false;
  const categories = fields['rule.category'] as readonly string[] | undefined;
  if (status === 499 || status >= 500) return categories?.some((category) => RUNNING.has(category)) === true;
  if (!isAnswered(fields)) return false;
  return categories?.some((category) => !PROBING.has(category)) === true || looksForSecrets(fields);
}

// Failures from an address are counted by address; a failure at the console, of su or of sudo has none.
function isNotableLogin(fields: EcsFields): boolean {
  if (fields['spoor.auth.elevated'] === true && fields['spoor.user.machine'] !== true) return true; // beside its logon
  return has(fields, 'event.type', 'start') && fields['event.outcome'] === 'success';
}

function isNotableConnection(fields: EcsFields): boolean {
  if (isOutgoing({ fields })) return true;
  if (fields['spoor.child.pid'] !== undefined) return true;
  return (
    fields['event.action'] === 'ssh_disconnect' && fields['spoor.preauth'] !== true && fields['user.name'] !== undefined
  );
}

function isNotableProcess(fields: EcsFields): boolean {
  const action = fields['event.action'];
  if (typeof action === 'string' && action.startsWith('log_')) return true;
  if (fields['spoor.child.pid'] !== undefined || fields['event.reason'] === 'auditing switched off') return true;
  if (fields['spoor.user.machine'] === true) return false; // Windows at its own work
  return fields['process.command_line'] !== undefined && has(fields, 'event.type', 'start');
}
