import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RawRecord } from '../src/core/stages.ts';
import { formatSecret, formatVerifierKey, parseSecret, type VerifierKey } from '../src/core/tlog/note.ts';
import { realDisk } from '../src/ledger/disk.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import { writingDisk } from '../src/ledger/secrecy/at-rest.ts';
import { SignerCore } from '../src/signer/core.ts';

export const SAMPLE_ORIGIN = 'ledger.example/main';

/** A line of a login log, the nth. */
export function sampleRecord(nth: number): RawRecord {
  return {
    stream: nth % 3 === 0 ? 'db1/auth' : 'web1/auth',
    bytes: Buffer.from(
      `<38>Jan  2 03:04:05 web1 sshd[${811 + nth}]: Failed password for root from 203.0.113.${nth % 250} port ${1024 + nth} ssh2`,
    ),
    receivedAtUs: 1_767_323_045_000_000 + nth * 1000,
    via: 'tls:192.0.2.10:51514',
    peer: 'none',
  };
}

export interface SampleLedger {
  readonly folder: string;
  readonly key: VerifierKey;
  readonly ledger: Ledger;
  /** A second signature would be of the same key. */
  readonly secret: string;
}

/** Makes a ledger in a folder with the real writer, its signer in this process, as `spoor ledger init` lays it out. */
export async function sampleLedger(folder: string, seed = 7, keyFile: string | null = null): Promise<SampleLedger> {
  mkdirSync(join(folder, 'signer'), { recursive: true, mode: 0o700 });
  const text = formatSecret(SAMPLE_ORIGIN, Buffer.alloc(32, seed));
  const { key } = parseSecret(text);
  writeFileSync(join(folder, 'signer', 'key'), `${text}\n`, { mode: 0o400 });
  writeFileSync(join(folder, 'log.vkey'), `${formatVerifierKey(key)}\n`, { mode: 0o444 });
  return { folder, key, secret: text, ledger: await openSample(folder, seed, keyFile) };
}

/** Opens it again for writing; with a key file it is encrypted at rest from then on. */
export async function openSample(folder: string, seed = 7, keyFile: string | null = null): Promise<Ledger> {
  const { key, secret } = parseSecret(formatSecret(SAMPLE_ORIGIN, Buffer.alloc(32, seed)));
  const { disk, begun } = await writingDisk(folder, SAMPLE_ORIGIN, { keyFile, begin: true });
  const core = new SignerCore({
    origin: SAMPLE_ORIGIN,
    key,
    secret,
    ledger: disk,
    own: realDisk(join(folder, 'signer')),
  });
  const ledger = await Ledger.open({
    disk,
    random: (bytes) => Buffer.alloc(bytes, seed),
    nowUs: () => 1_767_323_045_000_000,
    origin: SAMPLE_ORIGIN,
    signer: { key, sign: (head) => core.sign(head) },
    policy: 'P365D\n',
  });
  await begun(ledger);
  return ledger;
}

/** A short record: all of its bits can be tried. */
export function shortRecord(nth: number): RawRecord {
  return {
    stream: nth % 3 === 0 ? 'a' : 'b',
    bytes: Buffer.from(`l${nth}`),
    receivedAtUs: 1_767_323_045_000_000 + nth,
    via: '-',
    peer: '-',
  };
}

/** Appends so many records in batches, from number `from` on. */
export async function appendSample(ledger: Ledger, count: number, from = 0): Promise<void> {
  for (let at = 0; at < count; at += 1000)
    await ledger.append(Array.from({ length: Math.min(1000, count - at) }, (_, nth) => sampleRecord(from + at + nth)));
}
