import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SessionsAnswer } from '../../src/api/summaries.ts';
import type { ShownReindex } from '../../src/api/view.ts';
import { LedgerReader } from '../../src/ledger/reader.ts';
import { parseRecord } from '../../src/ledger/record.ts';
import { readingDisk } from '../../src/ledger/secrecy/at-rest.ts';
import { command } from '../built.ts';
import { freePort } from '../free-port.ts';
import { passableFolder } from '../state-folder.ts';
import { indexed, sql } from './serving/index-contents.ts';
import { sendText, syslogLines } from './serving/sending.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// Lines about persons come in over syslog and are erased by order, one by one: afterwards nothing of them is found, in no table, whatever is
// killed and made anew.

const base = passableFolder('spoor-erasing-');
const began = Math.floor(Date.now() / 1000) * 1000 - 60_000;
const people = ['ana', 'ben', 'cleo'];
let server: ServerProcess;
let port: number;

beforeAll(async () => {
  port = await freePort();
  server = new ServerProcess(join(base.path, 'data'), [{ type: 'syslog-tcp', port, erasable: true }]);
  await server.start();
  await server.running();
  const { size } = (await server.status()).ledger;
  const lines = people.flatMap((person, nth) => [
    `sshd[81${nth}]: Accepted password for ${person} from 192.0.2.${nth + 1} port 51022 ssh2`,
    `sshd[81${nth}]: pam_unix(sshd:session): session opened for user ${person}(uid=1000) by (uid=0)`,
    `sshd[91${nth}]: Failed password for ${person} from 192.0.2.${nth + 1} port 51023 ssh2`,
  ]);
  const more = lines.slice(0, 2).map((line) => line.replace('ana', 'dora').replace('811', '815'));
  await sendText(port, syslogLines([...lines, ...more], began));
  await until('lines', async () => (await server.status()).ledger.size >= size + lines.length + 2);
  await indexed(server);
});
afterAll(async () => {
  await server.killAll();
  base.remove();
});

const run = promisify(execFile);
async function spoor(...args: string[]): Promise<{ out: string; code: number; err: string }> {
  const env = { ...process.env, XDG_STATE_HOME: join(base.path, 'memory') };
  return run(process.execPath, command(...args), { env }).then(
    ({ stdout }) => ({ out: stdout, code: 0, err: '' }),
    ({ stdout, stderr, code }: { stdout: string; stderr: string; code: number }) => ({
      out: stdout,
      err: stderr,
      code,
    }),
  );
}
const ledger = (what: string, ...words: string[]) => spoor('ledger', what, server.paths.ledger, ...words);

async function reading<T>(work: (reader: LedgerReader) => Promise<T>): Promise<T> {
  const reader = await LedgerReader.open(readingDisk(server.paths.ledger, server.origin, null));
  return work(reader).finally(() => reader.close());
}

/** Records that are there, whether the server runs or not. */
const sizeOf = () => reading(async ({ size }) => size);

/** Where records stand whose line has some words; of those of sources. */
async function recordsWith(words: string): Promise<number[]> {
  const all = await ledger('show', `0..${(await sizeOf()) - 1}`, '--json');
  if (all.code !== 0) throw new Error(all.err);
  const records = all.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { index: number; kind: string; payload?: string });
  return records
    .filter(({ kind, payload = '' }) => kind === 'ref' && payload.includes(words))
    .map(({ index }) => index);
}

async function found(q: string): Promise<string[]> {
  return (await server.found(q)).map(({ document }) => String(document['message']));
}

async function sessionsOf(person: string): Promise<number> {
  return ((await server.ask(`/api/v1/sessions?person=${person}`)) as SessionsAnswer).sessions.length;
}

/** How often a person's name or address is in the tables of the index, in what people themselves asked left out. */
/** Rows of one key are joined when the engine gets to it, where lines came in more than one batch. */
const SUMMED = new Map([
  ['attackers_hour', 'uniqExact(source_ip)'],
  ['first_seen', 'uniqExact(person)'],
]);

async function traces(person: string): Promise<Record<string, number>> {
  const address = `192.0.2.${people.indexOf(person) + 1}`;
  const asked = {
    events: `parser != 'ledger' AND (user_name = '${person}' OR source_ip = toIPv6('${address}') OR message LIKE '%${person}%')`,
    session_lines: `person = '${person}' OR source_ip = toIPv6('${address}')`,
    attackers_hour: `source_ip = toIPv6('${address}')`,
    first_seen: `person = '${person}'`,
    events_shadow: `message LIKE '%${person}%'`,
  };
  const counts: Record<string, number> = {};
  for (const [table, where] of Object.entries(asked)) {
    const counted = SUMMED.get(table) ?? 'count()';
    const [row] = await sql<{ n: string }>(server, `SELECT ${counted} AS n FROM spoor.${table} WHERE ${where}`);
    counts[table] = Number(row?.n);
  }
  return counts;
}
const NONE = { events: 0, session_lines: 0, attackers_hour: 0, first_seen: 0, events_shadow: 0 };

