import { type EcsFields, withFields } from '../../core/event.ts';
import { isPublic, parseIp } from '../../core/ip.ts';
import { isLoopback } from '../../core/loopback.ts';
import { accountOf, addressIn, logonId, portOf, qualified, shortName, sourceFields, userFields } from './account.ts';
import { logonOf } from './changes.ts';
import type { WindowsRecord } from './record.ts';

/** A process began: 4688. */
export function processCreated(record: WindowsRecord): EcsFields {
  const { text } = record;
  const target = accountOf(record, 'Target');
  const given = target.name !== '';
  const id = (given ? logonId(text('TargetLogonId')) : undefined) ?? logonId(text('SubjectLogonId'));
  return withFields(processStart(text('NewProcessName'), text('CommandLine'), text('ParentProcessName')), {
    'process.pid': pidOf(text('NewProcessId')),
    'process.parent.pid': pidOf(text('ProcessId')),
    ...userFields(given ? target : accountOf(record, 'Subject')),
    'spoor.session.id': id,
    'winlog.logon.id': id,
  });
}

/** A process began: Sysmon 1. */
export function processSeen({ text }: WindowsRecord): EcsFields {
  const id = logonId(text('LogonId'));
  return withFields(processStart(text('Image'), text('CommandLine'), text('ParentImage')), {
    'process.pid': pidOf(text('ProcessId')),
    'process.parent.pid': pidOf(text('ParentProcessId')),
    'process.parent.command_line': text('ParentCommandLine') || undefined,
    'process.working_directory': text('CurrentDirectory') || undefined,
    ...userFields(qualified(text('User'))),
    'spoor.session.id': id,
    'winlog.logon.id': id,
  });
}

function processStart(executable: string, commandLine: string, parent: string): EcsFields {
  return {
    'event.category': ['process'],
    'event.type': ['start'],
    'event.action': 'command',
    'process.executable': executable || undefined,
    'process.name': baseName(executable) || undefined,
    'process.command_line': commandLine || executable || undefined,
    'process.parent.executable': parent || undefined,
    'process.parent.name': baseName(parent) || undefined,
  };
}

/** File name of a Windows path. */
function baseName(path: string): string {
  return path.slice(path.lastIndexOf('\\') + 1);
}

function pidOf(text: string): number | undefined {
  const pid = /^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : 0;
  return pid > 0 ? pid : undefined;
}

/** Ways from host to host: SMB, RPC, WinRM and the desktop. Ports from 49152 on are RPC's. */
const WAYS: ReadonlySet<number> = new Set([135, 139, 445, 3389, 5985, 5986]);
const RPC_FROM = 49_152;
/** Windows' own programs whose connections are the daily talk of a domain. */
const TALKERS =
  /\\(?:lsass|dns|dfsrs|dfssvc|ntfrs|ismserv|spoolsv|msmpeng|mssense|microsoft\.activedirectory\.webservices)\.exe$/i;
const SERVERS = /(?:^System$|\\(?:svchost|services|system)\.exe$)/i;

/** 5156, 5157: the Windows Filtering Platform let a connection through, or stopped it. */
export function connectionFiltered({ id, text }: WindowsRecord): EcsFields {
  const inward = text('Direction') === '%%14592' || /^inbound$/i.test(text('Direction'));
  const ends = connectionEnds(text('SourceAddress'), text('SourcePort'), text('DestAddress'), text('DestPort'));
  return connection(ends, text('Application'), inward, id === 5157, text('Protocol'));
}

/** Sysmon 3. */
export function connectionSeen({ text }: WindowsRecord): EcsFields {
  const ends = connectionEnds(text('SourceIp'), text('SourcePort'), text('DestinationIp'), text('DestinationPort'));
  const inward = text('Initiated').toLowerCase() === 'false';
  return withFields(
    connection(ends, text('Image'), inward, false, text('Protocol')),
    userFields(qualified(text('User'))),
  );
}

