import { isObject, type Json } from '../../core/json-object.ts';
import { ORDERS } from './positions.ts';

/** One event of a Windows log, whatever shape of JSON it came in. */
export interface WindowsRecord {
  readonly id: number;
  /** Name of the log in small letters: "security", "microsoft-windows-sysmon/operational"; '' when it is not told. */
  readonly channel: string;
  readonly provider: string;
  /** The computer that wrote the event, not the one that collected it; '' when it is not told. */
  readonly computer: string;
  /** The times that stand on it, as written. */
  readonly stamps: Stamps;
  readonly message: string;
  /** A value of the event by its name in Microsoft's schema; '' when it is absent or a mere "-". */
  text(name: string): string;
}

/** Times as they stand on an event. */
export interface Stamps {
  /** When it happened, mostly with a zone; '' when it is not told. */
  readonly created: string;
  /** When it happened by the clock on the wall of its collector, without a zone (NXLog); ''. */
  readonly local: string;
  /** When the collector took it, by the same clock on the wall; ''. */
  readonly received: string;
  /** The shipper's own stamp, with a zone; ''. */
  readonly shipped: string;
}

const NO_STAMPS: Stamps = { created: '', local: '', received: '', shipped: '' };

/**
 * Tells the shape by what is in it: flat (NXLog, Mordor), Winlogbeat (6 and later, nested or with dotted names), the XML as
 * JSON (evtx_dump, `wevtutil` and a converter), Get-WinEvent | ConvertTo-Json. Null for other JSON.
 */
export function recordOf(document: Json): WindowsRecord | null {
  if (typeof document['Event'] === 'object') return xmlRecord(memberOf(document, 'Event'));
  if (typeof document['System'] === 'object') return xmlRecord(document);
  if (typeof document['winlog'] === 'object') return beatRecord(document, memberOf(document, 'winlog'));
  if (document['winlog.event_id'] !== undefined) return beatRecord(document, undotted(document));
  if (document['EventID'] !== undefined) return flatRecord(document);
  if (document['event_id'] !== undefined) return beatRecord(document, document);
  return document['Id'] === undefined ? null : powershellRecord(document);
}

function flatRecord(document: Json): WindowsRecord | null {
  const id = numberOf(document['EventID']);
  const channel = first(document, ['Channel', 'LogName', 'EventLog']);
  const provider = first(document, ['SourceName', 'ProviderName', 'Provider', 'EventSource']);
  if (id === null || (channel === '' && provider === '')) return null;
  const created = first(document, ['TimeCreated', 'SystemTime', 'TimeGenerated']);
  return {
    id,
    channel: channel.toLowerCase(),
    provider,
    computer: first(document, ['Hostname', 'Computer', 'ComputerName', 'MachineName', 'computer_name']),
    stamps: {
      created,
      local: first(document, ['EventTime']),
      received: first(document, ['EventReceivedTime']),
      shipped: first(document, ['@timestamp', 'timestamp']),
    },
    message: first(document, ['Message', 'message']),
    text: (name) => textOf(document[name]),
  };
}

function beatRecord(document: Json, winlog: Json): WindowsRecord | null {
  const id = numberOf(winlog['event_id']);
  const channel = first(winlog, ['channel', 'log_name']);
  const provider = first(winlog, ['provider_name', 'source_name']);
  if (id === null || (channel === '' && provider === '')) return null;
  const data = memberOf(winlog, 'event_data');
  const user = memberOf(winlog, 'user_data');
  const writer = memberOf(winlog, 'user');
  return {
    id,
    channel: channel.toLowerCase(),
    provider,
    computer: first(winlog, ['computer_name']),
    stamps: { ...NO_STAMPS, created: first(document, ['@timestamp']) },
    message: first(document, ['message']),
    text: (name) => textOf(data[name]) || textOf(user[name]) || (name === 'AccountName' ? textOf(writer['name']) : ''),
  };
}

