import type { EcsFields, Event, Shape, TimeCertainty } from '../core/event.ts';
import { Zone } from '../core/zone.ts';
import type { Verdict } from '../parsers/hostile/judge.ts';
import { requestParts, verdictFields } from '../parsers/web/request-event.ts';
import webAccess from '../parsers/web-access.ts';
import type { Sign } from '../trace/sign.ts';
import type { KnownAddress } from './address-names.ts';

// Hot path: one object for each line of a web access log.

/** What was judged of a request, by its answer and its headers. */
export interface Judgement {
  readonly verdict: Verdict | null;
  /** Shared by all events of this judgement. */
  readonly shape: Shape;
}

/** `status`: the answer, of three digits. */
export function judgement(status: number, verdict: Verdict | null): Judgement {
  const common = { 'event.category': ['web'], 'event.type': ['access'], 'event.action': 'http_request' };
  const judged = verdict === null ? {} : { 'http.response.status_code': status, ...verdictFields(verdict) };
  return { verdict, shape: { fields: { ...common, ...judged }, memo: null } };
}

const QUOTE = 0x22;
const CONTEXT = { zone: new Zone('UTC'), year: () => 1970 }; // the time is known, and fields do not depend on it

/** A request read from the bytes of its line. What counts it needs stands here; its fields are read when somebody asks. */
export class RequestEvent implements Event {
  readonly line: number;
  readonly time: number;
  readonly host: string;
  readonly known: KnownAddress;
  readonly status: number;
  /** See `isBypass` in src/trace. */
  readonly bypass: boolean;
  readonly judgement: Judgement;
  /** What the client calls itself; null in a log that does not say. */
  readonly agent: Sign | null;
  /** See `WebFacts` in src/trace. */
  readonly visit: boolean;
  readonly pathClass: number;
  readonly block: Buffer;
  readonly start: number;
  /** Offset of the quote that closes the request line. */
  readonly requestEnd: number;
  readonly end: number;

  constructor(
    line: number,
    time: number,
    host: string,
    known: KnownAddress,
    status: number,
    bypass: boolean,
    judgement: Judgement,
    agent: Sign | null,
    visit: boolean,
    pathClass: number,
    block: Buffer,
    start: number,
    requestEnd: number,
    end: number,
  ) {
    this.line = line;
    this.time = time;
    this.host = host;
    this.known = known;
    this.status = status;
    this.bypass = bypass;
    this.judgement = judgement;
    this.agent = agent;
    this.visit = visit;
    this.pathClass = pathClass;
    this.block = block;
    this.start = start;
    this.requestEnd = requestEnd;
    this.end = end;
  }

  get lines(): number {
    return 1;
  }

  get count(): number {
    return 1;
  }

  get parser(): string {
    return webAccess.name;
  }

  get certainty(): TimeCertainty {
    return 'exact';
  }

  get process(): string {
    return '';
  }

  get pid(): number {
    return 0;
  }

  get message(): string {
    return '';
  }

  get shape(): Shape {
    return this.judgement.shape;
  }

  get address(): string {
    return this.known.text;
  }

  /** Nobody signed in: with a name the line goes the long way. */
  get user(): string {
    return '-';
  }

  get path(): string | undefined {
    const { block, start } = this;
    const from = block.indexOf(QUOTE, start) + 1;
    return requestParts(block.toString('utf8', from, this.requestEnd)).path;
  }

  get categories(): readonly string[] | undefined {
    return this.judgement.verdict?.categories;
  }

  get alert(): boolean {
    return this.judgement.verdict?.alert === true;
  }

  get fields(): EcsFields {
    return webAccess.parse(this.raw, CONTEXT)?.fields ?? this.shape.fields;
  }

  get raw(): string {
    return this.block.toString('utf8', this.start, this.end);
  }
}
