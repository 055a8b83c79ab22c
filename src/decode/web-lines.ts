import type { Zone } from '../core/zone.ts';
import { findInAgent, findInNewReferrer } from '../parsers/hostile/headers.ts';
import { isOrdinary, judgeOrdinary, judgeRequest } from '../parsers/hostile/judge.ts';
import type { Finding } from '../parsers/hostile/match.ts';
import { ClfStamp } from '../parsers/web/clf-stamp.ts';
import { asSent, headerText, type RequestParts, requestParts } from '../parsers/web/request-event.ts';
import type { Sign } from '../trace/sign.ts';
import { agentSign, classOf, isBypass, isPart } from '../trace/web-facts.ts';
import { type AddressNames, NO_ADDRESS } from './address-names.ts';
import { ByteTexts } from './byte-texts.ts';
import { type Judgement, judgement, RequestEvent } from './request-event.ts';
import { ADDRESS, SlotReader } from './slots.ts';

// Hot path: once per line of a web access log, on bytes. See bench/ for what it is worth.

const NONE = -1;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
/** ' - - [' and the address before it: a client with a name goes the long way, and so does one behind a virtual host. */
const NOBODY = Buffer.from(' - - ');
const PREFIX = 19; // "[10/Oct/2000:13:55:"
const STAMP = 28; // "[10/Oct/2000:13:55:36 -0700]"
const REQUEST_ID = 33; // a space and 32 digits at a line's end
const MAX_DIGITS = 12;
const REFUSED = 401;
const NOTHING: readonly Finding[] = [];
const UNKNOWN: Facts = { status: NONE, bare: false, referrer: NOTHING, agent: NOTHING };
const QUIET = judgement(0, null);
const QUIET_REFUSED = judgement(REFUSED, judgeOrdinary(REFUSED));
const unjudged = (): Judged => ({ facts: UNKNOWN, judgement: QUIET });
const AN_ORDINARY_ONE = requestParts('GET / HTTP/1.1');

/** All that a judgement depends on, beside the request line. */
interface Facts {
  readonly status: number;
  /** No referrer was sent. */
  readonly bare: boolean;
  readonly referrer: readonly Finding[];
  readonly agent: readonly Finding[];
}

/** How a request line was judged last; or any ordinary one, whose words have no part in it. */
interface Judged {
  facts: Facts;
  judgement: Judgement;
}

/** A request line that came. */
interface KnownRequest extends Judged {
  /** Null for an ordinary one. */
  readonly parts: RequestParts | null;
  readonly bypass: boolean;
  /** See `WebFacts` in src/trace. */
  readonly part: boolean;
  readonly pathClass: number;
}

interface KnownAgent extends Judged {
  readonly found: readonly Finding[];
  readonly sign: Sign | null;
}

/** What was learnt of the lines of web access logs. One for each thread. */
export class WebTexts {
  readonly requests = new ByteTexts<KnownRequest>({ places: 1 << 17, maxBytes: 512, allBytes: 1 << 23 });
  readonly referrers = new ByteTexts<readonly Finding[]>({ places: 1 << 16, maxBytes: 512, allBytes: 1 << 22 });
  readonly agents = new ByteTexts<KnownAgent>({ places: 1 << 12, maxBytes: 512, allBytes: 1 << 20 });
}

/**
 * Reads lines of the Common and Combined Log Formats straight from their bytes: those of an IPv4 address without a name. What
 * `web-access` makes of any other line is not told here. Both give the same events.
 */
export class WebLines {
  readonly #texts: WebTexts;
  readonly #addresses: AddressNames;
  readonly #host: string;
  readonly #zone: Zone;
  readonly #slots = new SlotReader();
  readonly #stamp = new ClfStamp();
  readonly #prefix = new Uint8Array(PREFIX);
  readonly #zoneText = new Uint8Array(STAMP - PREFIX - 2); // " -0700]"
  #minute = Number.NaN; // the time of the stamp's minute, by its zone; NaN when there is none yet
  #time = Number.NaN;
  #status = 0;
  #agent: Sign | null = null; // null: the line does not say
  #referred = false;
  #event: RequestEvent | null = null; // of the line read last
  /** Offset of the line's end after `read` gave an event. */
  end = 0;

  /** `host`: of lines that name none, which is all of these. */
  constructor(texts: WebTexts, addresses: AddressNames, host: string, zone: Zone) {
    this.#texts = texts;
    this.#addresses = addresses;
    this.#host = host;
    this.#zone = zone;
  }

