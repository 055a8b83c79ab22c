import type { EcsFields } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';
import { domainOf } from '../auth/peer.ts';
import {
  AUTHENTICATION,
  CONNECTION_DENIED,
  CONNECTION_END,
  CONNECTION_START,
  type END,
  INFO,
  NETWORK,
  PROCESS,
  SESSION,
  START,
} from '../auth/words.ts';
import { tail } from './tail.ts';

// Hot path: one literal for each kind of event, so that events of a kind share their shape.

/** The line that counts as the attempt. The name and the peer are what `tail` holds. */
export function attempt(outcome: 'success' | 'failure', method: string | undefined): EcsFields {
  const { address } = tail;
  const ip = canonicalIp(address);
  return {
    'event.category': AUTHENTICATION,
    'event.type': START,
    'event.action': 'ssh_login',
    'event.outcome': outcome,
    'user.name': tail.user,
    'source.ip': ip ?? undefined,
    'source.port': tail.port,
    'source.address': address === '' ? undefined : address,
    'source.domain': ip === null ? domainOf(address) : undefined,
    'spoor.auth.method': method,
    'spoor.user.unknown': tail.unknown ? true : undefined,
  };
}

/** More about an attempt that another line counts: a failure, unless nothing is decided yet. */
export function about(action: string, reason?: string, decided = true): EcsFields {
  const { address } = tail;
  const ip = canonicalIp(address);
  return {
    'event.category': AUTHENTICATION,
    'event.type': INFO,
    'event.action': action,
    'event.outcome': decided ? 'failure' : undefined,
    'event.reason': reason,
    'user.name': tail.user,
    'source.ip': ip ?? undefined,
    'source.port': tail.port,
    'source.address': address === '' ? undefined : address,
    'source.domain': ip === null ? domainOf(address) : undefined,
    'spoor.user.unknown': tail.unknown ? true : undefined,
  };
}

const TYPES = {
  ssh_connect: CONNECTION_START,
  ssh_disconnect: CONNECTION_END,
  ssh_preauth_close: CONNECTION_END,
  ssh_probe: CONNECTION_END,
  ssh_refused: CONNECTION_DENIED,
  ssh_forward_refused: CONNECTION_DENIED,
  ssh_peer: INFO, // says something of a peer, not that it came or went
} as const;

/** A peer came or went. `preauth` is true when nobody had logged in on that connection. */
export function connection(action: keyof typeof TYPES, preauth: boolean, reason?: string): EcsFields {
  const { address } = tail;
  const ip = canonicalIp(address);
  return {
    'event.category': NETWORK,
    'event.type': TYPES[action],
    'event.action': action,
    'event.reason': reason,
    'user.name': tail.user,
    'source.ip': ip ?? undefined,
    'source.port': tail.port,
    'source.address': address === '' ? undefined : address,
    'source.domain': ip === null ? domainOf(address) : undefined,
    'spoor.preauth': preauth ? true : undefined,
    'spoor.user.unknown': tail.unknown ? true : undefined,
  };
}

/** A shell, a command or a subsystem began or ended inside a session that PAM and `attempt` tell of. */
export function channel(action: 'ssh_channel_open' | 'ssh_channel_close'): EcsFields {
  const ip = canonicalIp(tail.address);
  return {
    'event.category': SESSION,
    'event.type': INFO,
    'event.action': action,
    'user.name': tail.user,
    'source.ip': ip ?? undefined,
    'source.port': tail.port,
    'source.address': tail.address === '' ? undefined : tail.address,
    'spoor.session.service': 'sshd',
  };
}

/** The daemon about itself: read and understood, and of no weight for who logged in. */
export function daemon(
  action: string,
  type: typeof INFO | typeof START | typeof END = INFO,
  more?: EcsFields,
): EcsFields {
  return { 'event.category': PROCESS, 'event.type': type, 'event.action': action, ...more };
}

/** Forgets the last line's name and peer. */
export function clear(): void {
  tail.user = undefined;
  tail.unknown = false;
  tail.trying = false;
  tail.address = '';
  tail.port = undefined;
  tail.extra = -1;
}
