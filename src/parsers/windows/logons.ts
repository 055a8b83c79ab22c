import { type EcsFields, withFields } from '../../core/event.ts';
import { isPublic, parseIp } from '../../core/ip.ts';
import { isLoopback } from '../../core/loopback.ts';
import {
  type Account,
  account,
  accountOf,
  addressIn,
  logonId,
  shortName,
  sourceFields,
  userFields,
} from './account.ts';
import type { WindowsRecord } from './record.ts';

/** Logon types of Microsoft's "4624(S)", in its words. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['2', 'interactive'],
  ['3', 'network'],
  ['4', 'batch'],
  ['5', 'service'],
  ['7', 'unlock'],
  ['8', 'network cleartext'],
  ['9', 'new credentials'],
  ['10', 'remote interactive'],
  ['11', 'cached interactive'],
  ['12', 'cached remote interactive'],
  ['13', 'cached unlock'],
]);
/** Work that Windows begins by itself: nobody sits at it, and nobody came. */
const UNATTENDED = new Set(['0', '4', '5']);
const NETWORK = new Set(['3', '8']);
/** Elevated Token: Yes. */
const YES = new Set(['%%1842', 'yes', 'true']);

/** NTSTATUS codes of failed logons in words ("4625(F)"). */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['0xc0000064', 'no such account'],
  ['0xc000006a', 'wrong password'],
  ['0xc000006d', 'wrong name or password'],
  ['0xc000006e', 'account restriction'],
  ['0xc000006f', 'outside of allowed hours'],
  ['0xc0000070', 'from a workstation that is not allowed'],
  ['0xc0000071', 'password expired'],
  ['0xc0000072', 'account disabled'],
  ['0xc000015b', 'logon type not granted'],
  ['0xc0000193', 'account expired'],
  ['0xc0000224', 'password must be changed'],
  ['0xc0000234', 'account locked out'],
]);

/** 4624: somebody logged on. Windows' own logons are noted, and begin no session. */
export function loggedOn(record: WindowsRecord): EcsFields {
  const { text } = record;
  const who = accountOf(record, 'Target');
  const type = text('LogonType');
  const peer = peerOf(record);
  const silent = who.machine || UNATTENDED.has(type) || (NETWORK.has(type) && isLoopback(addressIn(text('IpAddress'))));
  return {
    'event.category': ['authentication'],
    'event.type': [silent ? 'info' : 'start'],
    'event.action': 'login',
    'event.outcome': 'success',
    ...userFields(who),
    ...peer,
    ...logonFields(record),
    'spoor.auth.method': methodOf(record),
    'spoor.auth.elevated': YES.has(text('ElevatedToken').toLowerCase()) ? true : undefined,
    'spoor.session.service': 'windows',
    'spoor.session.id': logonId(text('TargetLogonId')),
    'spoor.remote.sign': addressSign(who, peer),
  };
}

// A computer's account names the host that its address belongs to.
function addressSign({ name }: Account, peer: EcsFields): string | undefined {
  return name.endsWith('$') && peer['source.ip'] !== undefined ? 'address' : undefined;
}

/** 4625: a logon failed. */
export function logonFailed(record: WindowsRecord): EcsFields {
  const { text } = record;
  const status = text('SubStatus').toLowerCase();
  const code = status === '' || status === '0x0' ? text('Status').toLowerCase() : status;
  return withFields(failure(record, accountOf(record, 'Target'), REASONS.get(code) ?? code), logonFields(record));
}

/** 4771, 4768 without a ticket: Kerberos refused, told by the domain controller alone. */
export function ticketRefused(record: WindowsRecord): EcsFields {
  const code = record.text('Status').toLowerCase();
  const reason = code === '0x18' ? 'wrong password' : code === '0x6' ? 'no such account' : `Kerberos error ${code}`;
  const fields = failure(record, accountOf(record, 'Target'), reason);
  // 0x19 asks for proof that any client brings next; 0x25 is a clock that is wrong
  return code === '0x19' || code === '0x25' ? { ...fields, 'event.type': ['info'] } : fields;
}

function failure(record: WindowsRecord, who: Account, reason: string): EcsFields {
  const peer = peerOf(record);
  const ip = parseIp(String(peer['source.ip'] ?? ''));
  // Computers fail at their own doors all the time; from outside even their names are guesses.
  const silent = who.machine && who.name !== '' && (ip === null || !isPublic(ip));
  return {
    'event.category': ['authentication'],
    'event.type': [silent ? 'info' : 'start'],
    'event.action': 'login',
    'event.outcome': 'failure',
    'event.reason': reason,
    ...userFields(who),
    ...peer,
    'spoor.auth.method': methodOf(record) ?? 'kerberos',
    'spoor.session.service': 'windows',
  };
}

