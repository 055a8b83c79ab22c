import type { EcsFields } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';
import type { UtmpRecord } from './layout.ts';

const TYPES = [
  'EMPTY',
  'RUN_LVL',
  'BOOT_TIME',
  'NEW_TIME',
  'OLD_TIME',
  'INIT_PROCESS',
  'LOGIN_PROCESS',
  'USER_PROCESS',
  'DEAD_PROCESS',
  'ACCOUNTING',
];

/** The record's type by its name in utmp(5); a number that has none as it is. */
export function typeName(type: number): string {
  return TYPES[type] ?? String(type);
}

/** The address in ut_addr_v6: four bytes of IPv4, or sixteen of IPv6; '' for none. */
export function addressOf(address: Buffer): string {
  if (address.every((byte) => byte === 0)) return '';
  if (address.subarray(4).every((byte) => byte === 0)) return [...address.subarray(0, 4)].join('.');
  const groups = [0, 2, 4, 6, 8, 10, 12, 14].map((at) => address.readUInt16BE(at).toString(16));
  return canonicalIp(groups.join(':')) ?? '';
}

/** What happened, by type. getty's waiting for a login is LOGIN_PROCESS too, with the name LOGIN; a failed login has another. */
export function meaningOf(record: UtmpRecord): EcsFields {
  const { type, user, line } = record;
  if (type === 7) return meaning('session', 'start', 'session_open', 'success');
  if (type === 8) return meaning('session', 'end', 'session_close');
  if (type === 2) return meaning('host', 'start', 'boot');
  if (type === 1)
    return user === 'shutdown' ? meaning('host', 'end', 'shutdown') : meaning('host', 'change', 'runlevel');
  if (type === 3) return meaning('host', 'change', 'clock_set');
  if (type === 4) return meaning('host', 'info', 'clock_before');
  if (type === 6 && user !== 'LOGIN' && !(user === '' && line !== 'ssh:notty'))
    return meaning('authentication', 'start', line === 'ssh:notty' ? 'ssh_login' : 'login', 'failure');
  return meaning('process', 'info', typeName(type).toLowerCase());
}

function meaning(category: string, type: string, action: string, outcome?: string): EcsFields {
  return { 'event.category': [category], 'event.type': [type], 'event.action': action, 'event.outcome': outcome };
}

// mosh-server: "192.0.2.7 via mosh [906]", and "mosh [906]" when it does not know the peer. Its terminal comes to life with
// no login of its own: the one over SSH that started it is over by then.
const MOSH = /^(?:(?<peer>\S{1,255}) via )?mosh \[(?<pid>\d{1,10})\]$/;

/** That a record is mosh's; nothing for any other. */
export function moshOf({ type, host }: UtmpRecord): EcsFields {
  if (type !== 7 && type !== 8) return {};
  return MOSH.test(host) ? { 'spoor.session.kind': 'mosh', 'spoor.session.service': 'mosh' } : {};
}

/** Who and from where. The address field wins: the host field may be a name that its owner chose (reverse DNS). */
export function peerOf({ host: said, address }: UtmpRecord): EcsFields {
  const mosh = MOSH.exec(said);
  const host = mosh === null ? said : (mosh.groups?.['peer'] ?? '');
  const written = canonicalIp(host);
  const ip = canonicalIp(addressOf(address)) ?? written;
  const local = host === '' || host.startsWith(':') || /^(?:login|tmux|screen|mosh)\b/.test(host);
  if (ip === null || (ip === '0.0.0.0' && written === null))
    return local ? {} : { 'source.address': host, 'source.domain': host };
  const named = host !== '' && written === null && !local;
  return { 'source.address': host || ip, 'source.ip': ip, 'source.domain': named ? host : undefined };
}
