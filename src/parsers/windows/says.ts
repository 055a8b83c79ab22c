import { type EcsFields, withFields } from '../../core/event.ts';
import { qualified, userFields } from './account.ts';
import { accountChanged, loggingChanged, serviceInstalled, taskChanged, taskTold } from './changes.ts';
import {
  connectionFiltered,
  connectionSeen,
  managementUsed,
  powershellSaid,
  processCreated,
  processSeen,
  remotingUsed,
  shareUsed,
} from './doings.ts';
import {
  checkedElsewhere,
  desktopOpened,
  explicitCredentials,
  loggedOff,
  loggedOn,
  logonFailed,
  privilegesGiven,
  ticketRefused,
} from './logons.ts';
import type { WindowsRecord } from './record.ts';

type Says = (record: WindowsRecord) => EcsFields | null;

const SECURITY: ReadonlyMap<number, Says> = new Map<number, Says>([
  [1100, loggingChanged],
  [1102, loggingChanged],
  [4624, loggedOn],
  [4625, logonFailed],
  [4634, loggedOff],
  [4647, loggedOff],
  [4648, explicitCredentials],
  [4672, privilegesGiven],
  [4688, processCreated],
  [4697, serviceInstalled],
  [4698, taskChanged],
  [4702, taskChanged],
  [4768, ticket],
  [4769, checkedElsewhere],
  [4770, checkedElsewhere],
  [4771, ticketRefused],
  [4776, checkedElsewhere],
  [5140, shareUsed],
  [5145, shareUsed],
  [5156, connectionFiltered],
  [5157, connectionFiltered],
]);

// 4768 without a ticket is a refusal
function ticket(record: WindowsRecord): EcsFields {
  const status = record.text('Status').toLowerCase();
  return status === '' || /^0x0+$/.test(status) ? checkedElsewhere(record) : ticketRefused(record);
}

const SYSMON: ReadonlyMap<number, Says> = new Map<number, Says>([
  [1, processSeen],
  [3, connectionSeen],
  [11, fileCreated],
  [13, registrySet],
  [20, subscription],
  [21, subscription],
]);

function host(type: string, action: string): EcsFields {
  return { 'event.category': ['host'], 'event.type': [type], 'event.action': action };
}

/** Of the log System, whose numbers mean something only together with who wrote. */
const SYSTEM: ReadonlyMap<string, Says> = new Map<string, Says>([
  ['Service Control Manager 7045', serviceInstalled],
  ['Microsoft-Windows-Eventlog 104', loggingChanged],
  ['Microsoft-Windows-Kernel-General 12', () => host('start', 'boot')],
  ['Microsoft-Windows-Kernel-General 13', () => host('end', 'shutdown')],
]);

/** The other logs, by what their names begin with. */
const LOGS: readonly (readonly [name: string, says: ReadonlyMap<number, Says>])[] = [
  ['microsoft-windows-sysmon/', SYSMON],
  ['microsoft-windows-powershell/', eventsOf([4103, 4104], powershellSaid)],
  ['windows powershell', eventsOf([400, 600, 800], powershellSaid)],
  ['microsoft-windows-wmi-activity/', eventsOf([5857, 5858, 5859, 5860, 5861], managementUsed)],
  ['microsoft-windows-winrm/', eventsOf([6, 91], remotingUsed)],
  ['microsoft-windows-taskscheduler/', eventsOf([106, 140], taskTold)],
  ['microsoft-windows-terminalservices-localsessionmanager/', eventsOf([21, 25], desktopOpened)],
];

function eventsOf(ids: readonly number[], says: Says): ReadonlyMap<number, Says> {
  return new Map(ids.map((id) => [id, says]));
}

/** What an event means, in the words of docs/design/events.md; of one that says nothing here, only its number and log. */
export function fieldsOf(record: WindowsRecord): EcsFields {
  const { id, provider, channel } = record;
  const told = reader(record)?.(record) ?? { 'event.type': ['info'] };
  return withFields(told, {
    'event.code': String(id),
    'event.provider': provider || undefined,
    'winlog.channel': channel || undefined,
  });
}

function reader({ id, channel, provider }: WindowsRecord): Says | undefined {
  if (channel === 'security') return SECURITY.get(id) ?? accountChanged;
  if (channel === 'system') return SYSTEM.get(`${provider} ${id}`);
  return LOGS.find(([name]) => channel.startsWith(name))?.[1].get(id);
}

/** Sysmon 11. */
function fileCreated({ text }: WindowsRecord): EcsFields {
  return {
    'event.category': ['process', 'file'],
    'event.type': ['info', 'creation'],
    'event.action': 'file_created',
    ...userFields(qualified(text('User'))),
    'file.path': text('TargetFilename') || undefined,
    'process.executable': text('Image') || undefined,
  };
}

/** Sysmon 20, 21: what a lasting WMI subscription does, and its tie to an event. */
function subscription({ text }: WindowsRecord): EcsFields {
  return {
    'event.category': ['configuration'],
    'event.type': ['creation'],
    'event.action': 'wmi_subscription',
    ...userFields(qualified(text('User'))),
    'spoor.wmi.operation': text('Destination') || text('Consumer') || undefined,
    'spoor.remote.sign': 'wmi_subscription',
  };
}

const SERVICE_PATH = /\\Services\\(?<name>[^\\]{1,256})\\ImagePath$/i;

/** Sysmon 13: the service manager writing where a service's program lies is how a service is put in. */
function registrySet({ text }: WindowsRecord): EcsFields {
  const service = SERVICE_PATH.exec(text('TargetObject'))?.groups?.['name'];
  const manager = /\\services\.exe$/i.test(text('Image'));
  return {
    'event.category': ['process', 'registry'],
    'event.type': ['info', 'change'],
    'event.action': service !== undefined && manager ? 'service_installed' : 'registry_set',
    'registry.path': text('TargetObject') || undefined,
    'registry.data.strings': text('Details') || undefined,
    'process.executable': text('Image') || undefined,
    'service.name': manager ? service : undefined,
    'spoor.remote.sign': service !== undefined && manager ? 'service' : undefined,
  };
}