/** 4768, 4769, 4770 and 4776: tickets and passwords that a domain controller checked for another host. */
export function checkedElsewhere(record: WindowsRecord): EcsFields {
  const { text } = record;
  const status = text('Status').toLowerCase();
  const who = accountOf(record, 'Target');
  const peer = sourceFields(text('IpAddress'), text('IpPort'));
  return {
    'event.category': ['authentication'],
    'event.type': ['info'],
    'event.action': record.id === 4776 ? 'credential_validated' : 'kerberos_ticket',
    'event.outcome': status === '' || /^0x0+$/.test(status) ? 'success' : 'failure',
    ...userFields(who),
    ...peer,
    'spoor.remote.sign': addressSign(who, peer),
    'service.name': text('ServiceName') || undefined,
    'source.domain': text('Workstation').replace(/^\\\\/, '') || undefined,
  };
}

/** 4634, 4647: a session ended. */
export function loggedOff(record: WindowsRecord): EcsFields {
  const who = accountOf(record, 'Target');
  return {
    'event.category': [who.machine ? 'authentication' : 'session'],
    'event.type': [who.machine ? 'info' : 'end'],
    'event.action': 'session_close',
    ...userFields(who),
    ...logonFields(record),
    'spoor.session.service': 'windows',
    'spoor.session.id': logonId(record.text('TargetLogonId')),
  };
}

/** 4648: somebody gave other credentials than their own, mostly to reach another host. */
export function explicitCredentials(record: WindowsRecord): EcsFields {
  const { text } = record;
  const who = accountOf(record, 'Subject');
  const taken = accountOf(record, 'Target');
  const server = shortName(text('TargetServerName'));
  const elsewhere = server !== '' && !/^localhost$/i.test(server) && !taken.machine;
  return {
    'event.category': ['authentication'],
    'event.type': ['info'],
    'event.action': 'explicit_credentials',
    'event.outcome': 'success',
    ...userFields(who),
    'user.effective.name': taken.name || undefined,
    'user.effective.domain': taken.domain || undefined,
    'destination.domain': elsewhere ? server : undefined,
    'process.executable': text('ProcessName') || undefined,
    'spoor.session.id': logonId(text('SubjectLogonId')),
    'spoor.remote.sign': elsewhere ? 'credentials' : undefined,
  };
}

/** 4672: a logon was given the rights of an administrator. It stands beside the 4624 of the same logon. */
export function privilegesGiven(record: WindowsRecord): EcsFields {
  const who = accountOf(record, 'Subject');
  return {
    'event.category': ['authentication'],
    'event.type': ['info'],
    'event.action': 'privileges_assigned',
    'event.outcome': 'success',
    ...userFields(who),
    'spoor.session.id': logonId(record.text('SubjectLogonId')),
    'spoor.auth.elevated': true,
  };
}

/** Terminal services, LocalSessionManager 21 and 25: a desktop was opened or taken up again, from an address or LOCAL. */
export function desktopOpened(record: WindowsRecord): EcsFields {
  const written = record.text('User');
  const slash = written.indexOf('\\');
  const who = account(written.slice(slash + 1), slash === -1 ? '' : written.slice(0, slash), '');
  const peer = sourceFields(record.text('Address'), '');
  return {
    'event.category': ['authentication'],
    'event.type': [peer['source.ip'] === undefined ? 'info' : 'start'],
    'event.action': 'login',
    'event.outcome': 'success',
    ...userFields(who),
    ...peer,
    'spoor.auth.method': 'remote interactive',
    'spoor.session.service': 'windows',
  };
}

function logonFields({ text }: WindowsRecord): EcsFields {
  const type = text('LogonType');
  return {
    'winlog.logon.type': type === '' ? undefined : (TYPES.get(type) ?? type),
    'winlog.logon.id': logonId(text('TargetLogonId')),
  };
}

function peerOf({ text }: WindowsRecord): EcsFields {
  const workstation = shortName(text('WorkstationName'));
  return withFields(sourceFields(text('IpAddress'), text('IpPort')), {
    'source.domain': workstation === '' ? undefined : workstation,
  });
}

// "network (NTLM)": how, and by which package where Windows names the one that was used.
function methodOf({ text }: WindowsRecord): string | undefined {
  const type = TYPES.get(text('LogonType'));
  if (type === undefined) return undefined;
  const asked = text('AuthenticationPackageName');
  return /^(?:NTLM|Kerberos)$/i.test(asked) ? `${type} (${asked})` : type;
}
