import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { LineFile } from './line-file.ts';
import { addresses, Random, Zipf } from './random.ts';
import { kindOf, nextRequest } from './web-visitors.ts';

/** What to make. */
export interface WebLog {
  readonly path: string;
  readonly lines: number;
  readonly seed?: number;
}

/** What is in a generated file. */
export interface WebTruth {
  readonly lines: number;
  readonly hostile: number;
  readonly addresses: number;
  readonly hostileAddresses: number;
}

const ADDRESSES = 50_000;
const SPAN_MS = 14 * 86_400_000;
const START_MS = Date.UTC(2025, 0, 13);
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The stamp of the common log format. */
function stamp(ms: number): string {
  const at = new Date(ms);
  const day = String(at.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:${at.toISOString().slice(11, 19)} +0000`;
}

/**
 * Writes an access log in the combined format, exactly `lines` lines over two weeks: a shop with its blog and API, crawlers,
 * and scanners, who make a few in a hundred of the requests. The same arguments give the same bytes.
 */
export function generateWeb(log: WebLog): WebTruth {
  mkdirSync(dirname(log.path), { recursive: true });
  const random = new Random(log.seed ?? 2);
  const book = addresses(random, ADDRESSES);
  const kinds = book.map((_, rank) => kindOf(random, rank));
  const zipf = new Zipf(random, ADDRESSES, 0.9);
  const seen = new Set<number>();
  const attackers = new Set<number>();
  const file = new LineFile(log.path);
  let hostile = 0;
  let second = -1;
  let text = '';
  for (let nth = 0; nth < log.lines; nth += 1) {
    const ms = START_MS + (nth / log.lines) * SPAN_MS;
    if (Math.floor(ms / 1000) !== second) {
      second = Math.floor(ms / 1000);
      text = stamp(ms);
    }
    const rank = zipf.next();
    const { request, status, bytes, referer, agent, ...rest } = nextRequest(random, kinds[rank] ?? 'shopper', rank);
    file.write(`${book[rank]} - - [${text}] "${request}" ${status} ${bytes} "${referer}" "${agent}"`);
    seen.add(rank);
    if (!rest.hostile) continue;
    hostile += 1;
    attackers.add(rank);
  }
  file.close(START_MS + SPAN_MS);
  return { lines: file.lines, hostile, addresses: seen.size, hostileAddresses: attackers.size };
}

/** `tsx bench/generate-web.ts --lines 1000000 --out FILE [--seed 2]`; the truth goes to FILE.truth.json. */
function main(): void {
  const { values } = parseArgs({
    options: {
      lines: { type: 'string', default: '1000000' },
      out: { type: 'string', default: 'bench/data/access.log' },
      seed: { type: 'string', default: '2' },
    },
  });
  const truth = generateWeb({ path: values.out, lines: Number(values.lines), seed: Number(values.seed) });
  writeFileSync(`${values.out}.truth.json`, `${JSON.stringify(truth, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(truth)}\n`);
}

if (process.argv[1] === import.meta.filename) main();
