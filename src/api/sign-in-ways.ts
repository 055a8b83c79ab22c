import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { From, Recognised, SignInView } from './access.ts';
import { cookieOf, setCookie } from './session-cookie.ts';

const HALF_MS = 5 * 60_000;
const MOST_HALVES = 1000;
const TRIES = 5;
const HALF_BYTES = 32;

/** Where a request comes from. */
export const fromOf = (request: FastifyRequest): From => ({
  address: request.ip,
  agent: request.headers['user-agent'] ?? '',
});

/**
 * Begins the session of somebody who proved himself, and gives the browser its cookie; a session that this browser had ends. `how`, for the
 * ledger and the list of devices: `password`, `password+totp`, `passkey`, `oidc NAME`. Throws E_SIGN_IN for somebody who may
 * not sign in, and when what he proved himself by was changed meanwhile.
 */
export async function startSession(
  signIn: SignInView,
  person: Parameters<SignInView['begin']>[0],
  how: string,
  reply: FastifyReply,
): Promise<void> {
  const { request } = reply;
  const { text, endsMs } = await signIn.begin(person, how, fromOf(request), cookieOf(request, 'spoor'));
  setCookie(reply, 'spoor', text, (endsMs - Date.now()) / 1000);
}

interface Half {
  readonly who: Recognised;
  /** Of a clock that nobody sets (`performance.now`). */
  readonly untilMs: number;
  tries: number;
}

/** People whose password was right and who have yet to show a second factor: for five minutes, and five tries. In memory only. */
export class HalfSignIns {
  readonly #halves = new Map<string, Half>();

  /** Remembers somebody for this browser. */
  begin(who: Recognised, reply: FastifyReply): void {
    const text = randomBytes(HALF_BYTES).toString('base64url');
    this.#halves.set(text, { who, untilMs: performance.now() + HALF_MS, tries: TRIES });
    if (this.#halves.size > MOST_HALVES) this.#halves.delete(this.#halves.keys().next().value ?? '');
    setCookie(reply, 'spoor-half', text, HALF_MS / 1000);
  }

  /** Who this browser is half signed in as; null when nobody, or no more. */
  of(request: FastifyRequest): Recognised | null {
    const half = this.#halves.get(cookieOf(request, 'spoor-half') ?? '');
    return half !== undefined && half.tries > 0 && half.untilMs > performance.now() ? half.who : null;
  }

  /** The same, for a try. */
  try(request: FastifyRequest): Recognised | null {
    const who = this.of(request);
    const half = this.#halves.get(cookieOf(request, 'spoor-half') ?? '');
    if (half !== undefined) half.tries -= 1;
    return who;
  }

  end(reply: FastifyReply): void {
    this.#halves.delete(cookieOf(reply.request, 'spoor-half') ?? '');
    setCookie(reply, 'spoor-half', '', 0);
  }
}
