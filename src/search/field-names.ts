/** How the values of a field are read. */
export type FieldKind =
  | 'name' // compared as it stands
  | 'code' // of capital letters: country codes
  | 'outcome'
  | 'certainty'
  | 'phrase' // is in the field's text
  | 'number'
  | 'address'
  | 'peer' // an address, or the name that stands in its place
  | 'time'
  | 'any'; // whatever a field of `attrs` holds

/** What a name of the search language stands for. One of the fields is enough. */
export interface NamedField {
  readonly kind: FieldKind;
  readonly fields: readonly string[];
  /** Where a peer is looked for that is no address. */
  readonly names?: readonly string[];
}

const field = (kind: FieldKind, ...fields: string[]): NamedField => ({ kind, fields });

/** Short names, for people. */
const SHORT: Readonly<Record<string, NamedField>> = {
  user: field('name', 'user.name', 'user.effective.name', 'user.target.name'),
  as: field('name', 'user.effective.name'),
  target: field('name', 'user.target.name'),
  host: field('name', 'host.name'),
  ip: field('address', 'source.ip', 'destination.ip'),
  source: { kind: 'peer', fields: ['source.ip'], names: ['source.address', 'source.domain'] },
  destination: { kind: 'peer', fields: ['destination.ip'], names: ['destination.address', 'destination.domain'] },
  port: field('number', 'source.port', 'destination.port'),
  action: field('name', 'event.action'),
  category: field('name', 'event.category'),
  type: field('name', 'event.type'),
  outcome: field('outcome', 'event.outcome'),
  program: field('name', 'process.name'),
  pid: field('number', 'process.pid'),
  command: field('phrase', 'process.command_line'),
  message: field('phrase', 'message'),
  session: field('name', 'spoor.session.id'),
  method: field('name', 'spoor.auth.method'),
  key: field('name', 'spoor.key.fingerprint'),
  country: field('code', 'source.geo.country_iso_code'),
  asn: field('number', 'source.as.number'),
  network: field('phrase', 'source.as.organization.name'),
  label: field('name', 'spoor.source.labels', 'spoor.destination.labels'),
  rule: field('name', 'rule.category', 'rule.name'),
  technique: field('name', 'threat.technique.id'),
  status: field('number', 'http.response.status_code'),
  url: field('phrase', 'url.original', 'url.path'),
  agent: field('phrase', 'user_agent.original'),
  file: field('phrase', 'file.path'),
  error: field('name', 'error.code'),
  stream: field('name', 'spoor.stream'),
  peer: field('name', 'spoor.peer'),
  parser: field('name', 'spoor.parser'),
  origin: field('name', 'spoor.origin'),
  count: field('number', 'spoor.count'),
  record: field('number', 'spoor.record'),
  certainty: field('certainty', 'spoor.time.certainty'),
  time: field('time', '@timestamp'),
  received: field('time', 'event.ingested'),
  since: field('time', '@timestamp'),
  until: field('time', '@timestamp'),
};

/** Kinds of fields that are written by their ECS names and have a column, or are numbers. */
const KINDS: Readonly<Record<string, FieldKind>> = {
  '@timestamp': 'time',
  'event.ingested': 'time',
  'source.ip': 'address',
  'destination.ip': 'address',
  'source.port': 'number',
  'destination.port': 'number',
  'source.as.number': 'number',
  'process.pid': 'number',
  'spoor.count': 'number',
  'spoor.record': 'number',
  'event.outcome': 'outcome',
  'spoor.time.certainty': 'certainty',
  'source.geo.country_iso_code': 'code',
  message: 'phrase',
};

/** Fields beside those above that parsers and enrichers write (docs/design/events.md). */
const FURTHER =
  `container.id container.name destination.address destination.domain dns.question.name dns.question.type dns.resolved_ip
error.message event.code event.duration event.id event.kind event.provider event.reason file.hash file.mode file.share file.target_path
group.id group.name host.domain host.os.kernel http.request.method http.request.referrer http.response.body.bytes http.version log.level
log.logger network.bytes network.direction network.protocol network.transport network.type observer.egress.interface.name
observer.ingress.interface.name package.name package.type package.version process.args process.executable process.exit_code
process.parent.executable process.parent.name process.parent.pid process.title process.user.id process.working_directory registry.path
rule.id server.address service.name source.address source.domain source.mac spoor.act.about spoor.auth.elevated spoor.auth.principal spoor.boot.id
spoor.cert.ca spoor.cert.id spoor.cert.serial spoor.child.pid spoor.client spoor.failures spoor.host.address spoor.host.name
spoor.key.type spoor.lost.count spoor.opener.id spoor.opener.name spoor.pam.module spoor.preauth spoor.session.kind
spoor.session.service spoor.session.user spoor.source.from spoor.tcp.flags spoor.user.machine spoor.user.unknown tags url.domain
url.extension url.query user.audit.id user.domain user.effective.id user.id user.target.id user.terminal winlog.channel
winlog.logon.id winlog.logon.type source.geo.city_name source.geo.country_name source.geo.name`.split(/\s+/);

/** Whole families of fields. */
const FAMILIES =
  /^(?:auditd\.log|winlog|labels|spoor\.(?:source|destination)\.asset|ecs|process|dns|url|http|threat\.(?:feed|indicator|enrichments))\./;

const KNOWN = new Set([...Object.values(SHORT).flatMap(({ fields }) => fields), ...Object.keys(KINDS), ...FURTHER]);

/** Is it a short name? */
export const isShortName = (name: string): boolean => Object.hasOwn(SHORT, name.toLowerCase());

/** What a name stands for: a short one, or the dotted name of a field; null for what is neither. */
export function fieldNamed(name: string): NamedField | null {
  if (isShortName(name)) return SHORT[name.toLowerCase()] as NamedField;
  if (!name.includes('.') && !name.startsWith('@')) return null;
  return field((Object.hasOwn(KINDS, name) && KINDS[name]) || (hasColumn(name) ? 'name' : 'any'), name);
}

const hasColumn = (name: string) =>
  Object.values(SHORT).some(({ kind, fields }) => (kind === 'name' || kind === 'phrase') && fields.includes(name));

/** Is it a field that Spoor, as it is, writes? One that is not may be of another parser: it is asked for all the same. */
export const isKnownField = (name: string): boolean => KNOWN.has(name) || FAMILIES.test(name);

/** The name that is nearest to one that is not known; null when none is near. */
export function nearestName(name: string): string | null {
  const wanted = name.toLowerCase().slice(0, 60);
  const among = name.includes('.') ? [...KNOWN] : Object.keys(SHORT);
  let best: string | null = null;
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const one of among) {
    const far = distance(wanted, one);
    if (far < least) [best, least] = [one, far];
  }
  return best;
}

/** How many letters must be put in, left out, changed or swapped with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const put = Math.min(last[j] as number, row[j - 1] as number) + 1;
      const changed = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(put, changed, swap ? (before[j - 2] as number) + 1 : Number.POSITIVE_INFINITY));
    }
    [before, last] = [last, row];
  }
  return last[b.length] as number;
}
