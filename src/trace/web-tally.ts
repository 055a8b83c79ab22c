import type { EcsFields, Event } from '../core/event.ts';
import { isBlockable } from '../core/ip.ts';
import { FewTexts } from './few-texts.ts';
import { type Ref, refOf } from './ref.ts';
import * as row from './tally-row.ts';
import type { WebFacts } from './web-facts.ts';
import { countLogin } from './web-logins.ts';

/** Before the path of an administration page that a server showed. */
export const PANEL = 'panel ';

/** What addresses asked of web servers and of ports, beyond mere numbers; most have nothing here. */
export class WebTally {
  /** How often each category of hostile request came, by row. */
  readonly categories = new Map<number, Map<string, number>>();
  /** Paths that were not there, ports that were shut, by row; 64 are kept. */
  readonly targets = new Map<number, FewTexts>();
  /** Paths of requests that attack or log in, by row; 64 are kept. */
  readonly asked = new Map<number, FewTexts>();
  /** First hostile requests, by row. */
  readonly hostile = new Map<number, Ref[]>();

  request(id: number, cells: Float64Array, event: Event, facts: WebFacts, task: number): void {
    const { count } = event;
    const { status, categories } = facts;
    const at = id * row.ROW;
    const plus = (cell: number) => {
      cells[at + cell] = (cells[at + cell] as number) + count;
    };
    plus(row.REQUESTS);
    if (facts.visit) plus(row.VISITS);
    cells[at + row.PATHS] = ((cells[at + row.PATHS] as number) | (1 << facts.pathClass)) >>> 0;
    if (status !== undefined && status >= 400 && status < 500) {
      plus(row.REFUSED);
      const { path } = facts; // read only here: it is made when asked for
      if (path !== undefined) keep(this.targets, id, path);
    }
    if (facts.bypass) this.#count(id, 'cache-bypass', count);
    countLogin(cells, at, event, facts, task);
    if (categories === undefined) return;
    if (categories.includes('panel')) this.#panel(id, event, facts, task);
    else this.#ask(id, facts);
    if (categories.includes('flood')) this.#count(id, 'flood', count);
    if (!facts.alert) return;
    plus(row.HOSTILE);
    for (const category of categories) this.#count(id, category, count);
    this.#cite(id, event, task);
  }

  #count(id: number, category: string, count: number): void {
    let counts = this.categories.get(id);
    if (counts === undefined) {
      counts = new Map();
      this.categories.set(id, counts);
    }
    counts.set(category, (counts.get(category) ?? 0) + count);
  }

  #cite(id: number, event: Event, task: number): void {
    const refs = this.hostile.get(id);
    if (refs === undefined) this.hostile.set(id, [refOf(task, event)]);
    else if (refs.length < row.MAX_REFS) refs.push(refOf(task, event));
  }

  /** A packet that a firewall stopped. It is counted; the port of an answer that came too late, or of a call to all, is none that somebody tried. */
  packet(id: number, cells: Float64Array, { fields, count }: Event): void {
    const at = id * row.ROW + row.BLOCKED;
    cells[at] = (cells[at] as number) + count;
    const port = fields['destination.port'];
    if (port !== undefined && !isAnswer(fields) && !isCallToAll(fields)) keep(this.targets, id, `port ${port}`);
  }

  // An administration page that was there: marked, for its path alone does not tell that it was.
  #panel(id: number, event: Event, { path = '' }: WebFacts, task: number): void {
    keep(this.asked, id, `${PANEL}${path}`);
    this.#cite(id, event, task);
  }

  #ask(id: number, { path, status }: WebFacts): void {
    const kept = status !== undefined && status >= 400 && status < 500; // it stands among the targets
    if (!kept && path !== undefined) keep(this.asked, id, path);
  }
}

/** UDP services that are asked from high ports, or from their own (NTP): domain, NTP, QUIC. */
const ASKED = new Set<unknown>([53, 123, 443]);
const NTP = 123;
const HIGH_FROM = 1024;
/** Ports from which systems ask (RFC 6335 §6; Linux from 32768 on). */
const EPHEMERAL_FROM = 32_768;

/**
 * Does a service answer? UDP from its port to one that systems ask from, or from NTP's to NTP's (RFC 5905 §9.1); TCP to such a port that
 * does not begin a connection (RFC 9293 §3.5): mail, pages, what telephones and players are told. A scan that hides so finds
 * nothing that listens.
 */
export function isAnswer(fields: EcsFields): boolean {
  const from = fields['source.port'];
  const to = fields['destination.port'];
  if (typeof from !== 'number' || typeof to !== 'number') return false;
  if (fields['network.transport'] === 'udp') {
    // In one's own network players and cameras answer from whatever port they like.
    if (to >= EPHEMERAL_FROM && (from < EPHEMERAL_FROM || !isBlockable(String(fields['source.ip'] ?? '')))) return true;
    return ASKED.has(from) && (to >= HIGH_FROM || (from === NTP && to === NTP));
  }
  const flags = fields['spoor.tcp.flags'];
  if (typeof flags !== 'string' || to < EPHEMERAL_FROM) return false;
  return flags.includes('ACK') || flags.includes('RST');
}

/** Multicast (RFC 5771, RFC 4291 §2.7), and broadcast: what machines of one network tell one another. */
const TO_ALL = /^(?:22[4-9]|23\d)\.|^255\.255\.255\.255$|^ff[\da-f]{2}:/i;
const BROADCAST = /\.255$/;

function isCallToAll(fields: EcsFields): boolean {
  const to = String(fields['destination.ip'] ?? '');
  return TO_ALL.test(to) || (BROADCAST.test(to) && !isBlockable(String(fields['source.ip'] ?? '')));
}

function keep(all: Map<number, FewTexts>, id: number, target: string): void {
  let kept = all.get(id);
  if (kept === undefined) {
    kept = new FewTexts(row.MAX_TARGETS);
    all.set(id, kept);
  }
  kept.add(target.slice(0, 200));
}
