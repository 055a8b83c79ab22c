import type { ClickHouseClient } from '@clickhouse/client';
import { engineClient } from '../../../src/engine/client.ts';
import { LedgerReader } from '../../../src/ledger/reader.ts';
import type { LedgerRecord } from '../../../src/ledger/record.ts';
import { readingDisk } from '../../../src/ledger/secrecy/at-rest.ts';
import { EntryFeed } from '../../../src/pipeline/entry-feed.ts';
import { isRetransmission } from '../../../src/pipeline/retransmissions.ts';
import { numberIn } from './rsyslog-sender.ts';
import type { ServerProcess } from './server-process.ts';

/** What a ledger holds of numbered lines. */
export interface Held {
  /** How often each number stands there, by number. */
  readonly times: Uint8Array;
  /** How often each is not marked as sent again. */
  readonly first: Uint8Array;
  readonly records: number;
  readonly again: number;
}

const BLOCK = 8192;

/** Reads a ledger from its files, beside whoever writes to it. */
export async function ledgerOf(server: ServerProcess, stream: string, lines: number): Promise<Held> {
  const times = new Uint8Array(lines);
  const first = new Uint8Array(lines);
  let records = 0;
  let again = 0;
  for await (const { fields, payload } of recordsOf(server, stream)) {
    const number = numberIn(payload.toString());
    const isAgain = isRetransmission(fields['via'] ?? '');
    records += 1;
    if (isAgain) again += 1;
    if (number < 0 || number >= lines) continue;
    times[number] = (times[number] as number) + 1;
    if (!isAgain) first[number] = (first[number] as number) + 1;
  }
  return { times, first, records, again };
}

/** A stream’s records. */
export async function* recordsOf(server: ServerProcess, stream: string): AsyncGenerator<LedgerRecord> {
  const reader = await LedgerReader.open(readingDisk(server.paths.ledger, server.origin, null));
  try {
    const size = await reader.refresh();
    const feed = new EntryFeed(reader, ({ why }) => {
      throw new Error(why);
    });
    for (let at = 0; at < size; at += BLOCK)
      for (const { record } of await feed.read(at, Math.min(size, at + BLOCK)))
        if (record.kind === 'raw' && record.fields['stream'] === stream) yield record;
  } finally {
    await reader.close();
  }
}

/** How many records there are. */
export async function ledgerSize(server: ServerProcess): Promise<number> {
  const reader = await LedgerReader.open(readingDisk(server.paths.ledger, server.origin, null));
  const size = reader.size;
  await reader.close();
  return size;
}

/** What the index holds of a stream's numbered lines. */
export interface Indexed {
  readonly rows: number;
  readonly places: number;
  readonly numbers: number;
  readonly parsed: number;
}

export async function indexOf(server: ServerProcess, stream: string): Promise<Indexed> {
  const client: ClickHouseClient = engineClient({ socketPath: server.paths.engineSocket });
  try {
    const answer = await client.query({
      query: `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(first, sub)) AS places,
          toUInt32(uniqExact(extract(message, 'canary(\\\\d+) from'))) AS numbers, toUInt32(countIf(parser = 'sshd')) AS parsed
        FROM spoor.events WHERE stream = {stream: String}`,
      query_params: { stream },
      format: 'JSONEachRow',
    });
    const [row] = (await answer.json()) as [Indexed];
    return row;
  } finally {
    await client.close();
  }
}

/** Numbers of an array's entries that are not as they should be; the first ten. */
export function oddOnes(times: Uint8Array, isRight: (count: number) => boolean): string[] {
  const odd: string[] = [];
  for (let n = 0; n < times.length && odd.length < 10; n += 1)
    if (!isRight(times[n] as number)) odd.push(`${n}: ${times[n]} times`);
  return odd;
}
