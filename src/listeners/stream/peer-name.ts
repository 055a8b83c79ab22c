import type { PeerCertificate } from 'node:tls';
import { printable } from '../../core/text.ts';

const LONGEST_NAME = 200;
// Node writes subjectAltName as "DNS:web-1, URI:spiffe://x, IP Address:192.0.2.7"; a value that could be mistaken for more than one is
// written as a JSON string (CVE-2021-44532).
const ENTRY = /^(?<kind>[A-Za-z][A-Za-z ]{0,31}):(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^",]*))(?:, |$)/;

/**
 * Who a verified certificate says its holder is: the first dNSName or URI among the subject's alternative names, else the common name.
 * Null when it has none that can be used as a name. At most 200 characters, all printable.
 */
export function peerNameOf({
  subjectaltname,
  subject,
}: Pick<PeerCertificate, 'subjectaltname' | 'subject'>): string | null {
  const name = firstName(subjectaltname ?? '') ?? commonName(subject?.CN);
  if (name === null || name === '' || name === 'none' || name.length > LONGEST_NAME) return null;
  return printable(name, LONGEST_NAME);
}

function firstName(names: string): string | null {
  for (let rest = names; rest !== ''; ) {
    const groups = ENTRY.exec(rest)?.groups;
    if (groups === undefined) return null;
    const { kind = '', quoted, plain = '' } = groups;
    const value = quoted === undefined ? plain : unquote(quoted);
    if ((kind === 'DNS' || kind === 'URI') && value !== '') return value;
    rest = rest.slice(ENTRY.exec(rest)?.[0].length);
  }
  return null;
}

function unquote(quoted: string): string {
  try {
    return JSON.parse(`"${quoted}"`) as string;
  } catch {
    return '';
  }
}

/** More than one common name is no name: which of them is meant, nobody knows. */
const commonName = (name: unknown): string | null => (typeof name === 'string' ? name : null);
