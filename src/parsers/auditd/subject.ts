import type { EcsValue } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';
import { decodeString, idOf, plain } from './decode.ts';
import type { AuditFields } from './record.ts';

/** ECS fields while an event is put together. */
export type Fields = Record<string, EcsValue>;

const IDS: readonly (readonly [key: string, field: string])[] = [
  ['euid', 'user.effective.id'],
  ['suid', 'user.saved.id'],
  ['fsuid', 'user.filesystem.id'],
  ['gid', 'user.group.id'],
  ['egid', 'user.effective.group.id'],
  ['sgid', 'user.saved.group.id'],
  ['fsgid', 'user.filesystem.group.id'],
];

/** Who did it, by the kernel's word: user.* from uid and its kin, user.audit.* from auid, and the audit session. */
export function addSubject(into: Fields, kernel: AuditFields): void {
  into['user.id'] = idOf(kernel['uid']);
  into['user.name'] = nameOf(kernel['UID']);
  into['user.audit.id'] = idOf(kernel['auid']);
  into['user.audit.name'] = nameOf(kernel['AUID']);
  into['user.effective.name'] = nameOf(kernel['EUID']);
  into['user.group.name'] = nameOf(kernel['GID']);
  for (const [key, field] of IDS) if (kernel[key] !== undefined) into[field] = idOf(kernel[key]);
  into['spoor.session.id'] = idOf(kernel['ses']);
  into['user.terminal'] = terminalOf(kernel['tty']);
}

/** "pts0" and "/dev/pts/0" are `pts/0`, as everywhere else; "(none)" is absent. */
export function terminalOf(value: string | undefined): string | undefined {
  const name = plain(value);
  if (name === undefined || name === '(none)') return undefined;
  if (name.startsWith('/dev/')) return name.slice(5);
  return /^pts\d{1,6}$/.test(name) ? `pts/${name.slice(3)}` : name;
}

/** A name that enrichment added; "unset" and "unknown(1000)" are none. */
export function nameOf(value: string | undefined): string | undefined {
  const name = plain(value);
  return name === undefined || name === 'unset' || name.startsWith('unknown(') ? undefined : name;
}

/** The peer a program named: `addr` when it is an address, `hostname` when a name goes with one. */
export function addPeer(into: Fields, said: AuditFields): void {
  const written = plain(said['addr']);
  const ip = written === undefined ? null : canonicalIp(written);
  if (ip === null) return; // without an address, hostname is this host's own name
  into['source.address'] = written;
  into['source.ip'] = ip;
  into['network.direction'] = 'ingress';
  const hostname = plain(said['hostname']);
  if (hostname !== undefined && canonicalIp(hostname) === null) into['source.domain'] = hostname;
  into['source.port'] = portOf(said['rport']);
  const local = plain(said['laddr']);
  if (local === undefined) return;
  into['destination.ip'] = canonicalIp(local) ?? undefined;
  into['destination.port'] = portOf(said['lport']);
}

function portOf(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? Number(value) : undefined;
}

/** `success` or `failure` from res=, result= or success=; undefined when a record says neither. */
export function outcomeOf(kernel: AuditFields, said: AuditFields | null): string | undefined {
  const word = plain(said?.['res'] ?? said?.['result'] ?? kernel['res'] ?? kernel['success'])?.toLowerCase();
  if (word === 'success' || word === '1' || word === 'yes') return 'success';
  if (word === 'failed' || word === 'failure' || word === 'fail' || word === '0' || word === 'no') return 'failure';
  return undefined;
}

/** The program: `comm`, else the last part of `exe`. */
export function programOf(kernel: AuditFields, said: AuditFields | null): string {
  const comm = decodeString(said?.['comm'] ?? kernel['comm']);
  if (comm !== undefined) return comm;
  const executable = decodeString(said?.['exe'] ?? kernel['exe']);
  return executable === undefined ? '' : executable.slice(executable.lastIndexOf('/') + 1).replace(/ \(deleted\)$/, '');
}
