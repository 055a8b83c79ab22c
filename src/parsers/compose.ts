import type { LineParser } from '../core/stages.ts';

// "web-1  | text", or before version 2 "web_1  | text": names are padded to the longest.
const LINE = /^(?<service>[a-z\d][\w.-]{0,62}) {1,62}\| (?<text>\S.*)$/s;

/** What `docker compose logs` prints: the service's name before each line that its container wrote. */
export default {
  kind: 'line',
  name: 'compose',
  parse(line) {
    const groups = LINE.exec(line)?.groups;
    if (!groups) return null;
    const fields = { 'container.name': groups['service'], 'container.runtime': 'docker' };
    return { message: groups['text'], said: true, forwarded: true, fields };
  },
} satisfies LineParser;
