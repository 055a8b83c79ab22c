import { type BlockForm, type BlockList, durationOf, preamble } from '../block-form.ts';

function set(name: string, type: string, elements: readonly string[], expire: string): string {
  const listed = elements.length > 0 ? `\n    elements = {\n      ${elements.join(',\n      ')}\n    }` : '';
  return `  set ${name} {\n    type ${type}\n    flags interval,timeout\n    timeout ${expire}${listed}\n  }\n`;
}

const CHAIN = (name: string, hook: string): string => `  chain ${name} {
    type filter hook ${hook} priority filter - 10; policy accept;
    ip saddr @block4 counter drop
    ip6 saddr @block6 counter drop
  }
`;

/** A duration as nft writes it: `30d`, `1d12h`, `90s` (nft(8), data types: time). */
function nftTime(seconds: number): string {
  let left = seconds;
  let text = '';
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    if (left >= size) text += `${Math.floor(left / size)}${unit}`;
    left %= size;
  }
  return text;
}

/**
 * The block list as a ruleset for `nft -f -`: a table of its own that drops packets from these addresses, also of
 * connections that are open, each until its time is over. Loading it again replaces the list; no other table is touched.
 */
function write(list: BlockList): string {
  const { v4, v6, expireSeconds } = list;
  const expire = nftTime(expireSeconds);
  const [what, look] = preamble(list);
  return `#!/usr/sbin/nft -f
# ${what} Each is freed after ${durationOf(expireSeconds)}.
# ${look}
# Load:  nft -f FILE        (loading a newer list replaces this one)
# Undo:  nft delete table inet spoor
# Free one address:  nft delete element inet spoor block4 { 192.0.2.7 }

table inet spoor
delete table inet spoor

table inet spoor {
${set('block4', 'ipv4_addr', v4, expire)}
${set('block6', 'ipv6_addr', v6, expire)}
${CHAIN('input', 'input')}
${CHAIN('forward', 'forward')}}
`;
}

/** nftables. */
export default { name: 'nft', expires: true, write } satisfies BlockForm;
