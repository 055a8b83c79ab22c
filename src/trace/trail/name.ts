import { AppError } from '../../core/errors.ts';
import { canonicalIp } from '../../core/ip.ts';
import { printable } from '../../core/text.ts';
import { keysIn } from '../keys.ts';
import type { Story } from '../story.ts';
import { THINGS, type Thing, type ThingKind } from './thing.ts';

/** Of a key's fingerprint, without what stands before its colon. */
const SHORTEST_KEY = 8;
const HASH = /^(?:SHA256|MD5):/;
const PREFIXED = new RegExp(`^(?<kind>${THINGS.join('|')}):(?<name>.*)$`, 's');

/** Refuses what can be no thing, before any evidence is read. Throws E_USAGE. */
export function checkThing(text: string): void {
  const name = PREFIXED.exec(text)?.groups?.['name'] ?? text;
  if (name.trim() === '')
    throw new AppError('E_USAGE', 'nothing to follow: give an address, a user, a host or a key’s fingerprint');
  if (HASH.test(name) && name.replace(HASH, '').length < SHORTEST_KEY)
    throw new AppError(
      'E_USAGE',
      `"${shown(name)}": give at least ${SHORTEST_KEY} characters of the key’s fingerprint`,
    );
}

/**
 * What a text means in a story; `user:root` says which kind. Throws E_NOT_FOUND when the evidence does not know it, E_USAGE when
 * it can be two things.
 */
export function nameThing(story: Story, text: string): Thing {
  const said = PREFIXED.exec(text)?.groups;
  const name = said?.['name'] ?? text;
  const found = THINGS.flatMap((kind) =>
    said === undefined || said['kind'] === kind ? NAMED[kind](story, name).map((known) => ({ kind, name: known })) : [],
  );
  const [first, second] = found;
  if (first === undefined) {
    const what = said?.['kind'] ?? 'address, user, host or key';
    throw new AppError('E_NOT_FOUND', `the evidence knows no ${what} "${shown(name)}"`);
  }
  if (second === undefined) return first;
  const choices = found.map(({ kind, name: one }) => `${kind}:${printable(one, 60)}`).slice(0, 4);
  throw new AppError('E_USAGE', `"${shown(name)}" can be ${choices.join(' or ')}: say which`);
}

const shown = (name: string) => printable(name, 80);

/** The names of that kind that a text can mean. */
const NAMED: Readonly<Record<ThingKind, (story: Story, text: string) => string[]>> = {
  address: ({ attackers, sessions, hops, controllers, campaigns, findings }, text) => {
    const address = canonicalIp(text);
    if (address === null) return [];
    const known =
      [...attackers, ...controllers].some((one) => one.address === address) ||
      sessions.some((one) => one.address === address || one.steps.some((step) => namesAddress(step.text, address))) ||
      hops.some(({ from, to }) => from.address === address || to.address === address) ||
      campaigns.some(({ addresses }) => addresses.includes(address)) ||
      findings.some(({ detail }) => namesAddress(detail, address));
    return known ? [address] : [];
  },
  user: ({ sessions, entries, attackers }, text) => {
    const acted = sessions.some(
      ({ user, steps }) => user === text || steps.some((step) => step.user === text || step.asUser === text),
    );
    const known =
      acted || entries.some(({ user }) => user === text) || attackers.some(({ names }) => names.includes(text));
    return known && text !== '' ? [text] : [];
  },
  host: ({ hosts, hops }, text) =>
    hostsNamed(
      hosts.map(({ host }) => host),
      hops,
      text,
    ),
  key: ({ sessions, hops }, text) => {
    if (text.replace(HASH, '').length < SHORTEST_KEY) return [];
    const keys = new Set([
      ...sessions.flatMap(({ key, steps }) => [
        key?.fingerprint ?? '',
        ...steps.flatMap((step) => keysIn(step.text).map(({ fingerprint }) => fingerprint)),
      ]),
      ...hops.map(({ key }) => key),
    ]);
    return [...keys].filter((key) => key.startsWith(text) || key.replace(HASH, '').startsWith(text));
  },
};

/** A host as it writes itself; else in other case (RFC 4343), else by the first label of its name. */
function hostsNamed(own: readonly string[], hops: Story['hops'], text: string): string[] {
  const all = [...new Set([...own, ...hops.flatMap(({ from, to }) => [from.host, to.host])])].filter(Boolean);
  if (text === '') return [];
  if (all.includes(text)) return [text];
  const asked = text.toLowerCase();
  const same = all.filter((host) => host.toLowerCase() === asked);
  if (same.length > 0 || canonicalIp(text) !== null) return same;
  const label = (name: string) => name.toLowerCase().split('.')[0];
  return all.filter((host) => label(host) === label(text) && host.includes('.') !== text.includes('.'));
}

/** Does a command name this address, and not one that only begins or ends like it? A port may stand behind one of IPv4. */
export function namesAddress(text: string, address: string): boolean {
  const isV6 = address.includes(':');
  for (let at = text.indexOf(address); at !== -1; at = text.indexOf(address, at + 1)) {
    const before = text[at - 1] ?? '';
    const after = text.slice(at + address.length, at + address.length + 2);
    if (isV6 ? !/[0-9a-f:.]/i.test(before) && !/^[0-9a-f:]/i.test(after) : isAlone(before, after)) return true;
  }
  return false;
}

const isAlone = (before: string, after: string) => !/[\d.]/.test(before) && !/^(?:\d|\.\d)/.test(after);
