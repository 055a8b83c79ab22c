import { type EcsFields, type EcsValue, withFields } from '../../core/event.ts';
import { fieldsOf, headOf, instantOf, type Naming, PairReader, type Pairs } from './event.ts';

const MAX_LENGTH = 262_144;
const VERSION = /^(?:CEF:)?[01]\|/;
/** A name before "=": in a value "=" is escaped. */
const NAME = /(?:^| )(?<name>[\w.[\]-]{1,64})=/g;
const ESCAPE = /\\(?<what>[\\=nr|])/g;
/** Fields with a name of their device's own beside them: cs1Label=Rule cs1=…; cn, cfp, c6a, flexString, deviceCustomDate. */
const LABEL = /^(?<field>(?:cs|cn|cfp|c6a|flexString|flexNumber|flexDate|deviceCustomDate)\d)Label$/;

/** ArcSight Common Event Format, "Extension dictionary". Names on the right are ECS. */
const NAMING: Naming = {
  prefix: 'cef',
  sourceAddress: ['src', 'c6a2'],
  destinationAddress: ['dst', 'c6a3'],
  numbers: {
    spt: 'source.port',
    dpt: 'destination.port',
    sourceTranslatedPort: 'source.nat.port',
    destinationTranslatedPort: 'destination.nat.port',
    in: 'source.bytes',
    out: 'destination.bytes',
    spid: 'process.pid',
    fsize: 'file.size',
  },
  texts: {
    smac: 'source.mac',
    dmac: 'destination.mac',
    shost: 'source.domain',
    dhost: 'destination.domain',
    suser: 'user.name',
    suid: 'user.id',
    sntdom: 'user.domain',
    duser: 'user.target.name',
    duid: 'user.target.id',
    sproc: 'process.name',
    proto: 'network.transport',
    app: 'network.protocol',
    request: 'url.original',
    requestMethod: 'http.request.method',
    requestClientApplication: 'user_agent.original',
    fname: 'file.name',
    filePath: 'file.path',
    fileHash: 'file.hash',
    reason: 'event.reason',
    externalId: 'event.id',
    sourceTranslatedAddress: 'source.nat.ip',
    destinationTranslatedAddress: 'destination.nat.ip',
    deviceInboundInterface: 'observer.ingress.interface.name',
    deviceOutboundInterface: 'observer.egress.interface.name',
    deviceExternalId: 'observer.serial_number',
  },
  action: ['act'],
  outcome: ['outcome', 'categoryOutcome'],
};

/** One CEF event. */
export interface Cef {
  readonly fields: EcsFields;
  /** When the device saw it, ms since 1970. */
  readonly time: number | undefined;
  /** The device that reports; '' when the event does not name it. */
  readonly host: string;
  readonly message: string;
}

/** Reads "CEF:0|Vendor|Product|Version|Class|Name|Severity|key=value …", also without "CEF:"; null for what is none. */
export function readCef(text: string): Cef | null {
  if (text.length > MAX_LENGTH || !VERSION.test(text.slice(0, 8))) return null;
  const split = headOf(text, 7);
  if (split === null) return null;
  const [, vendor = '', product = '', version = '', code = '', name = '', severity = ''] = split.head;
  const pairs = pairsOf(split.rest);
  const { values } = pairs;
  const fields: Record<string, EcsValue> = withFields(fieldsOf(relabelled(pairs), NAMING), {
    'observer.vendor': vendor,
    'observer.product': product,
    'observer.version': version,
    'event.code': code,
    'rule.name': name,
    'event.severity': /^\d{1,2}$/.test(severity) ? Number(severity) : undefined,
    'log.level': /^\d{0,2}$/.test(severity) ? undefined : severity,
  });
  // A login has one account: the one that is taken. A device names it as source, as destination, or both.
  if (values.get('categoryBehavior') === '/Authentication/Verify') {
    fields['event.category'] = ['authentication'];
    fields['event.type'] = ['start'];
    fields['event.action'] = 'login';
    fields['user.name'] = values.get('duser') ?? values.get('suser');
  } else if (fields['user.name'] === undefined && fields['user.target.name'] !== undefined) {
    fields['user.name'] = fields['user.target.name'];
    fields['user.target.name'] = undefined;
  }
  const time = instantOf(values.get('rt')) ?? instantOf(values.get('end')) ?? instantOf(values.get('start'));
  return { fields, time, host: values.get('dvchost') ?? values.get('dvc') ?? '', message: values.get('msg') ?? name };
}

function pairsOf(extension: string): Pairs {
  const pairs = new PairReader();
  let name = '';
  let from = 0;
  for (const found of extension.matchAll(NAME)) {
    if (name !== '') pairs.add(name, unescaped(extension.slice(from, found.index)));
    name = found.groups?.['name'] as string;
    from = found.index + found[0].length;
  }
  if (name !== '') pairs.add(name, unescaped(extension.slice(from)));
  return pairs;
}

const unescaped = (text: string): string =>
  text.trim().replace(ESCAPE, (_, what: string) => (what === 'n' ? '\n' : what === 'r' ? '\r' : what));

/** The pairs, where a field that has a label goes by it. c6a2 and c6a3 are source and destination where their labels say so. */
function relabelled({ values, doubtful }: Pairs): Pairs {
  const renamed = new PairReader();
  for (const name of doubtful) renamed.doubtful.add(name);
  for (const [name, value] of values) {
    if (LABEL.test(name)) continue;
    const label = values.get(`${name}Label`);
    const isEnd = name.startsWith('c6a') && /^(?:source|destination) ipv6 address$/i.test(label ?? '');
    if (isEnd || (label === undefined && !name.startsWith('c6a'))) renamed.add(name, value);
    else renamed.add((label ?? `${name}_`).trim().replace(/[^\w.-]{1,64}/g, '_') || name, value);
  }
  return renamed;
}
