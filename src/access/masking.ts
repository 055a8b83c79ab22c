/** What a mask says of what it hides. */
export type MaskKind = 'user' | 'address' | 'place' | 'key' | 'command' | 'query' | 'value';

interface PersonalRow {
  readonly kind: MaskKind;
  /** ECS fields or, with a star at the end, whole families of them. */
  readonly fields: string;
  readonly why: string;
}

/** What is of a person, by the meaning that ECS gives it. What stands in none of these tables is masked, too: nobody judged it. */
export const PERSONAL: readonly PersonalRow[] = [
  {
    kind: 'user',
    fields: `user.* process.user.* client.user.* source.user.* destination.user.* server.user.* related.user spoor.session.user
      spoor.opener.name spoor.opener.id spoor.auth.principal spoor.cert.id winlog.event_data.* email.*`,
    why: 'Who acts, is acted on, or writes: an account is a person, or leads to one.',
  },
  {
    kind: 'address',
    fields: `source.ip source.address source.domain source.mac source.nat.ip client.* destination.ip destination.address destination.domain
      destination.mac destination.nat.ip server.ip server.address server.domain host.ip host.mac related.ip related.hosts spoor.host.address
      spoor.peer dns.question.name dns.resolved_ip dns.answers.*`,
    why: 'An address is a line that somebody pays for, or a device that somebody carries; the names that it asks for are what he looks at.',
  },
  {
    kind: 'place',
    fields: 'source.geo.* client.geo.* destination.geo.* server.geo.* host.geo.*',
    why: 'Where somebody is, nearer than his country.',
  },
  {
    kind: 'key',
    fields: 'spoor.key.fingerprint spoor.cert.serial spoor.cert.ca tls.client.* file.hash.*',
    why: 'A key is of one person, and the same on every host.',
  },
  {
    kind: 'command',
    fields: 'process.command_line process.args process.title process.parent.command_line process.parent.args',
    why: 'What somebody typed: names, addresses, and now and then a password.',
  },
  {
    kind: 'query',
    fields:
      'url.query url.full url.username url.password url.fragment http.request.referrer http.request.body.* http.response.body.content',
    why: 'What somebody asked of a web site, or sent to it.',
  },
];

/** Shown, and may be asked for: what it is about is a host, a program, a country, or the event itself. */
const PLAIN = `@timestamp event.ingested event.action event.category event.type event.outcome event.kind event.code event.id event.provider
event.dataset event.module event.severity event.duration event.start event.end ecs.version tags host.name host.domain host.os.* container.*
process.name process.pid process.parent.pid process.parent.name process.exit_code spoor.child.pid log.level log.logger log.syslog.* network.*
source.port destination.port client.port server.port source.as.* client.as.* destination.as.* source.geo.country_iso_code
source.geo.country_name client.geo.country_iso_code destination.geo.country_iso_code http.request.method http.response.status_code
http.response.body.bytes http.version observer.* package.name package.type package.version service.name service.type group.name group.id
rule.id rule.name rule.category threat.* error.code file.mode dns.question.type url.extension url.scheme url.port user.terminal
winlog.channel winlog.logon.id winlog.logon.type winlog.record_id winlog.provider_name spoor.auth.method spoor.auth.elevated spoor.boot.id
spoor.client spoor.count spoor.failures spoor.key.type spoor.lost.count spoor.pam.module spoor.preauth spoor.session.id spoor.session.kind
spoor.session.service spoor.source.from spoor.source.labels spoor.destination.labels spoor.tcp.flags spoor.time.certainty
spoor.time.original spoor.user.unknown spoor.user.machine spoor.host.name spoor.ledger.payload_bytes spoor.stream spoor.parser
spoor.origin spoor.record`;

/** Shown, with what is of a person taken out; not to be asked for, since the answer would tell what was taken out. */
const TEXTS = `message event.original event.reason error.message url.path url.original file.path file.name file.target_path
process.executable process.working_directory user_agent.original rule.description`;

const familyRows = (text: string) => text.split(/\s+/).filter(Boolean);
const exact = new Map<string, MaskKind | 'plain' | 'text'>();
const families = new Map<string, MaskKind | 'plain'>();

function put(fields: string, as: MaskKind | 'plain'): void {
  for (const field of familyRows(fields))
    if (field.endsWith('.*')) families.set(field.slice(0, -1), as);
    else exact.set(field, as);
}

for (const { fields, kind } of PERSONAL) put(fields, kind);
put(PLAIN, 'plain');
for (const field of familyRows(TEXTS)) exact.set(field, 'text');

/** How a field is shown to whoever may not see what is of a person: as it is, with parts taken out, or as a mask of a kind. */
export function sightOf(field: string): MaskKind | 'plain' | 'text' {
  const known = exact.get(field);
  if (known !== undefined) return known;
  for (let at = field.lastIndexOf('.'); at > 0; at = field.lastIndexOf('.', at - 1)) {
    const family = families.get(field.slice(0, at + 1));
    if (family !== undefined) return family;
  }
  return 'value';
}

/** Accounts that every system has: nobody's name. */
const OF_SYSTEMS = new Set(
  'root 0 spoor daemon bin sys nobody www-data sshd - SYSTEM LOCAL_SERVICE NETWORK_SERVICE Administrator'
    .split(' ')
    .map((name) => name.replace('_', ' ').toLowerCase()),
);

/** Is a value of a masked field shown all the same, for it is of nobody? */
export const isNobodys = (kind: MaskKind, value: string): boolean =>
  value === '' || (kind === 'user' && OF_SYSTEMS.has(value.toLowerCase()));
