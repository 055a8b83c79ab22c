import { aggregate } from '../core/cidr.ts';
import { isBlockable } from '../core/ip.ts';
import type { Story } from '../trace/story.ts';
import { count } from './words.ts';

const DAYS = 30;
const NETWORK = /^(?<address>[0-9a-f.:]{2,39})(?:\/(?<bits>\d{1,3}))?$/i;
const LEAST_BITS = { v4: 8, v6: 16 } as const; // a wider network is no list of attackers, but a slip that locks out

/** Is it an address, or not too wide a network, of the Internet? Anything else never reaches the firewall. */
function isBlock(entry: string): boolean {
  const { address = '', bits } = NETWORK.exec(entry)?.groups ?? {};
  const least = address.includes(':') ? LEAST_BITS.v6 : LEAST_BITS.v4;
  return isBlockable(address) && (bits === undefined || Number(bits) >= least);
}

function set(name: string, type: string, elements: readonly string[]): string {
  const listed = elements.length > 0 ? `\n    elements = {\n      ${elements.join(',\n      ')}\n    }` : '';
  return `  set ${name} {\n    type ${type}\n    flags interval,timeout\n    timeout ${DAYS}d${listed}\n  }\n`;
}

const CHAIN = (name: string, hook: string): string => `  chain ${name} {
    type filter hook ${hook} priority filter - 10; policy accept;
    ip saddr @block4 counter drop
    ip6 saddr @block6 counter drop
  }
`;

/**
 * The block list as a ruleset for `nft -f -`: a table of its own that drops packets from these addresses, also of
 * connections that are open, for 30 days each. Loading it again replaces the list; no other table is touched.
 */
export function nftables(story: Story): string {
  const entries = aggregate(story.block.filter(isBlock));
  const v4 = entries.filter((entry) => !entry.includes(':'));
  const v6 = entries.filter((entry) => entry.includes(':'));
  return `#!/usr/sbin/nft -f
# Spoor: drops packets from ${count(entries.length, 'address or network', 'addresses and networks')} seen attacking. Each is freed after ${DAYS} days.
# Look at the list before you load it. Your own address must not be in it.
# Load:  nft -f FILE        (loading a newer list replaces this one)
# Undo:  nft delete table inet spoor
# Free one address:  nft delete element inet spoor block4 { 192.0.2.7 }

table inet spoor
delete table inet spoor

table inet spoor {
${set('block4', 'ipv4_addr', v4)}
${set('block6', 'ipv6_addr', v6)}
${CHAIN('input', 'input')}
${CHAIN('forward', 'forward')}}
`;
}