  /** The event of the line that begins at `start`; null for one that must go the long way. `view`: of the block. */
  read(block: Buffer, view: DataView, start: number, line: number): RequestEvent | null {
    const afterAddress = this.#slots.read(block, start, ADDRESS);
    if (afterAddress === start) return null;
    const address = this.#slots.value;
    const request = this.#toRequest(block, afterAddress);
    if (request === NONE) return null;
    const known = this.#request(block, view, request);
    if (known === null) return null;
    const { end } = this.#texts.requests;
    const afterSize = this.#answer(block, end + 1);
    if (afterSize === NONE) return null;
    const status = this.#status;
    const judged = this.#headers(block, view, afterSize, known, status);
    if (judged === null) return null;
    const peer = this.#addresses.of(address);
    if (peer === NO_ADDRESS) return null;
    this.#event ??= new RequestEvent(this.#host, this.#addresses, peer, judged, block);
    const event = this.#event;
    event.line = line;
    event.time = this.#time;
    event.known = peer;
    event.status = status;
    event.bypass = known.bypass;
    event.judgement = judged;
    event.agent = this.#agent;
    event.visit = known.part || this.#referred;
    event.pathClass = known.pathClass;
    event.block = block;
    event.start = start;
    event.requestEnd = end;
    event.end = this.end;
    return event;
  }

  // ' - - [stamp] "': the offset after the quote. Sets #time.
  #toRequest(block: Buffer, at: number): number {
    for (let index = 0; index < NOBODY.length; index += 1) if (block[at + index] !== NOBODY[index]) return NONE;
    const stamp = at + NOBODY.length;
    const end = stamp + STAMP;
    if (!opensText(block, end)) return NONE;
    if (!this.#isMinute(block, stamp) && !this.#newMinute(block, stamp)) return NONE;
    const tens = (block[stamp + PREFIX] as number) - 48;
    const ones = (block[stamp + PREFIX + 1] as number) - 48;
    const seconds = tens * 10 + ones;
    if (!(tens >= 0 && ones >= 0 && ones <= 9 && seconds <= 60)) return NONE;
    this.#time = this.#minute + seconds * 1000;
    return end + 2;
  }

