// The naive way in Node, as a measure beside ours: chunks of 1 MiB, split into lines, one regex, a count by address.
// node bench/yardstick.mjs auth|web FILE
import { createReadStream } from 'node:fs';

const [kind, path] = process.argv.slice(2);
const wanted =
  kind === 'auth' ? /Failed password for .* from (\S+) port \d+ ssh2$/ : /^(\S+) \S+ \S+ \[[^\]]+\] "[^"]*" 4\d\d /;
const counts = new Map();
let rest = '';
for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: 1 << 20 })) {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    const found = wanted.exec(line);
    if (found) counts.set(found[1], (counts.get(found[1]) ?? 0) + 1);
  }
}
process.stdout.write(`${counts.size}\n`);
