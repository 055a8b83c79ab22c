/** What an ECS field may hold. `undefined` means absent, so that a parser may write an optional regex group. */
export type EcsValue = string | number | boolean | readonly string[] | readonly number[] | undefined;

/** Flat ECS 8 fields: `{ 'source.ip': '192.0.2.7' }`. */
export type EcsFields = Readonly<Record<string, EcsValue>>;

/**
 * How far an event's time can be trusted.
 * `exact`: the line has date, year and zone. `zone`: the zone was assumed. `year`: the year was inferred as well.
 * `none`: the line has no time of its own.
 */
export type TimeCertainty = 'exact' | 'zone' | 'year' | 'none';

/** The very same object for each event of a template, so that what depends on it alone is judged once. */
export interface Shape {
  /** Fields of all these events. Only `source.*` differs within a template. */
  readonly fields: EcsFields;
  /** Room for what a reader of many events judged of this shape; null until then. */
  memo: unknown;
}

/**
 * One event, as it leaves the decoder. The parser's words are in `fields`; what the envelope said stands beside them, so
 * that the hot path builds no flat document. `toEcs` makes one.
 */
export interface Event {
  /** 1-based line in its input where the event begins (for binary logs: the record). */
  readonly line: number;
  /** How many lines were joined into it: 1, or more. */
  readonly lines: number;
  /** How many times it happened: more than 1 for "message repeated N times". */
  readonly count: number;
  /** The parser that understood it; `syslog` when only the envelope was; null when nothing was. */
  readonly parser: string | null;
  /** Milliseconds since 1970, UTC; NaN when the line has no time. */
  readonly time: number;
  readonly certainty: TimeCertainty;
  /** Host as the line names it, else as the input does, else ''. */
  readonly host: string;
  /** Program name; '' when unknown. */
  readonly process: string;
  /** Process id; 0 when unknown. */
  readonly pid: number;
  /** What the program said, without its envelope. */
  readonly message: string;
  readonly fields: EcsFields;
  /** What it shares with all events of its template; null when it was not read by one. */
  readonly shape: Shape | null;
  /** The peer: `source.ip`, else `source.address`; '' when there is none. */
  readonly address: string;
  /** `user.name`; undefined when there is none. */
  readonly user: string | undefined;
  /** The line as it stood, without its line ending. Joined records are separated by \n. */
  readonly raw: string;
}

/** Does a list-valued ECS field hold this value? */
export function has(fields: EcsFields, name: string, value: string): boolean {
  const found = fields[name];
  return found === value || (Array.isArray(found) && (found as readonly string[]).includes(value));
}

/** The peer's address among fields: an address before a name; '' when there is none. */
export function addressOf(fields: EcsFields): string {
  const found = fields['source.ip'] ?? fields['source.address'];
  return typeof found === 'string' ? found : '';
}

/** The account among fields. */
export function userOf(fields: EcsFields): string | undefined {
  const found = fields['user.name'];
  return typeof found === 'string' ? found : undefined;
}

const NONE: EcsFields = {};

/**
 * Fields of both, those of `more` before those of `fields`. The copy that an object begins with is slow to add to in V8 11 (Node 20): it
 * has a shape of its own, and each property behind it is looked up anew, at a microsecond and more. So it begins with an empty one.
 */
export function withFields(fields: EcsFields, more: EcsFields): EcsFields {
  return { ...NONE, ...fields, ...more };
}

/** Fields completed with a peer that another line of the same process named. */
export function withPeer(fields: EcsFields, address: string, port: number | undefined): EcsFields {
  return withFields(fields, {
    'source.ip': address,
    'source.address': address,
    'source.port': port,
    'spoor.source.from': 'process',
  });
}

/** The event as plain data with texts of its own: it can be kept, copied and sent to another thread. */
export function settled(event: Event): { -readonly [K in keyof Event]: Event[K] } {
  const { line, lines, count, parser, time, certainty, host, process, pid, message, fields, address, user, raw } =
    event;
  return {
    line,
    lines,
    count,
    parser,
    time,
    certainty,
    host,
    process,
    pid,
    message,
    fields,
    shape: null,
    address,
    user,
    raw,
  };
}

/** The flat ECS document of an event. Keys the parser left undefined are absent. */
export function toEcs(event: Event): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  if (Number.isFinite(event.time)) document['@timestamp'] = new Date(event.time).toISOString();
  document['event.kind'] = event.parser === null ? 'pipeline_error' : 'event';
  if (event.parser === null) document['error.code'] = 'unparsed';
  if (event.host) {
    document['host.name'] = event.host;
    document['host.hostname'] = event.host;
  }
  if (event.process) document['process.name'] = event.process;
  if (event.pid) document['process.pid'] = event.pid;
  if (event.message) document['message'] = event.message;
  for (const [key, value] of Object.entries(event.fields)) if (value !== undefined) document[key] = value;
  if (event.certainty !== 'exact') document['spoor.time.certainty'] = event.certainty;
  document['event.original'] = event.raw;
  return document;
}
