import type { Entries } from '../entries.ts';
import type { About } from '../rows.ts';
import { broken, linesOf } from './lines.ts';

const COMMENT = /^(?:[#;!]|\/\/)/;
/** Addresses that files in the form of /etc/hosts send evil names to. */
const SINKS = new Set(['0.0.0.0', '127.0.0.1', '::', '::1']);

/**
 * One entry a line: an address, network, domain, URL, hash, or `AS64500`. What begins with `#`, `;`, `!` or `//` is a comment, also behind an
 * entry and a blank. Lines of /etc/hosts (`0.0.0.0 evil.example`) name a domain. Throws E_MALFORMED with the line that is none of these.
 */
export function readPlain(text: string, entries: Entries, about: About): void {
  for (const [line, number] of linesOf(text)) {
    const words = line.trim().split(/\s+/, 3);
    const [entry = '', second = ''] = words;
    if (entry === '' || COMMENT.test(entry)) continue;
    if (second === '' || COMMENT.test(second)) {
      if (!entries.any(entry, about))
        throw broken(number, 'is no address, network, domain, URL, hash or AS number', entry);
      continue;
    }
    if (!SINKS.has(entry)) throw broken(number, 'has more than one word: is it CSV?', line);
    if (entry !== second && !entries.domain(second, about) && second.includes('.'))
      throw broken(number, 'is no domain', second);
  }
}
