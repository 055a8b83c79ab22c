import { AppError } from '../../core/errors.ts';
import type { Zone } from '../../core/zone.ts';
import { LineKeys } from './line-key.ts';
import type { HostLines, LedgerLines } from './lines.ts';
import { Keys, NumberList, Side } from './side.ts';

// Hot path: once per line.

const NEWLINE = 0x0a;

/** The ledger's side. */
export interface LedgerSide {
  readonly side: Side;
  readonly index: NumberList;
  readonly rtUs: NumberList;
  /** Records without a text, by place: how many lines each stands for. */
  readonly unreadable: ReadonlyMap<number, number>;
}

/** Where a file's lines begin on the host's side. */
export interface FilePart {
  readonly file: string;
  readonly from: number;
  readonly afterAbsent: boolean;
}

export interface HostSide {
  readonly side: Side;
  readonly files: readonly FilePart[];
}

/** Both sides as keys. The ledger is read first: what a live host wrote before that is in its file. */
export interface Sides {
  readonly ledger: LedgerSide;
  readonly host: HostSide;
  readonly keys: Keys;
}

/** Reads both sides once. `key`: 8 random bytes. */
export async function readSides(
  ledger: LedgerLines,
  host: HostLines,
  key: Uint8Array,
  zone: Zone | null,
): Promise<Sides> {
  const keys = new Keys();
  const reader = new LineKeys(key, zone);
  return { ledger: await readLedger(ledger, reader, keys), host: await readHost(host, reader, keys), keys };
}

async function readLedger(lines: LedgerLines, reader: LineKeys, keys: Keys): Promise<LedgerSide> {
  const [side, index, rtUs] = [new Side(), new NumberList(), new NumberList()];
  const unreadable = new Map<number, number>();
  for await (const piece of lines.all())
    for (const line of piece) {
      if (line.bytes === null) unreadable.set(side.count, line.weight);
      else reader.read(line.bytes, 0, line.bytes.length);
      side.add(line.bytes === null ? null : reader, keys);
      index.push(line.index);
      rtUs.push(line.rtUs);
    }
  return { side, index, rtUs, unreadable };
}

async function readHost(lines: HostLines, reader: LineKeys, keys: Keys): Promise<HostSide> {
  const side = new Side();
  const files: FilePart[] = [];
  for await (const { file, bytes, afterAbsent = false } of lines.blocks()) {
    if (files[files.length - 1]?.file !== file) files.push({ file, from: side.count, afterAbsent });
    for (let at = 0; at < bytes.length; ) {
      const end = lineEnd(bytes, at);
      reader.read(bytes, at, end);
      side.add(reader, keys);
      at = end + 1;
    }
  }
  return { side, files };
}

function lineEnd(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(NEWLINE, at);
  return end === -1 ? bytes.length : end;
}

/** Reads the host's lines at some places, which grow, once more. Throws E_UNAVAILABLE when they are not what they were. */
export async function readAgain(
  lines: HostLines,
  places: readonly number[],
  { host, keys }: Sides,
  key: Uint8Array,
  zone: Zone | null,
): Promise<Map<number, Buffer>> {
  const found = new Map<number, Buffer>();
  if (places.length === 0) return found;
  const reader = new LineKeys(key, zone);
  let place = 0;
  for await (const { bytes } of lines.blocks()) {
    for (let at = 0; at < bytes.length; place += 1) {
      const end = lineEnd(bytes, at);
      if (place === places[found.size]) {
        reader.read(bytes, at, end);
        if (keys.exact.number(reader.exactHigh, reader.exactLow) !== host.side.exact[place]) throw changed();
        found.set(place, Buffer.from(bytes.subarray(at, Math.min(end, at + MAX_HELD))));
      }
      at = end + 1;
    }
    if (found.size === places.length) return found;
  }
  throw changed();
}

/** Framing and what is shown of a line. */
const MAX_HELD = 9216;

function changed(): AppError {
  return new AppError(
    'E_UNAVAILABLE',
    'the file changed while it was read: it was rotated or written to; compare it again',
  );
}
