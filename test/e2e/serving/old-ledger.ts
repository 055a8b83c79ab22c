import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RawRecord } from '../../../src/core/stages.ts';
import { formatSecret, formatVerifierKey, parseSecret } from '../../../src/core/tlog/note.ts';
import { realDisk } from '../../../src/ledger/disk.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { SignerCore } from '../../../src/signer/core.ts';

const GOLDEN = new URL('../../../src/parsers/golden/', import.meta.url);
const DAY_US = 86_400_000_000;
const BATCH = 4096;
/** Records that come one after the other, a millisecond apart; then it is silent for a time. */
const BURST = 100;
let salts = 0;

/** Lines of every format that Spoor has a sample of, each format a stream: records of several lines are among them. */
export function goldenLines(): { readonly stream: string; readonly lines: readonly Buffer[] }[] {
  return readdirSync(GOLDEN)
    .filter((name) => /^[a-z-]+\.log$/.test(name))
    .sort()
    .map((name) => ({
      stream: `old/${name.slice(0, -4)}`,
      lines: readFileSync(new URL(name, GOLDEN), 'utf8')
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => Buffer.from(line.slice(0, 4000))),
    }))
    .filter(({ lines }) => lines.length > 0);
}

export interface OldLedgerOptions {
  readonly folder: string;
  readonly origin: string;
  readonly records: number;
  /** Received on so many days, the last of which is today. */
  readonly days: number;
  readonly policy?: string;
  readonly nowUs?: number;
  readonly lineOf?: (nth: number) => Pick<RawRecord, 'stream' | 'bytes'>;
}

/** Makes a ledger whose records were received over some days up to now, in its folder, ready for a server. */
export async function makeOldLedger(options: OldLedgerOptions): Promise<void> {
  const { folder, origin, records, days, policy = '', nowUs = Date.now() * 1000, lineOf = mixed() } = options;
  const secret = formatSecret(origin, Buffer.alloc(32, 7));
  const key = parseSecret(secret);
  mkdirSync(join(folder, 'signer'), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'signer/key'), `${secret}\n`, { mode: 0o400 });
  writeFileSync(join(folder, 'log.vkey'), `${formatVerifierKey(key.key)}\n`);
  const disk = realDisk(folder);
  const startUs = nowUs - (days - 1) * DAY_US;
  const core = new SignerCore({ origin, ...key, ledger: disk, own: realDisk(join(folder, 'signer')) });
  const ledger = await Ledger.open({
    disk,
    origin,
    policy,
    nowUs: () => startUs,
    random: salt,
    signer: { key: key.key, sign: (head) => core.sign(head) },
  });
  const step = (nowUs - startUs) / records;
  const record = (nth: number): RawRecord => ({
    ...lineOf(nth),
    receivedAtUs: Math.floor(startUs + (nth - (nth % BURST)) * step + (nth % BURST) * 1000),
    via: 'tcp:192.0.2.7:514',
    peer: 'none',
  });
  for (let at = 0; at < records; at += BATCH)
    await ledger.append(Array.from({ length: Math.min(BATCH, records - at) }, (_, nth) => record(at + nth)));
  await ledger.seal();
  await ledger.pack();
  await ledger.seal();
  await ledger.close();
}

/** A few lines of one format, then of another, and so on. */
function mixed(): (nth: number) => Pick<RawRecord, 'stream' | 'bytes'> {
  const formats = goldenLines();
  return (nth) => {
    const { stream, lines } = formats[Math.floor(nth / 7) % formats.length] as (typeof formats)[number];
    return { stream, bytes: lines[nth % lines.length] as Buffer };
  };
}

/** Bytes that are never twice the same. */
function salt(bytes: number): Buffer {
  const made = Buffer.alloc(bytes, 9);
  salts += 1;
  if (bytes >= 4) made.writeUInt32LE(salts, 0);
  return made;
}