/** Is the record there that orders an erasure by somebody? */
const isOrdered = (by: string) =>
  reading(async (reader) => {
    for (let at = 0; at < reader.size; at += 1) {
      const { kind, fields } = parseRecord(await reader.entry(at));
      if (kind === 'erase' && fields['who'] === by) return true;
    }
    return false;
  });

test('what was erased is gone from the ledger and from all that was made of it', async () => {
  const ana = await recordsWith('ana');
  expect(ana).toHaveLength(3);
  expect(await traces('ana')).toEqual({
    events: 5,
    session_lines: 4,
    attackers_hour: 1,
    first_seen: 1,
    events_shadow: 0,
  });
  expect([(await found('user.name:ana')).length, await sessionsOf('ana')]).toEqual([3, 1]);

  // A decoder took the address from the first line into the event of the second.
  const login = await ledger('erase', String(ana[0]), '--who', 'dpo', '--reason', 'request 17');
  expect(login).toEqual({ code: 0, err: '', out: '1 payload was erased\n' });
  expect(await found('user.name:ana source.ip:192.0.2.1')).toEqual([expect.stringContaining('Failed')]);
  expect(await sql(server, "SELECT message FROM spoor.events WHERE user_name = 'ana' ORDER BY first")).toHaveLength(2);

  // Asked all the while, as by a page that many have open: no answer from before is given again.
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) await found('user.name:ana');
  })();
  const rest = await ledger('erase', `${ana[0]}..${ana[2]}`, '--who', 'dpo');
  expect(await found('user.name:ana')).toEqual([]);
  over.abort();
  await asking;
  expect(rest.out).toBe(`2 payloads were erased\nnot erased: ${ana[0]} (it was erased before)\n`);
  const own = await recordsWith('dora');
  expect(await ledger('erase', `${own[0]}..${own[1]}`, '--who', 'dpo')).toMatchObject({ code: 0 });
  expect(await traces('ana')).toEqual(NONE);
  expect([await found('user.name:ana'), await sessionsOf('ana'), await sessionsOf('ben')]).toEqual([[], 0, 1]);
  const shown = await ledger('show', String(ana[1]));
  expect(shown.out).toMatch(/^#\d+ .* ref .*\n {4}erased; its hash is [0-9a-f]{64}\n$/);
  const verified = await spoor('verify', server.paths.ledger);
  expect(verified).toMatchObject({ code: 0, out: expect.stringContaining('5 records were erased') });

  const acts = await ledger('show', `${(ana[2] ?? 0) + 1}..${(await sizeOf()) - 1}`, '--json');
  expect(acts.out).toMatch(/"kind":"erase","fields":\{[^}]*"who":"dpo"\},"payload":"request 17"/);
  expect(acts.out).toMatch(/"kind":"act","fields":\{[^}]*"what":"erase"/);
}, 120_000);

test('records that are held, or of no erasable source, stay', async () => {
  const [first = -1] = await recordsWith('ben');
  expect(await ledger('hold', 'case-1', '--reason', 'a court', '--range', String(first))).toMatchObject({ code: 0 });
  const held = await ledger('erase', String(first), '--who', 'dpo');
  expect(held).toMatchObject({ code: 64, err: expect.stringContaining('kept by the hold "case-1"') });
  expect(await ledger('release', 'case-1')).toMatchObject({ code: 0 });
  const own = await ledger('erase', '0', '--who', 'dpo');
  expect(own).toMatchObject({ code: 66, err: expect.stringContaining('0 (it is the ledger’s own)') });
});

test('an order that was cut short by a crash is ended by the next start, and a reindex leaves it so', async () => {
  const ben = await recordsWith('ben');
  const order = ledger('erase', `${ben[0]}..${ben[2]}`, '--who', 'killed');
  await until('the erase record', () => isOrdered('killed'));
  await server.killAll();
  await order;
  const [, , cleo = -1] = await recordsWith('cleo');
  expect((await ledger('erase', String(cleo), '--who', 'dpo')).out).toMatch(
    /1 payload was erased\nstill to go: .*started/,
  );
  await server.start();
  await until('nothing of it is in the index', async () => {
    const gone = await traces('ben');
    const cleos = await sql(server, "SELECT 1 FROM spoor.events WHERE user_name = 'cleo' AND outcome = 'failure'");
    const { reindex } = (await server.status()).index;
    return [...Object.values(gone), cleos.length].every((count) => count === 0) && reindex?.state === 'done';
  });
  expect(await recordsWith('ben')).toEqual([]);
  await spoor('reindex', '--data', server.paths.data);
  const { reindex } = (await server.ask('/api/v1/reindex')) as { reindex: ShownReindex };
  expect(reindex).toMatchObject({ state: 'done', erased: 9 });
  expect([await traces('ben'), await traces('ana'), await sessionsOf('cleo')]).toEqual([NONE, NONE, 1]);
  expect((await spoor('verify', server.paths.ledger)).code).toBe(0);
}, 180_000);
