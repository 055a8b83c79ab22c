import { gunzipSync } from 'node:zlib';
import type { RawRecord } from '../src/core/stages.ts';
import { readWhole } from '../src/ledger/disk.ts';
import { type PruneResult, prune } from '../src/ledger/keep/prune.ts';
import type { Ledger } from '../src/ledger/ledger.ts';
import { AGED_TRUST, type AgedDisks, type Disks } from './aged-ledger.ts';
import { CrashDisk } from './crash-disk.ts';

/** Records are to be gone once they are 30 days old. */
export const STRICT = 'retention=P30D\nmaximum=P30D\n';

export const freshDisks = (): AgedDisks => ({ disk: new CrashDisk(), own: new CrashDisk() });

const line = (nth: number) => `payload number ${nth} of somebody;`;

/** A record whose line stands nowhere else; the third one is of a stream of its own. */
export function markedRecord(nth: number, receivedAtUs: number): RawRecord {
  const stream = nth === 3 ? 'silent' : nth % 3 === 0 ? 'a' : 'b';
  return { stream, bytes: Buffer.from(line(nth)), receivedAtUs, via: '-', peer: '-' };
}

/** Appends records `from` up to, not with, `to`, received at equal steps up to a time, and seals. */
export async function grow(
  ledger: Ledger,
  from: number,
  to: number,
  lastUs: number,
  stepUs = 1_000_000,
): Promise<void> {
  for (let at = from; at < to; at += 8192) {
    const count = Math.min(8192, to - at);
    await ledger.append(
      Array.from({ length: count }, (_, nth) => markedRecord(at + nth, lastUs - (to - 1 - at - nth) * stepUs)),
    );
  }
  await ledger.seal();
}

/** Gives up what is old enough at that time. */
export function pruning(ledger: Ledger, { disk }: Disks, nowUs: number): Promise<PruneResult> {
  return prune({ ledger, disk, trust: AGED_TRUST, who: 'test', nowUs });
}

/** Which of the first so many lines stand anywhere on the disk, in any file of whatever name. */
export async function linesOn({ disk }: AgedDisks, count: number): Promise<number[]> {
  let all = '';
  for (const path of disk.files()) {
    const bytes = await readWhole(disk, path);
    all += bytes.toString('latin1');
    if (bytes.subarray(0, 2).equals(Buffer.of(0x1f, 0x8b))) all += gunzipSync(bytes).toString('latin1');
  }
  return Array.from({ length: count }, (_, nth) => nth).filter((nth) => all.includes(line(nth)));
}
