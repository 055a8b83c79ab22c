import { type Answer, forbidden, type Get } from './guarded-get.ts';

export interface ClientOptions {
  readonly get: Get;
  /** May it speak to this machine? */
  readonly loopback: boolean;
  /** Milliseconds of a clock that only runs forward. */
  readonly now: () => number;
  /** Waits; rejects when the signal ends it. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

const MAX_REDIRECTS = 5;
const BETWEEN_MS = 1000;
const MAX_WAIT_MS = 30_000;
/** After so many failures in a row a server is not asked again. */
const MAX_FAILURES = 2;

interface Server {
  nextMs: number;
  failures: number;
}

/** Asks RDAP servers (RFC 7480), each at most once a second, one question at a time. */
export class RdapClient {
  readonly #options: ClientOptions;
  readonly #servers = new Map<string, Server>();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** The JSON document at a URL, redirects followed. Throws an Error whose message says which server failed and why. */
  async document(address: string): Promise<unknown> {
    let url: URL = new URL(address);
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const answer = await this.#ask(url);
      const target = answer.status >= 300 && answer.status < 400 ? answer.headers['location'] : undefined;
      if (target === undefined) return this.#read(url, answer);
      if (!URL.canParse(target, url.href)) throw new Error(`${url.host}: it redirects to no address`);
      url = new URL(target, url);
    }
    throw new Error(`${url.host}: it redirects too often`);
  }

  #read(url: URL, { status, body }: Answer): unknown {
    if (status === 404) throw new Error(`${url.host}: it knows nothing of it`);
    if (status !== 200) throw new Error(`${url.host}: it answers ${status}`);
    try {
      return JSON.parse(body.toString('utf8'));
    } catch {
      throw new Error(`${url.host}: its answer is no JSON`);
    }
  }

  async #ask(url: URL): Promise<Answer> {
    const no = forbidden(url, this.#options);
    if (no !== null) throw new Error(`${url.host}: not asked, ${no}`);
    const answer = await this.#askOnce(url);
    if (answer.status !== 429 && answer.status !== 503) return answer;
    const wait = retryAfter(answer.headers['retry-after']);
    if (wait > MAX_WAIT_MS) {
      this.#server(url).failures = MAX_FAILURES;
      throw new Error(`${url.host}: it asks to come back later`);
    }
    this.#server(url).nextMs = this.#options.now() + wait;
    return this.#askOnce(url);
  }

  async #askOnce(url: URL): Promise<Answer> {
    const { get, now, sleep, signal } = this.#options;
    const server = this.#server(url);
    if (server.failures >= MAX_FAILURES) throw new Error(`${url.host}: not asked again`);
    const waitMs = server.nextMs - now();
    if (waitMs > 0) await sleep(waitMs, signal);
    server.nextMs = now() + BETWEEN_MS;
    try {
      const answer = await get(url, signal);
      server.failures = 0;
      return answer;
    } catch (error) {
      server.failures += 1;
      throw new Error(`${url.host}: ${(error as Error).message}`, { cause: error });
    }
  }

  #server({ host }: URL): Server {
    let server = this.#servers.get(host);
    if (server === undefined) {
      server = { nextMs: 0, failures: 0 };
      this.#servers.set(host, server);
    }
    return server;
  }
}

/** Milliseconds to wait (RFC 9110 §10.2.3, seconds). A date would need this machine's clock to be right: too long. */
function retryAfter(value: string | undefined): number {
  if (value === undefined) return BETWEEN_MS * 2;
  return /^\d{1,6}$/.test(value) ? Number(value) * 1000 : Number.POSITIVE_INFINITY;
}
