import { type EcsFields, withFields } from '../../core/event.ts';
import { source } from '../auth/peer.ts';
import {
  AUTHENTICATION,
  CONNECTION_DENIED,
  CONNECTION_END,
  CONNECTION_START,
  INFO,
  NETWORK,
  START,
} from '../auth/words.ts';

/** Named groups of a pattern: `user`, `address`, `port`, `reason`, where the line has them. */
export type Groups = Readonly<Record<string, string | undefined>>;

/** The line that counts as a login tried by FTP. */
export function login(outcome: 'success' | 'failure', groups: Groups): EcsFields {
  return {
    'event.category': AUTHENTICATION,
    'event.type': START,
    'event.action': 'ftp_login',
    'event.outcome': outcome,
    'event.reason': groups['reason'],
    'user.name': groups['user'],
    ...source(groups['address'], groups['port']),
    'spoor.auth.method': 'password',
  };
}

/** More about a login that another line counts. */
export function about(action: string, groups: Groups): EcsFields {
  return withFields(login('failure', groups), {
    'event.type': INFO,
    'event.action': action,
    'spoor.auth.method': undefined,
  });
}

const TYPES = {
  ftp_connect: CONNECTION_START,
  ftp_disconnect: CONNECTION_END,
  ftp_refused: CONNECTION_DENIED,
} as const;

/** A peer came, went or was sent away. */
export function connection(action: keyof typeof TYPES, groups: Groups): EcsFields {
  return {
    'event.category': NETWORK,
    'event.type': TYPES[action],
    'event.action': action,
    'event.reason': groups['reason'],
    'user.name': groups['user'],
    ...source(groups['address'], groups['port']),
  };
}
