import type { Exchange } from '../http/exchange.ts';
import { isTooDeep } from '../http/json-depth.ts';
import { HecRefusal } from './answers.ts';

const MAX_CHANNELS = 10_000;
const GUID = /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i;
const MAX_ASKED = 100_000;

/** The request's channel, by header or query; null when it names none. Throws a Refusal for one that is no GUID. */
export function channelOf(exchange: Exchange): string | null {
  const given = exchange.header('x-splunk-request-channel') || (exchange.query.get('channel') ?? '');
  if (given === '') return null;
  if (!GUID.test(given)) throw new HecRefusal('channel');
  return given.toLowerCase();
}

/**
 * Acknowledgements of each sender's channels. A number is given out only after what it stands for is durable: so every one that was
 * given out holds, and is all that must be remembered. After a restart, or for the channel that was silent longest of 10,000, nothing is
 * remembered: its sender is told false, and sends again.
 */
export class Channels {
  /** The next number of each; the first was used longest ago. */
  readonly #next = new Map<string, number>();

  /** The number for what just became durable. */
  acknowledge(sender: string, channel: string): number {
    const key = `${sender} ${channel}`;
    const number = this.#next.get(key) ?? 0;
    this.#next.delete(key);
    this.#next.set(key, number + 1);
    if (this.#next.size > MAX_CHANNELS) {
      const [oldest] = this.#next.keys();
      if (oldest !== undefined) this.#next.delete(oldest);
    }
    return number;
  }

  /** Which of these numbers hold. Throws a Refusal for a body that is no `{"acks":[0,1]}`. */
  asked(sender: string, channel: string, body: string): Record<string, boolean> {
    const acks = acksOf(body);
    const next = this.#next.get(`${sender} ${channel}`) ?? 0;
    return Object.fromEntries(acks.map((number) => [String(number), number >= 0 && number < next]));
  }
}

function acksOf(body: string): readonly number[] {
  if (isTooDeep(Buffer.from(body))) throw new HecRefusal('format');
  try {
    const { acks } = JSON.parse(body) as { acks?: unknown };
    if (Array.isArray(acks) && acks.length <= MAX_ASKED && acks.every((one) => Number.isInteger(one)))
      return acks as number[];
  } catch {
    // no JSON: said below
  }
  throw new HecRefusal('format');
}
