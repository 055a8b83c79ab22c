import { type BlockForm, type BlockList, durationOf, preamble } from '../block-form.ts';

/** The kernel's timers take no more (ipset(8), `timeout`): 24 days, 20 hours. */
const MOST_SECONDS = 2_147_483;

/** Room of a set; the same each time, for a set that is there already must not differ. */
const ROOM = 1_048_576;

/** Written to a new set that then takes the old one's place: there is no moment without a list. */
function set(name: string, family: string, entries: readonly string[], seconds: number): string {
  const create = (set: string) =>
    `create ${set} hash:net family ${family} maxelem ${ROOM} timeout ${MOST_SECONDS} -exist`;
  return [
    create(name),
    create(`${name}-new`),
    `flush ${name}-new`,
    ...entries.map((entry) => `add ${name}-new ${entry} timeout ${seconds} -exist`),
    `swap ${name}-new ${name}`,
    `destroy ${name}-new`,
  ].join('\n');
}

function write(list: BlockList): string {
  const { v4, v6, expireSeconds } = list;
  const seconds = Math.min(expireSeconds, MOST_SECONDS);
  const [what, look] = preamble(list);
  const freed =
    seconds === expireSeconds
      ? `Each is freed after ${durationOf(seconds)}.`
      : 'Each is freed after 24.8 days, the most that ipset knows.';
  return `# ${what} ${freed}
# ${look}
# Load:  ipset restore < FILE        (loading a newer list replaces this one)
# A set drops nothing by itself. Once, and again after each start of the machine:
#   iptables -I INPUT -m set --match-set spoor4 src -j DROP;   iptables -I FORWARD -m set --match-set spoor4 src -j DROP
#   ip6tables -I INPUT -m set --match-set spoor6 src -j DROP;  ip6tables -I FORWARD -m set --match-set spoor6 src -j DROP
# Undo:  the same with -D for -I, then: ipset destroy spoor4; ipset destroy spoor6
# Free one address:  ipset del spoor4 192.0.2.7
${set('spoor4', 'inet', v4, seconds)}
${set('spoor6', 'inet6', v6, seconds)}
`;
}

/** Sets for `ipset restore`, of both families. */
export default { name: 'ipset', expires: true, write } satisfies BlockForm;
