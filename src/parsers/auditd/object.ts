import { posix } from 'node:path';
import { decodeString, plain, socketAddress } from './decode.ts';
import type { AuditFields, AuditRecord } from './record.ts';
import type { Fields } from './subject.ts';

const MAX_PATH = 4096; // PATH_MAX

/** Adds file.*: of an event's PATH records the one that says what was done, not the folder that it was done in. */
export function addPath(into: Fields, records: readonly AuditRecord[], syscall: string): void {
  const paths = records.filter(({ type, fields }) => type === 'PATH' && decodeString(fields['name']) !== undefined);
  const chosen = choose(
    paths.map(({ fields }) => fields),
    syscall,
  );
  if (chosen === undefined) return;
  into['file.path'] = absolute(decodeString(chosen['name']) as string, into['process.working_directory']);
  into['file.inode'] = plain(chosen['inode']);
  into['file.device'] = plain(chosen['dev']);
  const mode = plain(chosen['mode']);
  if (mode !== undefined && /^[0-7]{4,7}$/.test(mode)) into['file.mode'] = mode.slice(-4);
  into['file.uid'] = plain(chosen['ouid']);
  into['file.gid'] = plain(chosen['ogid']);
  into['file.owner'] = plain(chosen['OUID']);
  into['file.group'] = plain(chosen['OGID']);
}

function choose(paths: readonly AuditFields[], syscall: string): AuditFields | undefined {
  if (syscall.startsWith('execve')) return paths[0];
  const kind = (path: AuditFields) => path['nametype'] ?? path['objtype'];
  return (
    paths.findLast((path) => kind(path) === 'CREATE') ??
    paths.findLast((path) => kind(path) === 'DELETE') ??
    paths.find((path) => kind(path) === 'NORMAL') ??
    paths.find((path) => kind(path) !== 'PARENT') ??
    paths[0]
  );
}

function absolute(name: string, folder: unknown): string {
  if (name.startsWith('/') || typeof folder !== 'string' || name.length > MAX_PATH) return name;
  return posix.join(folder, name);
}

/** Adds the other end of a socket: destination.* of what was connected or sent to, source.* of what was accepted from. */
export function addSocket(into: Fields, records: readonly AuditRecord[], syscall: string): void {
  const outward = /^(?:connect|send)/.test(syscall);
  const inward = /^(?:accept|recv)/.test(syscall);
  if (outward || inward) into['network.direction'] = outward ? 'egress' : 'ingress';
  const address = socketAddress(records.find(({ type }) => type === 'SOCKADDR')?.fields['saddr']);
  if (address === null) return;
  into['auditd.log.socket_family'] = address.family;
  into['auditd.log.socket_path'] = address.path;
  if (address.ip === undefined) return;
  into['auditd.log.socket_addr'] = address.ip;
  into['auditd.log.socket_port'] = address.port;
  if (outward) {
    into['destination.ip'] = address.ip;
    into['destination.port'] = address.port;
  } else if (inward) {
    into['source.address'] = address.ip;
    into['source.ip'] = address.ip;
    into['source.port'] = address.port;
  }
}
