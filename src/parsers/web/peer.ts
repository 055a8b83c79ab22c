import { canonicalIp, isPublic, parseIp } from '../../core/ip.ts';

/** Who asked and whom, as the beginning of an access line says. */
export interface Peer {
  /** As written; undefined when the line names none. */
  readonly address: string | undefined;
  /** Canonical; undefined when the address is none. */
  readonly ip: string | undefined;
  readonly port: number | undefined;
  /** The virtual host; undefined when the line names none. */
  readonly domain: string | undefined;
  /** The name that was logged in with, `-` left out. */
  readonly user: string | undefined;
}

const HOST_PORT = /^(?:\[(?<six>[0-9a-f:.]{2,45})\]|(?<host>[^:,"]{1,255})):(?<port>\d{1,5})$/i;

/** Servers write the quote of a client with a backslash: a bare one is of JSON, whose commas make no list of addresses. */
const BARE_QUOTE = /(?<!\\)"/;

interface Word {
  readonly text: string;
  readonly list: readonly string[];
  /** Where it ends in the prefix. */
  readonly end: number;
}

/** The words of a prefix. A list of addresses, quoted or with a comma behind each, is one word. */
function wordsOf(prefix: string): Word[] {
  const words: Word[] = [];
  let list: string[] = [];
  for (const found of prefix.matchAll(/"[^"]*"|\S+/g)) {
    const [piece] = found;
    const inner = /^".*"$/.test(piece) ? piece.slice(1, -1) : piece;
    list.push(
      ...inner
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    );
    const end = found.index + piece.length;
    if (inner.endsWith(',') && list.length > 0 && end < prefix.length) continue;
    words.push({ text: list.join(', '), list, end });
    list = [];
  }
  return words;
}

function withoutPort(text: string): { host: string; port: number | undefined } {
  if (canonicalIp(text) !== null) return { host: text, port: undefined };
  const parts = HOST_PORT.exec(text)?.groups;
  if (!parts) return { host: text, port: undefined };
  return { host: parts['six'] ?? (parts['host'] as string), port: Number(parts['port']) };
}

function isAddress(word: Word | undefined): boolean {
  if (word === undefined) return false;
  return (
    (word.list.length > 1 && !BARE_QUOTE.test(word.text)) ||
    canonicalIp(withoutPort(word.text).host) !== null ||
    word.text === 'localhost' ||
    word.text === 'unix:'
  );
}

/** `destination peer - user`: the word behind the addresses is RFC 1413's, which nearly no server asks for. */
function hasPeerBehind(words: readonly Word[]): boolean {
  const behind = words.findIndex((word, at) => at > 0 && !isAddress(word));
  return behind > 1 && words[behind]?.text === '-';
}

/**
 * Reads what stands before the stamp: `peer ident user`, with a virtual host, a proxy's X-Forwarded-For list or both in
 * front; null when it is none of these. The name that a client logs in with may hold blanks and addresses, so words are
 * told from the left.
 */
export function readPeer(prefix: string): Peer | null {
  const words = wordsOf(prefix);
  const first = words[0];
  if (!isPrefix(words)) return null;
  const hasHost = words.length >= 4 && words[1]?.text !== '-' && (!isAddress(first) || hasPeerBehind(words));
  let at = hasHost ? 1 : 0;
  const candidates = [...(words[at]?.list ?? [])];
  while (words.length - at > 3 && isAddress(words[at + 1])) {
    at += 1;
    candidates.push(...(words[at]?.list ?? []));
  }
  const { host: peer, port } = withoutPort(nearestClient(candidates) ?? '-');
  return {
    address: present(peer),
    ip: canonicalIp(peer) ?? undefined,
    port,
    domain: hasHost ? nameOf(first) : undefined,
    user: userOf(prefix.slice(words[at + 1]?.end ?? prefix.length)),
  };
}

/** An address first, or a name with `-` or an address behind it: anything else is an envelope of another format. */
function isPrefix(words: readonly Word[]): boolean {
  if (words.length === 1) return canonicalIp(withoutPort((words[0] as Word).text).host) !== null; // "peer [stamp]"
  if (words.length < 3 && words[1]?.text !== '-') return false; // a name may be blank
  if (isAddress(words[0])) return true;
  return (words[1]?.text === '-' || isAddress(words[1])) && /^[\w.:*-]{1,255}$/.test((words[0] as Word).text);
}

function present(text: string): string | undefined {
  return text === '-' || text === '' ? undefined : text;
}

/** The virtual host; undefined when the server names itself by address. */
function nameOf(word: Word | undefined): string | undefined {
  const { host } = withoutPort(word?.text ?? '-');
  return canonicalIp(host) === null ? present(host) : undefined;
}

/**
 * What stands behind ident; a third dash is another field that is empty, and quotes around it are the format's. `-` is kept:
 * the server says that nobody signed in, as Filebeat's user.name does.
 */
function userOf(rest: string): string | undefined {
  const user = rest.trim().replace(/^(?:- )+/, '');
  if (user === '-') return user;
  return present(user.length > 1 && user.startsWith('"') && user.endsWith('"') ? user.slice(1, -1) : user);
}

/**
 * Of a chain `client, proxy, proxy, peer` the address that no client could have written: the last public one, for proxies
 * of one's own have private addresses; else the last of all, which is the peer of the connection.
 */
function nearestClient(chain: readonly string[]): string | undefined {
  for (let at = chain.length - 1; at >= 0; at -= 1) {
    const parsed = parseIp(withoutPort(chain[at] as string).host);
    if (parsed === null && at < chain.length - 1) break; // what stands further left may be made up
    if (parsed !== null && isPublic(parsed)) return chain[at];
  }
  return chain.at(-1);
}
