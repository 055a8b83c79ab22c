import { type BlockForm, type BlockList, preamble } from '../block-form.ts';

/**
 * Rules that both `iptables-restore` and `ip6tables-restore` read: each passes over the lines of the other's family
 * (iptables(8), `-4` and `-6`). The chain is emptied and filled again by each load, and all others are left alone.
 */
function write(list: BlockList): string {
  const [what, look] = preamble(list);
  const rules = [
    ...list.v4.map((entry) => `-4 -A SPOOR -s ${entry} -j DROP`),
    ...list.v6.map((entry) => `-6 -A SPOOR -s ${entry} -j DROP`),
  ];
  return `# ${what}
# ${look}
# Try:   iptables-restore --noflush --test FILE
# Load:  iptables-restore --noflush FILE; ip6tables-restore --noflush FILE
#        (without --noflush the rest of the filter table would be lost; a newer list replaces this one)
# Undo:  iptables-save | grep -v SPOOR | iptables-restore; ip6tables-save | grep -v SPOOR | ip6tables-restore
# Free one address:  iptables -D SPOOR -s 192.0.2.7 -j DROP
# These rules know no end: take them out again yourself, or use the form ipset or nft. For thousands of networks ipset is faster.
*filter
:SPOOR - [0:0]
-I INPUT -j SPOOR
-I FORWARD -j SPOOR
${rules.map((rule) => `${rule}\n`).join('')}COMMIT
`;
}

/** Rules for iptables-restore and ip6tables-restore. */
export default { name: 'iptables', expires: false, write } satisfies BlockForm;
