import { createHash } from 'node:crypto';

// An OpenSSH public key as it stands in authorized_keys: the type, and base64 of the key itself (RFC 4253 §6.6).
const PUBLIC_KEY =
  /(?<![\w-])(?<type>ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) (?<blob>AAAA[A-Za-z0-9+/]{20,2000}={0,2})/g;

/** A public key that a command line spells out. */
export interface WrittenKey {
  readonly type: string;
  /** As sshd logs it: "SHA256:" and unpadded base64 of the SHA-256 of the key (ssh-keygen -l). */
  readonly fingerprint: string;
  /** The last 40 characters of the key as written: enough to find its line. */
  readonly ending: string;
}

/** The public keys that a text holds, so that a login with one of them is known for what it is. */
export function keysIn(text: string): WrittenKey[] {
  return [...text.slice(0, 8192).matchAll(PUBLIC_KEY)].map(({ groups }) => {
    const blob = groups?.['blob'] ?? '';
    const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
    const fingerprint = `SHA256:${digest.replace(/=+$/, '')}`;
    return { type: groups?.['type'] ?? '', fingerprint, ending: blob.slice(-40) };
  });
}