// {"winlog.event_id": 4624, "winlog.event_data.TargetUserName": "…"}, as an export of Elasticsearch may have it
function undotted(document: Json): Json {
  const winlog: Record<string, unknown> = {};
  const data: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(document)) {
    if (key.startsWith('winlog.event_data.')) data[key.slice(18)] = value;
    else if (key.startsWith('winlog.')) winlog[key.slice(7)] = value;
  }
  return { ...winlog, event_data: data };
}

function xmlRecord(event: Json): WindowsRecord | null {
  const system = memberOf(event, 'System');
  const id = numberOf(inner(system['EventID']));
  const channel = textOf(inner(system['Channel']));
  const provider = attribute(system['Provider'], 'Name');
  if (id === null || (channel === '' && provider === '')) return null;
  const data = named(event['EventData']);
  const [user] = Object.values(memberOf(event, 'UserData')).filter(isObject);
  return {
    id,
    channel: channel.toLowerCase(),
    provider,
    computer: textOf(inner(system['Computer'])),
    stamps: { ...NO_STAMPS, created: attribute(system['TimeCreated'], 'SystemTime') },
    message: textOf(memberOf(event, 'RenderingInfo')['Message']),
    text: (name) => textOf(inner(data[name])) || textOf(inner(user?.[name])),
  };
}

function powershellRecord(document: Json): WindowsRecord | null {
  const id = numberOf(document['Id']);
  const channel = first(document, ['LogName']);
  const provider = first(document, ['ProviderName']);
  if (id === null || channel === '' || provider === '') return null;
  const properties = Array.isArray(document['Properties']) ? (document['Properties'] as unknown[]) : [];
  const order = ORDERS.get(id) ?? [];
  const message = first(document, ['Message']);
  const created = document['TimeCreated'];
  return {
    id,
    channel: channel.toLowerCase(),
    provider,
    computer: first(document, ['MachineName']),
    stamps: { ...NO_STAMPS, created: isObject(created) ? first(created, ['value', 'DateTime']) : textOf(created) },
    message,
    text: (name) => {
      const at = order.indexOf(name);
      const property = at === -1 ? undefined : properties[at];
      if (property !== undefined) return textOf(isObject(property) ? property['Value'] : property);
      return lineIn(message, name); // Sysmon's text is one "Name: value" a line
    },
  };
}

function lineIn(message: string, name: string): string {
  const begin = message.startsWith(`${name}: `) ? 0 : message.indexOf(`\n${name}: `);
  if (begin === -1) return '';
  const from = message.indexOf(': ', begin) + 2;
  const end = message.indexOf('\n', from);
  return textOf(message.slice(from, end === -1 ? undefined : end));
}

// EventData: { Name: value }; or Data: [{ Name | @Name | #attributes.Name, #text | content }]
function named(given: unknown): Json {
  if (!isObject(given)) return {};
  const list = given['Data'];
  if (!Array.isArray(list)) return given;
  const values: Record<string, unknown> = {};
  for (const item of list as unknown[]) {
    if (!isObject(item)) continue;
    const name = attribute(item, 'Name');
    if (name !== '') values[name] = item['#text'] ?? item['content'] ?? item['Text'];
  }
  return values;
}

// An element that has attributes holds its own text beside them.
function inner(value: unknown): unknown {
  return isObject(value) ? (value['#text'] ?? value['Value'] ?? value['text']) : value;
}

function attribute(element: unknown, name: string): string {
  if (!isObject(element)) return textOf(element);
  const attributes = memberOf(element, '#attributes');
  return textOf(attributes[name]) || textOf(element[`@${name}`]) || textOf(element[name]);
}

function memberOf(value: Json, name: string): Json {
  const found = value[name];
  return isObject(found) ? found : {};
}

function first(document: Json, names: readonly string[]): string {
  for (const name of names) {
    const found = textOf(document[name]);
    if (found !== '') return found;
  }
  return '';
}

function textOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return '';
  const text = value.trim();
  return text === '-' ? '' : text;
}

function numberOf(value: unknown): number | null {
  const number = typeof value === 'number' ? value : /^\d{1,9}$/.test(textOf(value)) ? Number(value) : Number.NaN;
  return Number.isInteger(number) && number >= 0 ? number : null;
}
