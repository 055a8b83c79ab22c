import type { EcsFields } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';
import { isLoopback } from '../../core/loopback.ts';
import type { WindowsRecord } from './record.ts';

/** Names that Windows gives to itself, in English; elsewhere the SIDs tell. */
const OWN_NAMES = new Set(['SYSTEM', 'LOCAL SERVICE', 'NETWORK SERVICE', 'ANONYMOUS LOGON', 'LOCALSYSTEM', 'IUSR']);
/** Local System, services, anonymous, window and font managers, virtual accounts of services and application pools. */
const OWN_SIDS = /^S-1-5-(?:7|18|19|20|80-.{1,120}|82-.{1,120}|90-.{1,40}|96-.{1,40})$/;
const OWN_MANAGERS = /^(?:DWM|UMFD)-\d{1,5}$/;

/** An account as an event names it. */
export interface Account {
  readonly name: string;
  readonly domain: string;
  /** A computer's account, or one that Windows gives to itself: no person. */
  readonly machine: boolean;
}

/** The account in `${prefix}UserName`, `${prefix}DomainName` and `${prefix}UserSid`. */
export function accountOf({ text }: WindowsRecord, prefix: 'Subject' | 'Target'): Account {
  return account(text(`${prefix}UserName`), text(`${prefix}DomainName`), text(`${prefix}UserSid`));
}

/** The account of "DOMAIN\\name". */
export function qualified(written: string): Account {
  const slash = written.indexOf('\\');
  return slash === -1 ? account(written, '', '') : account(written.slice(slash + 1), written.slice(0, slash), '');
}

/** An account by its parts; a "name@realm" is taken apart. */
export function account(written: string, domain: string, sid: string): Account {
  const at = written.indexOf('@');
  const name = at > 0 ? written.slice(0, at) : written;
  const own = OWN_NAMES.has(name.toUpperCase()) || OWN_SIDS.test(sid) || OWN_MANAGERS.test(name);
  return {
    name,
    domain: domain || (at > 0 ? written.slice(at + 1) : ''),
    machine: own || name === '' || name.endsWith('$'),
  };
}

/** `user.*` of an account. */
export function userFields({ name, domain, machine }: Account): EcsFields {
  return {
    'user.name': name === '' ? undefined : name,
    'user.domain': domain === '' ? undefined : domain,
    'spoor.user.machine': machine ? true : undefined,
  };
}

/** An address in canonical text, without the `::ffff:` that Windows puts before it; '' for none. */
export function addressIn(written: string): string {
  return canonicalIp(written.replace(/^\\\\/, '')) ?? '';
}

/** The peer's fields: loopback is none, for Windows writes such logons all day. */
export function sourceFields(address: string, port: string): EcsFields {
  const ip = addressIn(address);
  if (ip === '' || isLoopback(ip)) return {};
  return { 'source.ip': ip, 'source.address': ip, 'source.port': portOf(port) };
}

/** A port above 0; undefined for none. */
export function portOf(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}

/** The number of a logon on its host, in small letters; undefined where there is none. */
export function logonId(text: string): string | undefined {
  const id = text.toLowerCase();
  if (!/^(?:0x[0-9a-f]{1,16}|\d{1,20})$/.test(id) || id === '0x0' || id === '0') return undefined;
  return id.startsWith('0x') ? id : `0x${BigInt(id).toString(16)}`;
}

/** The name of a host without its domain; an address stays as it is. */
export function shortName(host: string): string {
  const bare = host.replace(/^\\\\/, '');
  return canonicalIp(bare) === null ? (bare.split('.')[0] ?? '') : bare;
}
