import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RawRecord } from '../src/core/stages.ts';
import { formatSecret, formatVerifierKey, parseSecret } from '../src/core/tlog/note.ts';
import { type Disk, readWhole } from '../src/ledger/disk.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import { SignerCore } from '../src/signer/core.ts';
import { CrashDisk } from './crash-disk.ts';
import { SAMPLE_ORIGIN } from './ledger-sample.ts';

/** The key of every aged ledger. */
export const AGED = parseSecret(formatSecret(SAMPLE_ORIGIN, Buffer.alloc(32, 9)));
/** When its first record was received. */
export const AGED_US = 1_767_323_045_000_000;
/** From one record to the next: a hundred seconds, so that a pack is 76 days. */
export const STEP_US = 100_000_000;

/** The disks that a ledger and its signer write to. */
export interface AgedDisks {
  readonly disk: CrashDisk;
  readonly own: CrashDisk;
}

/** Opens it for writing; `nowUs` is the clock of its own records. */
export function openAged({ disk, own }: AgedDisks, nowUs: () => number): Promise<Ledger> {
  const core = new SignerCore({ origin: SAMPLE_ORIGIN, ...AGED, ledger: disk, own });
  return Ledger.open({
    disk,
    random: (bytes) => Buffer.alloc(bytes, 9),
    nowUs,
    origin: SAMPLE_ORIGIN,
    signer: { key: AGED.key, sign: (head) => core.sign(head) },
    policy: 'retention=P30D\nmaximum=P400D\n',
  });
}

const record = (nth: number): RawRecord => ({
  stream: nth % 1000 === 17 ? 'rare' : nth % 3 === 0 ? 'a' : 'b',
  bytes: Buffer.from(`l${nth}`),
  receivedAtUs: AGED_US + nth * STEP_US,
  via: '-',
  peer: '-',
});

/** Makes a ledger of so many records in memory, received one by one at equal steps, sealed and packed. Resolves with the disks, and when the last was received. */
export async function agedLedger(records: number): Promise<AgedDisks & { readonly lastUs: number }> {
  const disks = { disk: new CrashDisk(), own: new CrashDisk() };
  const ledger = await openAged(disks, () => AGED_US);
  for (let at = 0; at < records; at += 8192)
    await ledger.append(Array.from({ length: Math.min(8192, records - at) }, (_, nth) => record(at + nth)));
  await ledger.seal();
  await ledger.pack();
  await ledger.seal();
  await ledger.close();
  return { ...disks, lastUs: AGED_US + (records - 1) * STEP_US };
}

/** Puts what a disk holds into a folder, as a ledger lies there. */
export async function asFolder({ disk, own }: AgedDisks, folder: string): Promise<void> {
  const put = async (from: Disk, path: string, to: string) => {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    writeFileSync(join(folder, to), await readWhole(from, path));
  };
  for (const path of disk.files()) await put(disk, path, path);
  for (const path of own.files()) await put(own, path, `signer/${path}`);
  writeFileSync(join(folder, 'signer/key'), `${formatSecret(SAMPLE_ORIGIN, Buffer.alloc(32, 9))}\n`, { mode: 0o400 });
  writeFileSync(join(folder, 'log.vkey'), `${formatVerifierKey(AGED.key)}\n`);
}
