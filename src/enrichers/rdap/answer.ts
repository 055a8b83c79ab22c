import { parseIp } from '../../core/ip.ts';
import { isObject } from '../../core/json-object.ts';
import { mailDomain } from '../../core/mail.ts';
import { printable } from '../../core/text.ts';

/** What an answer says of a network or an autonomous system. */
export interface Registered {
  /** Plain mail addresses for abuse, in the order of the answer, each once. */
  readonly mails: readonly string[];
  /** First and last address; null for an autonomous system, or when the answer names none. */
  readonly range: { readonly first: string; readonly last: string } | null;
  /** Its name or handle, safe to show; ''. */
  readonly name: string;
}

const MAX_DEPTH = 6;
const MAX_ENTITIES = 500;
const MAX_MAILS = 5;

/**
 * Reads an answer of class "ip network" or "autnum" (RFC 9083 §5.4, §5.5). Mail addresses are those of entities, however deep
 * (§5.1), whose roles hold "abuse", out of their vCard (RFC 7095). Null for what is no such answer.
 */
export function readAnswer(document: unknown): Registered | null {
  if (!isObject(document)) return null;
  const { objectClassName, startAddress, endAddress, name, handle } = document;
  if (objectClassName !== 'ip network' && objectClassName !== 'autnum') return null;
  const mails: string[] = [];
  collect(document['entities'], 0, { left: MAX_ENTITIES }, mails);
  const [first, last] = [addressIn(startAddress), addressIn(endAddress)];
  return {
    mails: [...new Set(mails)].slice(0, MAX_MAILS),
    range: first === null || last === null ? null : { first, last },
    name: printable(
      ([name, handle].find((text) => typeof text === 'string' && text !== '') as string | undefined) ?? '',
      80,
    ),
  };
}

function addressIn(text: unknown): string | null {
  return typeof text === 'string' ? (parseIp(text)?.text ?? null) : null;
}

function collect(entities: unknown, depth: number, budget: { left: number }, mails: string[]): void {
  if (!Array.isArray(entities) || depth > MAX_DEPTH) return;
  for (const entity of entities as unknown[]) {
    budget.left -= 1;
    if (budget.left < 0) return;
    if (!isObject(entity)) continue;
    const { roles, vcardArray } = entity;
    if (Array.isArray(roles) && roles.includes('abuse')) mails.push(...mailsIn(vcardArray));
    collect(entity['entities'], depth + 1, budget, mails);
  }
}

/** `["vcard", [["email", {}, "text", "abuse@example.net"], …]]`, the preferred first (RFC 6350 §5.3). */
function mailsIn(vcard: unknown): string[] {
  const properties = Array.isArray(vcard) ? (vcard as unknown[])[1] : null;
  if (!Array.isArray(properties)) return [];
  const found = (properties as unknown[]).slice(0, 200).flatMap((property) => {
    const [name, parameters, , value] = Array.isArray(property) ? (property as unknown[]) : [];
    if (typeof name !== 'string' || name.toLowerCase() !== 'email' || typeof value !== 'string') return [];
    const mail = value.trim().replace(/^mailto:/i, '');
    if (mailDomain(mail) === null) return [];
    return [{ mail, preference: isObject(parameters) ? Number(parameters['pref'] ?? 101) : 101 }];
  });
  return found.sort((a, b) => (a.preference || 101) - (b.preference || 101)).map(({ mail }) => mail);
}
