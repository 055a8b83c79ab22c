import { X509Certificate } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { parseIp } from '../core/ip.ts';
import type { Authority } from './authority.ts';
import { newKeys, putFile, type TlsFiles, textOf } from './key-files.ts';

const DNS = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Names and addresses that a server is reached by. */
export interface Reached {
  readonly dns: readonly string[];
  readonly addresses: readonly string[];
}

/** Addresses of this machine’s interfaces, link-local ones apart: those need a zone, which no certificate can say. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  return all.map(({ address }) => address).filter((address) => !/^fe80:/i.test(address));
}

/** Names among the words are names, addresses are addresses; each once. */
export function reachedBy(words: readonly string[]): Reached {
  const unique = [...new Set(words.map((word) => word.toLowerCase()))].filter((word) => word !== '');
  return {
    dns: unique.filter((word) => parseIp(word) === null && DNS.test(word)),
    addresses: unique.map((word) => parseIp(word)?.text).filter((text) => text !== undefined),
  };
}

/**
 * Sees that the server's certificate is there, is this authority's, has all names and has more than a third of its life before it; else makes
 * another, with a new key. True when it made one. The key's file is put in place first: who reads in between finds that the two do not fit,
 * and keeps what it has.
 */
export async function keepServerCertificate(
  files: TlsFiles,
  authority: Authority,
  reached: Reached,
  nowMs: number,
): Promise<boolean> {
  if (isGood(files, authority, reached, nowMs)) return false;
  const { keys, pem } = await newKeys();
  const { pem: certificate } = await authority.issueServer(keys.publicKey, reached);
  putFile(files.key, pem, 0o400);
  putFile(files.certificate, certificate, 0o644);
  return true;
}

function isGood({ certificate, key }: TlsFiles, authority: Authority, reached: Reached, nowMs: number): boolean {
  const pem = textOf(certificate);
  if (pem === null || textOf(key) === null) return false;
  try {
    const made = new X509Certificate(pem);
    const [from, to] = [Date.parse(made.validFrom), Date.parse(made.validTo)];
    return (
      made.verify(new X509Certificate(authority.pem).publicKey) &&
      nowMs >= from &&
      nowMs < from + ((to - from) * 2) / 3 &&
      holdsAll(made, authority, reached)
    );
  } catch {
    return false; // what cannot be read is made again
  }
}

function holdsAll(made: X509Certificate, { limits, serverName }: Authority, { dns, addresses }: Reached): boolean {
  const names = [serverName, ...dns.filter((name) => limits.allowsName(name))];
  const wanted = addresses.filter((address) => limits.allowsAddress(address));
  return (
    names.every((name) => made.checkHost(name) !== undefined) &&
    wanted.every((address) => made.checkIP(address) !== undefined)
  );
}