  #isMinute(block: Buffer, stamp: number): boolean {
    const prefix = this.#prefix;
    const zone = this.#zoneText;
    for (let index = PREFIX - 1; index >= 0; index -= 1) if (block[stamp + index] !== prefix[index]) return false;
    const after = stamp + PREFIX + 2;
    for (let index = 0; index < zone.length; index += 1) if (block[after + index] !== zone[index]) return false;
    return true;
  }

  #newMinute(block: Buffer, at: number): boolean {
    const text = block.toString('latin1', at, at + STAMP);
    const seconds = Number(text.slice(PREFIX, PREFIX + 2));
    if (this.#stamp.read(text, 0, this.#zone) !== STAMP || this.#stamp.certainty !== 'exact') return false;
    if (!/^ [+-]\d{4}\]$/.test(text.slice(PREFIX + 2))) return false;
    this.#minute = this.#stamp.time - seconds * 1000;
    this.#prefix.set(block.subarray(at, at + PREFIX));
    this.#zoneText.set(block.subarray(at + PREFIX + 2, at + STAMP));
    return true;
  }

  #request(block: Buffer, view: DataView, at: number): KnownRequest | null {
    const { requests } = this.#texts;
    const known = requests.find(view, at);
    if (known !== undefined) return known;
    if (requests.end === NONE) return null;
    const made = knownRequest(requestParts(block.toString('utf8', at, requests.end)));
    requests.keep(view, made);
    return made;
  }

  // ' 200 512' or ' 200 -': the offset after it, where a space stands or the line ends. Sets #status.
  #answer(block: Buffer, at: number): number {
    let status = 0;
    for (let index = 1; index <= 3; index += 1) {
      const digit = (block[at + index] as number) - 48;
      if (!(digit >= 0 && digit <= 9)) return NONE;
      status = status * 10 + digit;
    }
    if (block[at] !== SPACE || block[at + 4] !== SPACE) return NONE;
    this.#status = status;
    const size = at + 5;
    let end = size;
    while (end < size + MAX_DIGITS && isDigit(block[end])) end += 1;
    if (end === size) return block[size] === DASH ? size + 1 : NONE;
    return end;
  }

  // ' "referrer" "agent"', or the line's end. Sets `end`. Null: for the long way.
  #headers(block: Buffer, view: DataView, at: number, known: KnownRequest, status: number): Judgement | null {
    const from = at + 2;
    this.#agent = null;
    this.#referred = false;
    if (isEnd(block, at)) {
      this.end = at;
      return judge(known, known, { status, bare: true, referrer: NOTHING, agent: NOTHING }, () => ['', '']);
    }
    if (!opensText(block, at)) return null;
    const { referrers, agents } = this.#texts;
    const referrer = referrers.find(view, from) ?? this.#newReferrer(block, view, from);
    if (referrer === null) return null;
    const { end } = referrers;
    if (!opensText(block, end + 1)) return null;
    const agent = agents.find(view, end + 3) ?? this.#newAgent(block, view, end + 3);
    if (agent === null || !this.#ends(block, agents.end + 1)) return null;
    this.#agent = agent.sign;
    this.#referred = !isBare(block, from, end);
    const { parts } = known;
    if (parts === null && referrer === NOTHING && agent.found === NOTHING)
      return status === REFUSED ? QUIET_REFUSED : QUIET;
    const texts = () => [headerAt(block, from, end), headerAt(block, end + 3, agents.end)] as const;
    const bare = parts !== null && !this.#referred;
    return judge(parts === null ? agent : known, known, { status, bare, referrer, agent: agent.found }, texts);
  }

  #newReferrer(block: Buffer, view: DataView, from: number): readonly Finding[] | null {
    const { referrers } = this.#texts;
    if (referrers.end === NONE) return null;
    const found = findInNewReferrer(headerAt(block, from, referrers.end)) ?? NOTHING;
    referrers.keep(view, found);
    return found;
  }

  #newAgent(block: Buffer, view: DataView, from: number): KnownAgent | null {
    const { agents } = this.#texts;
    if (agents.end === NONE) return null;
    const text = headerAt(block, from, agents.end);
    const found = findInAgent(text) ?? NOTHING;
    const made = { found, sign: text === '' ? null : agentSign(text), ...unjudged() };
    agents.keep(view, made);
    return made;
  }

  // Does the line end here, or do fields follow that say nothing to us? Sets `end`.
  #ends(block: Buffer, at: number): boolean {
    this.end = at;
    if (isEnd(block, at)) return true;
    if (block[at] !== SPACE) return false;
    const found = block.indexOf(NEWLINE, at);
    this.end = found === NONE ? block.length : found;
    return block[this.end - 1] !== 13 && block[this.end - REQUEST_ID] !== SPACE;
  }
}

function isEnd(block: Buffer, at: number): boolean {
  return at >= block.length || block[at] === NEWLINE;
}

function opensText(block: Buffer, at: number): boolean {
  return block[at] === SPACE && block[at + 1] === QUOTE;
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 48 && code <= 57;
}

function headerAt(block: Buffer, from: number, to: number): string {
  return headerText(block.toString('utf8', from, to));
}

function knownRequest(parts: RequestParts): KnownRequest {
  const bypass = parts.query !== undefined && isBypass(parts.query);
  const path = parts.path ?? '';
  const [part, pathClass] = [isPart(path), classOf(path)];
  if (isOrdinary(asSent(parts, 0, '', ''))) return ordinary(bypass, part, pathClass);
  return { parts, bypass, part, pathClass, ...unjudged() };
}

const ordinaries: (KnownRequest | undefined)[] = [];

// Of ordinary requests there is no end: those that tell the same are one.
function ordinary(bypass: boolean, part: boolean, pathClass: number): KnownRequest {
  const at = pathClass * 4 + (part ? 2 : 0) + (bypass ? 1 : 0);
  ordinaries[at] ??= { parts: null, bypass, part, pathClass, ...unjudged() };
  return ordinaries[at];
}

/**
 * Judges a request again only when its answer or its headers say something else than they did for `last`. The same findings
 * are the same object.
 */
function judge(last: Judged, { parts }: KnownRequest, facts: Facts, texts: () => readonly [string, string]): Judgement {
  const { status, bare, agent, referrer } = last.facts;
  const same = status === facts.status && bare === facts.bare && agent === facts.agent && referrer === facts.referrer;
  if (same) return last.judgement;
  const verdict = judgeRequest(asSent(parts ?? AN_ORDINARY_ONE, facts.status, ...texts()));
  last.facts = facts;
  last.judgement = judgement(facts.status, verdict);
  return last.judgement;
}

// An empty header, or "-", which stands for one.
function isBare(block: Buffer, from: number, end: number): boolean {
  return end === from || (end === from + 1 && block[from] === DASH);
}
