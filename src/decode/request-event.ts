import type { EcsFields, Event, Shape, TimeCertainty } from '../core/event.ts';
import { Zone } from '../core/zone.ts';
import type { Verdict } from '../parsers/hostile/judge.ts';
import { requestParts, verdictFields } from '../parsers/web/request-event.ts';
import webAccess from '../parsers/web-access.ts';
import type { Sign } from '../trace/sign.ts';
import type { AddressNames } from './address-names.ts';

// Hot path: what it holds is set for each line of a web access log.

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

/**
 * A request read from the bytes of its line. What counts it needs stands here; its fields are read when somebody asks. A decoder
 * has one such object, which tells of the line read last: who keeps an event keeps it `settled`.
 */
export class RequestEvent implements Event {
  line = 0;
  time = Number.NaN;
  readonly host: string;
  /** The number of its address. */
  known: number;
  status = 0;
  /** See `isBypass` in src/trace. */
  bypass = false;
  judgement: Judgement;
  /** What the client calls itself; null in a log that does not say. */
  agent: Sign | null = null;
  /** See `WebFacts` in src/trace. */
  visit = false;
  pathClass = 0;
  block: Buffer;
  start = 0;
  /** Offset of the quote that closes the request line. */
  requestEnd = 0;
  end = 0;
  readonly #addresses: AddressNames;

  /** `addresses`: where they got their numbers. */
  constructor(host: string, addresses: AddressNames, known: number, judged: Judgement, block: Buffer) {
    this.time = 0.5; // a fraction: the machine makes room for one, and keeps it when others are written there
    this.host = host;
    this.#addresses = addresses;
    this.known = known;
    this.judgement = judged;
    this.block = block;
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
    return this.#addresses.textOf(this.known);
  }

  /** Nobody signed in: with a name the line goes the long way. */
  get user(): string {
    return '-';
  }

  get named(): boolean {
    return false;
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
