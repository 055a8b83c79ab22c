import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DoctorLine } from '../../api/view.ts';
import { counted } from '../../core/text.ts';
import type { LedgerReader } from '../../ledger/reader.ts';
import { EntryFeed } from '../../pipeline/entry-feed.ts';
import { openReader } from '../../pipeline/ledger-reading.ts';
import type { Server } from '../serve.ts';
import { bad, ok, warn } from './line.ts';

const DAY_MS = 86_400_000;
const PAST_MS = 7 * DAY_MS;
/** Less is no rate: the first start reads what was there before. */
const LEAST_MS = 6 * 3_600_000;
const SOON_DAYS = 30;
const NOW_DAYS = 3;
const LEAST_FREE = 1e9;
const MAX_FILES = 200_000;

/** How long the disk lasts at the rate of the last days. */
export async function disk(server: Server): Promise<DoctorLine[]> {
  const { data } = server.options.paths;
  const { bavail, bsize } = await statfs(data);
  const free = bavail * bsize;
  const used = await sizeOf(data);
  const reader = await openReader(server.place);
  const rate = await recordsSince(reader, Date.now() - PAST_MS).finally(() => reader.close());
  return [forecast({ free, used, ...rate })];
}

export interface Usage {
  readonly free: number;
  /** Bytes of all that is kept, for so many records. */
  readonly used: number;
  readonly kept: number;
  /** Records that came in the last days, and how long these days are. */
  readonly recent: number;
  readonly overMs: number;
}

/** The line about the disk. */
export function forecast({ free, used, kept, recent, overMs }: Usage): DoctorLine {
  const space = `${bytesWords(free)} free, ${bytesWords(used)} used by ${counted(kept, 'record')}`;
  const todo =
    'Give the data folder more room, or keep less (docs/guides/retention.md). When it is full, nothing is taken any more.';
  if (free < LEAST_FREE / 4) return bad('disk', space, todo);
  if (overMs < LEAST_MS || kept === 0)
    return free < LEAST_FREE ? warn('disk', space, todo) : ok('disk', `${space}; too early to tell how long it lasts`);
  const aDay = ((recent * DAY_MS) / overMs) * (used / kept);
  const days = aDay > 0 ? free / aDay : Number.POSITIVE_INFINITY;
  const words = `${space}; about ${bytesWords(aDay)} a day: ${days > 3650 ? 'it lasts for years' : `it lasts for ${counted(Math.floor(days), 'day')}`}`;
  if (days < NOW_DAYS) return bad('disk', words, todo);
  return days < SOON_DAYS || free < LEAST_FREE ? warn('disk', words, todo) : ok('disk', words);
}

function bytesWords(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`;
}

async function sizeOf(folder: string): Promise<number> {
  let [bytes, files] = [0, 0];
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
    for (const entry of await readdir(next, { withFileTypes: true }).catch(() => [])) {
      const path = join(next, entry.name);
      files += 1;
      if (entry.isDirectory() && files < MAX_FILES) waiting.push(path);
      else bytes += (await lstat(path).catch(() => null))?.blocks ?? 0; // files come and go; parts share their bytes by links
    }
  return bytes * 512;
}

/** Records that were received since an instant, found by halving: receive times never go back. */
async function recordsSince(reader: LedgerReader, sinceMs: number): Promise<Pick<Usage, 'kept' | 'recent' | 'overMs'>> {
  const feed = new EntryFeed(reader, () => {});
  const timeOf = async (index: number) => ((await feed.read(index, index + 1))[0]?.receivedAtUs ?? 0) / 1000;
  const minimum = await reader.minimum();
  let [low, high] = [minimum, reader.size];
  if (low >= high) return { kept: 0, recent: 0, overMs: 0 };
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await timeOf(middle)) < sinceMs) low = middle + 1;
    else high = middle;
  }
  const first = low < reader.size ? await timeOf(low) : Date.now();
  const overMs = low > minimum ? Date.now() - sinceMs : Date.now() - first;
  return { kept: reader.size - minimum, recent: reader.size - low, overMs };
}
