import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SourceContext } from '../../core/stages.ts';
import { neighbourhoodOf, plainAddress, viaOf } from '../stream/address.ts';
import { type BodyLimits, bodyOf, checkHead } from './body.ts';
import { BodyLines } from './body-lines.ts';
import { Refusal, sendProblem } from './problem.ts';
import type { Tokens } from './tokens.ts';

/** A batch that is handed over at once. */
const BATCH_BYTES = 1 << 20;
const BATCH_RECORDS = 8192;
/** A sender that was refused may still be sending: so long we take it and throw it away, so that he gets to read the answer. */
const LINGER_MS = 5000;

/** What requests are measured by. */
export interface IngestRules extends BodyLimits {
  readonly scheme: 'http' | 'https';
  readonly tokens: Tokens;
  readonly maxLine: number;
  readonly maxRequests: number;
  readonly maxRequestsPerSender: number;
}

interface Sender {
  /** Token's name or address. */
  readonly name: string;
  readonly via: string;
  readonly peer: string;
}

/** Takes lines by `POST /ingest`. A 2xx is sent when all of them are durable. */
export class Ingest {
  readonly #rules: IngestRules;
  readonly #context: SourceContext;
  #running = 0;
  readonly #bySender = new Map<string, number>();

  constructor(rules: IngestRules, context: SourceContext) {
    this.#rules = rules;
    this.#context = context;
  }

  /** Answers one request; never rejects. `waits`: the sender waits for our word before it sends the body (RFC 9110 §10.1.1). */
  async handle(request: IncomingMessage, response: ServerResponse, waits: boolean): Promise<void> {
    const { socket } = request;
    const address = plainAddress(socket.remoteAddress ?? 'unknown');
    const via = viaOf(this.#rules.scheme, address, socket.remotePort ?? 0);
    const durable = { records: 0 };
    try {
      const sender = this.#admit(request, address, via);
      await this.#withPlace(sender.peer === 'none' ? neighbourhoodOf(address) : sender.name, async () => {
        if (waits) response.writeContinue();
        await this.#take(request, sender, durable);
      });
      const body = JSON.stringify({ records: durable.records });
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
      response.end(body);
    } catch (error) {
      this.#refuse(request, response, error, durable.records, via);
    }
  }

  #admit(request: IncomingMessage, address: string, via: string): Sender {
    const { method, url = '', headers } = request;
    if (url !== '/ingest' && !url.startsWith('/ingest?'))
      throw new Refusal(404, 'not_found', 'lines are taken at /ingest');
    if (method !== 'POST') throw new Refusal(405, 'method', 'lines are taken by POST', { allow: 'POST' });
    const name = this.#rules.tokens.senderOf(headers.authorization, address);
    checkHead(request, this.#rules.maxBytes);
    return { name: name ?? address, via, peer: name ?? 'none' };
  }

  async #withPlace(sender: string, work: () => Promise<void>): Promise<void> {
    const { maxRequests, maxRequestsPerSender } = this.#rules;
    const own = this.#bySender.get(sender) ?? 0;
    const later = { 'retry-after': '1' };
    if (own >= maxRequestsPerSender)
      throw new Refusal(429, 'sender_busy', `you have ${own} requests under way: wait for their answers`, later);
    if (this.#running >= maxRequests)
      throw new Refusal(503, 'busy', 'too many requests are under way: try again', later);
    this.#running += 1;
    this.#bySender.set(sender, own + 1);
    try {
      await work();
    } finally {
      this.#running -= 1;
      const left = (this.#bySender.get(sender) ?? 1) - 1;
      if (left === 0) this.#bySender.delete(sender);
      else this.#bySender.set(sender, left);
    }
  }

  async #take(request: IncomingMessage, { name, via, peer }: Sender, durable: { records: number }): Promise<void> {
    const { maxLine } = this.#rules;
    const lines = new BodyLines({ stream: `${this.#context.name}/${name}`, via, peer, maxLine });
    for await (const piece of bodyOf(request, this.#rules)) {
      lines.push(piece, this.#context.nowUs());
      if (lines.bytes >= BATCH_BYTES || lines.count >= BATCH_RECORDS) await this.#give(lines, durable);
    }
    lines.end(this.#context.nowUs());
    if (lines.count > 0) await this.#give(lines, durable);
  }

  async #give(lines: BodyLines, durable: { records: number }): Promise<void> {
    const records = lines.take();
    try {
      await this.#context.emit(records);
    } catch {
      throw new Refusal(503, 'stopping', 'the server stops: send again what is not durable', { 'retry-after': '5' });
    }
    durable.records += records.length;
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown, records: number, via: string): void {
    const refusal =
      error instanceof Refusal ? error : new Refusal(500, 'internal', 'something went wrong here: try again');
    const { reason, message } = refusal;
    this.#context.note({ kind: 'refused', reason, via, detail: `${message}; ${records} records of it are durable` });
    sendProblem(response, refusal, records);
    if (request.complete) return;
    request.on('error', () => {}); // it was answered already
    request.resume();
    const linger = setTimeout(() => request.socket.destroy(), LINGER_MS);
    request.once('close', () => clearTimeout(linger));
  }
}
