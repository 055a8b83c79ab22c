import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RawRecord } from '../src/core/stages.ts';
import { formatSecret, formatVerifierKey, parseSecret } from '../src/core/tlog/note.ts';
import { type Disk, readWhole } from '../src/ledger/disk.ts';
import { type PruneResult, prune } from '../src/ledger/keep/prune.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import { PACK_RECORDS } from '../src/ledger/pack.ts';
import { policyOf, type Verdict } from '../src/ledger/verdict.ts';
import { verifyFolder } from '../src/ledger/verify-folder.ts';
import { SignerCore } from '../src/signer/core.ts';
import { CrashDisk } from './crash-disk.ts';
import { SAMPLE_ORIGIN } from './ledger-sample.ts';

/** The key of every aged ledger. */
export const AGED = parseSecret(formatSecret(SAMPLE_ORIGIN, Buffer.alloc(32, 9)));
export const AGED_TRUST = policyOf([AGED.key]);
/** Microseconds. */
export const DAY_US = 86_400_000_000;
/** When its first record was received. */
export const AGED_US = 1_767_323_045_000_000;
/** From one record to the next: a hundred seconds, so that a pack is 76 days. */
export const STEP_US = 100_000_000;

/** The disks that a ledger and its signer write to. */
export interface AgedDisks {
  readonly disk: CrashDisk;
  readonly own: CrashDisk;
}

/** What an aged ledger promises. */
const KEPT = 'retention=P30D\nmaximum=P400D\n';
let salts = 0;

/** Random bytes that are the same in each run, and never twice the same. */
function salt(bytes: number): Buffer {
  const made = Buffer.alloc(bytes, 9);
  salts += 1;
  made.writeUInt32LE(salts, 0);
  return made;
}

/** A ledger's disk, and its signer's. */
export interface Disks {
  readonly disk: Disk;
  readonly own: Disk;
}

/** Opens it for writing; `nowUs` is the clock of its own records, `policy` the text of its first one. */
export function openAged({ disk, own }: Disks, nowUs: () => number, policy = KEPT): Promise<Ledger> {
  const core = new SignerCore({ origin: SAMPLE_ORIGIN, ...AGED, ledger: disk, own });
  return Ledger.open({
    disk,
    random: salt,
    nowUs,
    origin: SAMPLE_ORIGIN,
    signer: { key: AGED.key, sign: (head) => core.sign(head) },
    policy,
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

/** A ledger of two packs and 50 records behind them: of 30 days, when its last was received, the first pack is all too old, and a part of the second. */
export async function agedPacks(): Promise<
  AgedDisks & { readonly lastUs: number; readonly expectedMinimum: number; readonly records: number }
> {
  const records = 2 * PACK_RECORDS + 50;
  const made = await agedLedger(records);
  const before = records - 1 - (30 * DAY_US) / STEP_US;
  return { ...made, records, expectedMinimum: Math.floor((before + 1) / 256) * 256 };
}

/** A copy that nothing else writes to; its disk may fail. */
export function copied({ disk, own }: AgedDisks, fail?: (call: string) => void): AgedDisks {
  return { disk: disk.crash(() => 1, fail), own: own.crash(() => 1) };
}

/** Verifies what the disks hold, as a folder. */
export async function verifiedAged(disks: AgedDisks, folder: string): Promise<Verdict> {
  rmSync(folder, { recursive: true, force: true });
  await asFolder(disks, folder);
  return verifyFolder(folder, { policy: AGED_TRUST, remembered: [], pauseMs: 0 });
}

/** Opens it, gives up what is old enough at that time, and closes it. */
export async function prunedAged(disks: AgedDisks, nowUs: number, trust = AGED_TRUST): Promise<PruneResult> {
  const ledger = await openAged(disks, () => nowUs);
  try {
    return await prune({ ledger, disk: disks.disk, trust, who: 'test', nowUs });
  } finally {
    await ledger.close();
  }
}

/** Puts what a disk holds into a folder, as a ledger lies there. */
export async function asFolder({ disk, own }: AgedDisks, folder: string): Promise<void> {
  const put = async (from: Disk, path: string, to: string) => {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    writeFileSync(join(folder, to), await readWhole(from, path));
  };
  for (const path of disk.files()) await put(disk, path, path);
  for (const path of own.files()) await put(own, path, `signer/${path}`);
  mkdirSync(join(folder, 'signer'), { recursive: true });
  writeFileSync(join(folder, 'signer/key'), `${formatSecret(SAMPLE_ORIGIN, Buffer.alloc(32, 9))}\n`, { mode: 0o400 });
  writeFileSync(join(folder, 'log.vkey'), `${formatVerifierKey(AGED.key)}\n`);
}
