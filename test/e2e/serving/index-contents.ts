import type { ClickHouseClient } from '@clickhouse/client';
import { engineClient } from '../../../src/engine/client.ts';
import { COLUMNS } from '../../../src/store/columns.ts';
import { type ServerProcess, until } from './server-process.ts';

/** Asks the engine itself. */
export async function sql<T>(server: ServerProcess, query: string): Promise<T[]> {
  const client: ClickHouseClient = engineClient({ socketPath: server.paths.engineSocket });
  try {
    const settings = { mutations_sync: '2', output_format_json_quote_64bit_integers: 1 } as const;
    if (!query.startsWith('SELECT')) await client.command({ query, clickhouse_settings: settings });
    else return await (await client.query({ query, format: 'JSONEachRow', clickhouse_settings: settings })).json<T>();
    return [];
  } finally {
    await client.close();
  }
}

/** Everything that the index holds but the generation, in any order: equal when all rows are. */
export async function contentsOf(server: ServerProcess): Promise<unknown> {
  const columns = COLUMNS.map(({ name }) => name).filter((name) => name !== 'generation');
  const events = await sql(
    server,
    `SELECT toYYYYMMDD(ingest_ts) AS day, count() AS rows, sum(cityHash64(${columns.join(', ')})) AS sum FROM spoor.events GROUP BY day ORDER BY day`,
  );
  const minutes = await sql(
    server,
    'SELECT sum(h) AS sum, count() AS rows FROM (SELECT cityHash64(minute, origin, stream, host, sum(rows), sum(unparsed), min(first), max(last), max(newest)) AS h FROM spoor.sources_minute GROUP BY minute, origin, stream, host)',
  );
  const sessions = await sql(server, 'SELECT count() AS rows, sum(cityHash64(*)) AS sum FROM spoor.session_lines');
  const attackers = await sql(
    server,
    'SELECT sum(h) AS sum, count() AS rows FROM (SELECT cityHash64(source_ip, hour, day, sum(failures), sum(successes), sum(alerts), min(first_ts), max(last_ts), uniqCombinedMerge(12)(users), uniqCombinedMerge(12)(hosts)) AS h FROM spoor.attackers_hour GROUP BY source_ip, hour, day)',
  );
  const seen = await sql(
    server,
    'SELECT sum(h) AS sum, count() AS rows FROM (SELECT cityHash64(person, network, key_fingerprint, host, day, min(first_ts), max(last_ts), min(seen.first), sum(logins)) AS h FROM spoor.first_seen AS seen GROUP BY person, network, key_fingerprint, host, day)',
  );
  return { events, minutes, sessions, attackers, seen };
}

/** Waits until the index is up to the ledger. */
export async function indexed(server: ServerProcess, patienceMs?: number): Promise<void> {
  const enough = async () => {
    const { ledger, index, parts } = await server.status();
    return parts[0]?.state === 'running' && index.lag === 0 && index.indexed >= ledger.size;
  };
  await until('the index is up to the ledger', enough, patienceMs);
}
