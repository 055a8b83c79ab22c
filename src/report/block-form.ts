import { aggregate } from '../core/cidr.ts';
import { without } from '../core/cidr-without.ts';
import { isBlockable } from '../core/ip.ts';
import { SPECIAL } from '../core/special.ts';
import type { Story } from '../trace/story.ts';
import { count } from './words.ts';

/** How long an entry lasts where nobody says. */
export const DEFAULT_EXPIRE_SECONDS = 30 * 86_400;

const NETWORK = /^(?<address>[0-9a-f.:]{2,39})(?:\/(?<bits>\d{1,3}))?$/i;
const LEAST_BITS = { v4: 8, v6: 16 } as const; // a wider network is no list of attackers, but a slip that locks out

/** What is to be blocked: addresses (written without a slash) and networks, aggregated, in the order of numbers. */
export interface BlockList {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
  /** The story's attackers, worst first: what comes first where not all fits. */
  readonly worst: readonly string[];
  readonly expireSeconds: number;
}

/** A way to write a block list. Every module of `blocklists/` is one. */
export interface BlockForm {
  /** What `--blocklist` takes. */
  readonly name: string;
  /** Whether its entries free themselves after `expireSeconds`. */
  readonly expires: boolean;
  readonly write: (list: BlockList) => string;
}

/** The story's networks once more checked: nothing that is no network of the Internet, or too wide, reaches a firewall. */
export function blockListOf({ block, entries, attackers }: Story, expireSeconds = DEFAULT_EXPIRE_SECONDS): BlockList {
  const sound = block.filter(isBlock);
  const wide = sound.filter((entry) => entry.includes('/'));
  const all = aggregate([...sound.filter((entry) => !entry.includes('/')), ...without(wide, SPECIAL)]);
  const worst = [...entries.map(({ address }) => address), ...attackers.map(({ address }) => address)];
  return {
    v4: all.filter((entry) => !entry.includes(':')),
    v6: all.filter((entry) => entry.includes(':')),
    worst: [...new Set(worst)],
    expireSeconds,
  };
}

function isBlock(entry: string): boolean {
  const { address = '', bits } = NETWORK.exec(entry)?.groups ?? {};
  if (bits === undefined) return isBlockable(address);
  const [least, most] = address.includes(':') ? [LEAST_BITS.v6, 128] : [LEAST_BITS.v4, 32];
  return isBlockable(address) && Number(bits) >= least && Number(bits) <= most;
}

/** A single address with the mask that some programs insist on: `192.0.2.7/32`. */
export function withMask(entry: string): string {
  if (entry.includes('/')) return entry;
  return `${entry}/${entry.includes(':') ? 128 : 32}`;
}

/** The first line of every list: how many, and what to look at. Lines of a comment, without their sign. */
export function preamble({ v4, v6 }: BlockList): string[] {
  return [
    `Spoor: drops packets from ${count(v4.length + v6.length, 'address or network', 'addresses and networks')} seen attacking.`,
    'Look at the list before you load it. Your own address must not be in it.',
  ];
}

/** `30 days`, `90 minutes`: the largest unit that fits without a rest. */
export function durationOf(seconds: number): string {
  for (const [unit, size] of UNITS) if (seconds % size === 0) return count(seconds / size, unit);
  return count(seconds, 'second');
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;