interface Ends {
  readonly source: string;
  readonly sourcePort: number | undefined;
  readonly destination: string;
  readonly destinationPort: number | undefined;
}

function connectionEnds(source: string, sourcePort: string, destination: string, destinationPort: string): Ends {
  return {
    source: addressIn(source),
    sourcePort: portOf(sourcePort),
    destination: addressIn(destination),
    destinationPort: portOf(destinationPort),
  };
}

function connection(ends: Ends, executable: string, inward: boolean, stopped: boolean, protocol: string): EcsFields {
  const { source, sourcePort, destination, destinationPort } = ends;
  const transport =
    protocol === '6' || protocol === 'tcp' ? 'tcp' : protocol === '17' || protocol === 'udp' ? 'udp' : undefined;
  return {
    'event.category': ['network'],
    'event.type': ['connection', stopped ? 'denied' : 'allowed'],
    'event.action': 'connection',
    'source.ip': source || undefined,
    'source.address': source || undefined,
    'source.port': sourcePort,
    'destination.ip': destination || undefined,
    'destination.port': destinationPort,
    'network.transport': transport,
    'network.direction': inward ? 'ingress' : 'egress',
    'process.executable': executable || undefined,
    'process.name': baseName(executable) || undefined,
    'spoor.remote.sign': signOfConnection(ends, executable, inward, stopped || transport === 'udp'),
  };
}

function signOfConnection(ends: Ends, executable: string, inward: boolean, noWay: boolean): string | undefined {
  if (!noWay && isWay(ends, executable, inward)) return 'connection';
  return !inward && isInside(ends.source) ? 'address' : undefined; // the host's own
}

// Worth keeping: what may have carried a logon. Windows' own programs speak to RPC and SMB all day: of what they open, only
// the ways in are told, and of what comes in only SMB, RPC's door, WinRM and the desktop.
function isWay({ source, destination, destinationPort = 0 }: Ends, executable: string, inward: boolean): boolean {
  if (source === destination || !isInside(source) || !isInside(destination) || TALKERS.test(executable)) return false;
  if (!WAYS.has(destinationPort) && destinationPort < RPC_FROM) return false;
  return (
    inward ||
    destinationPort === 5985 ||
    destinationPort === 5986 ||
    destinationPort === 3389 ||
    !SERVERS.test(executable)
  );
}

function isInside(address: string): boolean {
  const ip = parseIp(address);
  return (
    ip !== null &&
    !isPublic(ip) &&
    !isLoopback(address) &&
    !/^(?:169\.254\.|fe80:|ff|22[4-9]\.|23\d\.|255\.|0\.)/.test(address)
  );
}

const DRIVE_SHARE = /^(?:\\\\[^\\]{0,255}\\)?(?:ADMIN|[A-Z])\$$/i;
const PIPES_SHARE = /^(?:\\\\[^\\]{0,255}\\)?IPC\$$/i;
/** Write, append, delete a child, delete, change rights or owner (MS-SMB2 §2.2.13.1). */
const WRITES = 0x2 | 0x4 | 0x40 | 0x10000 | 0x40000 | 0x80000;
/** Named pipes by which another host is made to do something. */
const PIPES: readonly (readonly [name: RegExp, sign: string])[] = [
  [/^svcctl$/i, 'service_pipe'],
  [/^atsvc$/i, 'task_pipe'],
  [/^winreg$/i, 'registry_pipe'],
  [/^(?:psexesvc|remcom_|csexec|paexec|winexesvc)/i, 'exec_pipe'],
];

