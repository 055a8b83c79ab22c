import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Masker } from '../access/masker.ts';
import { CookieSeal } from '../access/sealed-cookie.ts';
import type { Caller } from '../api/caller.ts';
import type { Unmasking, WatchedView } from '../api/watched.ts';
import { replaceFileSync } from '../core/durable-file.ts';
import { AppError } from '../core/errors.ts';
import { actOf, NotedActs } from './act.ts';
import { Acts } from './acts.ts';
import type { KeepAct } from './enrolment.ts';
import type { Server } from './serve.ts';
import { closedWords } from './tampering.ts';

const HOUR_MS = 3_600_000;
const KEY_BYTES = 32;
const SEALED_MS = 24 * HOUR_MS;

/** Who sees what, on record. */
export class Disclosure implements WatchedView {
  readonly masker: Masker;
  readonly noted = new NotedActs();
  readonly #acts: Acts;
  readonly #act: KeepAct;
  readonly #nowMs: () => number;
  readonly #unmasked = new Map<string, Unmasking & { readonly untilMs: number }>();
  readonly #seal = new CookieSeal(randomBytes);

  constructor({ key, acts, act, nowMs }: { key: Uint8Array; acts: Acts; act: KeepAct; nowMs: () => number }) {
    this.masker = new Masker(key);
    this.#acts = acts;
    this.#act = act;
    this.#nowMs = nowMs;
  }

  did: WatchedView['did'] = (who, deed) => this.#acts.did(who, deed);
  didOnce: WatchedView['didOnce'] = (who, deed) => this.#acts.didOnce(who, deed);

  unmasked(caller: Caller): Unmasking | null {
    const place = placeOf(caller);
    const known = place === null ? undefined : this.#unmasked.get(place);
    if (known === undefined || !caller.may.has('unmask') || this.#hasEnded(known.untilMs)) return null;
    return { reason: known.reason, until: known.until };
  }

  /** Also when more than an hour is left: the clock was set back since. */
  #hasEnded(untilMs: number): boolean {
    const leftMs = untilMs - this.#nowMs();
    return leftMs <= 0 || leftMs > HOUR_MS;
  }

  async unmask(caller: Caller, reason: string): Promise<Unmasking> {
    const place = placeOf(caller);
    if (place === null)
      throw new AppError('E_USAGE', 'nothing is masked for you: who asks by the local socket sees all');
    const now = this.#nowMs();
    for (const [old, { untilMs }] of this.#unmasked) if (untilMs <= now) this.#unmasked.delete(old);
    const untilMs = now + HOUR_MS;
    const until = new Date(untilMs).toISOString();
    await this.#act(caller.name, 'unmask', caller.name, { reason, until });
    this.#unmasked.set(place, { reason, until, untilMs });
    return { reason, until };
  }

  /** Always done: it takes something away. */
  async mask(caller: Caller): Promise<void> {
    const place = placeOf(caller);
    if (place === null || !this.#unmasked.delete(place)) return;
    await this.#act(caller.name, 'mask', caller.name, {});
  }

  seal(caller: Caller, value: string): string {
    return this.#seal.seal(`cursor ${placeOf(caller) ?? ''}`, { value }, this.#nowMs() + SEALED_MS);
  }

  open(caller: Caller, sealed: string): string | null {
    const opened = this.#seal.open(`cursor ${placeOf(caller) ?? ''}`, sealed, this.#nowMs());
    const { value } = (opened ?? {}) as { value?: unknown };
    return typeof value === 'string' ? value : null;
  }

  stop(): Promise<void> {
    return this.#acts.stop();
  }
}

/** What an unmasking is for: a session or a token, and no other of the same person. */
function placeOf(caller: Caller): string | null {
  if (caller.kind === 'person') return `session ${caller.sessionId}`;
  return caller.kind === 'token' ? `token ${caller.tokenId}` : null;
}

/** Who sees what of a server. Its masks are the same as long as DATA/tls/mask.key is kept. */
export function disclosureOf(server: Server): Disclosure {
  const { paths, log } = server.options;
  const act = actOf(server);
  const nowMs = () => Date.now();
  const acts = new Acts({
    act,
    nowMs: () => performance.now(),
    mustBeOpen: () => {
      const words = closedWords(server) ?? server.keeper.trouble;
      if (words !== null) throw new AppError('E_UNAVAILABLE', `this cannot be put on record now: ${words}`);
    },
    onError: (error) => log.say('error', 'acts', error instanceof Error ? error.message : String(error)),
  });
  return new Disclosure({ key: maskKey(`${paths.tls}/mask.key`), acts, act, nowMs });
}

/** The key of the masks; made at the first time. A file that is not whole is made anew: masks are others then, and nothing else. */
export function maskKey(path: string): Buffer {
  if (existsSync(path)) {
    const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'hex');
    if (key.length === KEY_BYTES) return key;
  }
  const key = randomBytes(KEY_BYTES);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  replaceFileSync(path, `${key.toString('hex')}\n`, 0o600);
  return key;
}
