import { type BlockForm, type BlockList, preamble } from '../block-form.ts';

/** Commands for ufw 0.36 or newer (`prepend`): the rules must stand before those that let in. */
function write(list: BlockList): string {
  const [what, look] = preamble(list);
  const entries = [...list.v4, ...list.v6];
  const commands = entries.map((entry) => `ufw prepend deny from ${entry} comment spoor\n`).join('');
  return `#!/bin/sh
# ${what}
# ${look}
# Load:  sh FILE        (as root; ufw must be on: ufw status)
# Undo:  sed -n 's/^ufw prepend \\(deny from [^ ]*\\).*/ufw delete \\1/p' FILE | sh
# Free one address:  ufw delete deny from 192.0.2.7
# These rules know no end: take them out again yourself. ufw takes about a second for each: for thousands use the form nft or ipset.
set -eu
${commands}`;
}

/** A shell script of ufw commands. */
export default { name: 'ufw', expires: false, write } satisfies BlockForm;