/** 5140, 5145: a share was opened, or a file or pipe in it. */
export function shareUsed(record: WindowsRecord): EcsFields {
  const { text, id } = record;
  const who = accountOf(record, 'Subject');
  const share = text('ShareName');
  const file = text('RelativeTargetName');
  const refused = /(?:^|[^\d])0xc0000022/i.test(text('Status'));
  return {
    'event.category': ['network', 'file'],
    'event.type': ['info', 'access'],
    'event.action': id === 5140 ? 'share_opened' : 'share_access',
    'event.outcome': refused ? 'failure' : undefined,
    ...userFields(who),
    ...sourceFields(text('IpAddress'), text('IpPort')),
    ...logonOf(record),
    'file.share': share || undefined,
    'file.path': file === '' || file === '\\' ? undefined : file,
    'spoor.remote.sign': who.machine || refused ? undefined : signOf(id, share, file, text('AccessMask')),
  };
}

function signOf(id: number, share: string, file: string, mask: string): string | undefined {
  if (PIPES_SHARE.test(share)) return PIPES.find(([name]) => name.test(file))?.[1];
  if (!DRIVE_SHARE.test(share)) return undefined;
  if (id === 5140) return 'admin_share';
  const bits = /^0x[0-9a-f]{1,8}$/i.test(mask) ? Number(mask) : 0;
  return (bits & WRITES) !== 0 ? 'admin_share_write' : undefined;
}

/** WMI-Activity 5857 to 5861: a query or call and where it came from, or a lasting subscription. */
export function managementUsed(record: WindowsRecord): EcsFields {
  const { id, message } = record;
  const said = (name: string) => record.text(name) || partOf(message, name);
  const client = shortName(said('ClientMachine'));
  const local = client === '' || client.toLowerCase() === shortName(record.computer).toLowerCase();
  return {
    'event.category': [id === 5861 ? 'configuration' : 'process'],
    'event.type': [id === 5861 ? 'creation' : 'info'],
    'event.action': id === 5861 ? 'wmi_subscription' : 'wmi_activity',
    ...userFields(qualified(said('User'))),
    'source.domain': local ? undefined : client,
    'spoor.wmi.operation': said('Operation') || (id === 5861 ? said('CONSUMER') : '') || undefined,
    'spoor.remote.sign': id === 5861 ? 'wmi_subscription' : local ? undefined : 'wmi',
  };
}

// "Id = {…}; ClientMachine = WS1; User = EXAMPLE\anna; …"
function partOf(message: string, name: string): string {
  const key = `${name} = `;
  const from = message.startsWith(key) ? 0 : message.indexOf(`; ${key}`);
  if (from === -1) return '';
  const begin = message.indexOf(' = ', from) + 3;
  const end = message.indexOf(';', begin);
  return message.slice(begin, end === -1 ? undefined : end).trim();
}

/** WinRM/Operational: 91 opens a shell for a peer; 6 begins a session with another host. */
export function remotingUsed(record: WindowsRecord): EcsFields {
  const outward = record.id === 6;
  const target = outward
    ? /(?<host>[A-Za-z0-9][\w.-]{0,253})\/wsman/i.exec((record.text('connection') || record.message).slice(0, 4096))
    : null;
  return {
    'event.category': ['process'],
    'event.type': ['info'],
    'event.action': outward ? 'winrm_client' : 'winrm_shell',
    ...userFields(qualified(record.text('AccountName') || record.text('User'))),
    'destination.domain': target?.groups?.['host'] ? shortName(target.groups['host']) : undefined,
    'spoor.remote.sign': outward ? undefined : 'winrm',
  };
}

/** PowerShell 4103, 4104, 400, 600, 800: what was run, and whether another host ran it. */
export function powershellSaid(record: WindowsRecord): EcsFields {
  const context = record.text('ContextInfo') || record.text('Data') || record.message;
  const remote = /Host ?Name ?= ?ServerRemoteHost/.test(context.slice(0, 20_000));
  const user = /^[ \t]{0,40}User = (?<user>[^\r\n]{1,256})/m.exec(context.slice(0, 20_000))?.groups?.['user'] ?? '';
  return {
    'event.category': ['process'],
    'event.type': ['info'],
    'event.action': 'powershell',
    ...userFields(qualified(user.trim())),
    'spoor.remote.sign': remote ? 'powershell' : undefined,
  };
}
