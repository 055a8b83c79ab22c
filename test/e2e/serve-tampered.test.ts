import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { engineClient } from '../../src/engine/client.ts';
import { realDisk } from '../../src/ledger/disk.ts';
import { indexPath, packPath } from '../../src/ledger/pack.ts';
import { LedgerReader } from '../../src/ledger/reader.ts';
import { parseRecord } from '../../src/ledger/record.ts';
import { hasEngine } from '../../src/store/fixtures/engine.ts';
import { command } from '../built.ts';
import { freePort } from '../free-port.ts';
import { makeOldLedger } from './serving/old-ledger.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// An intruder changes what is kept: the server says it, goes on where it may, and never signs over it.

const folder = mkdtempSync(join(tmpdir(), 'spoor-tampered-'));
chmodSync(folder, 0o755); // PostgreSQL runs as another user
const RECORDS = 65_536 + 2000;
const port = await freePort();
const server = new ServerProcess(join(folder, 'data'), [{ type: 'http', port }]);
const { data, ledger } = server.paths;
afterAll(async () => {
  await server.killAll();
  rmSync(folder, { recursive: true, force: true });
});

/** Gives the bytes of a file another content, as root could. */
function change(path: string, at: number): Buffer {
  const before = readFileSync(path);
  const after = Buffer.from(before);
  after[at] = (after[at] as number) ^ 1;
  rmSync(path);
  writeFileSync(path, after, { mode: 0o640 });
  return before;
}

async function indexedRecords(origin: string): Promise<number> {
  const client = engineClient({ socketPath: server.paths.engineSocket });
  try {
    const query = `SELECT uniqExact(first) AS records FROM spoor.events WHERE origin = '${origin}' AND stream = 'old/lines'`;
    const rows = await (await client.query({ query, format: 'JSONEachRow' })).json<{ records: number }>();
    return Number(rows[0]?.records);
  } finally {
    await client.close();
  }
}

async function run(...args: string[]): Promise<{ code: number | null; out: string; said: string }> {
  const env = { ...process.env, XDG_STATE_HOME: join(folder, 'memory') };
  const child = spawn(process.execPath, command(...args), { env });
  const texts = { out: '', said: '' };
  child.stdout.on('data', (piece: Buffer) => {
    texts.out += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    texts.said += piece.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

function send(line: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'text/plain' };
    const asking = request({ host: '127.0.0.1', port, path: '/ingest', method: 'POST', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asking.on('error', reject);
    asking.end(`${line}\n`);
  });
}

const followed = async (to: number) => {
  const { index } = await server.status();
  return index.indexed >= to && index.lag === 0;
};

describe.skipIf(!hasEngine)('a ledger that was tampered with', () => {
  test('a bundle: told, counted, passed over, and back after a reindex', async () => {
    const lineOf = (nth: number) => ({ stream: 'old/lines', bytes: Buffer.from(`line ${nth} of web1`) });
    await makeOldLedger({ folder: ledger, origin: server.origin, records: RECORDS, days: 2, lineOf });
    const lengths = readFileSync(join(ledger, indexPath(0)));
    const begin = [0, 1, 2].reduce((sum, nth) => sum + lengths.readUInt32LE(nth * 4), 0);
    const before = change(join(ledger, packPath(0)), begin + (lengths.readUInt32LE(12) >> 1));
    await server.start();
    await until('what can be read is indexed', () => followed(RECORDS));
    await server.running();
    const { ledger: told, parts } = await server.status();
    expect(told).toMatchObject({ unreadable: 256, closed: false, damage: [{ from: 768, to: 1023 }] });
    expect(told.tampered).toMatch(
      /^256 records are not as they were sealed.*records 768\.\.1023: pack\/00000000\.pack/,
    );
    expect(parts.filter(({ state }) => state !== 'running')).toEqual([]);
    expect(await indexedRecords(server.origin)).toBe(RECORDS - 256);
    expect(await server.metric('spoor_ledger_unreadable_records')).toBe(256);
    expect(await server.metric('spoor_ledger_tampered')).toBe(1);
    expect(await send('Nov 22 06:00:00 web1 sshd[1]: it goes on')).toBe(200);
    await server.killAll();
    await server.start();
    expect((await server.status()).ledger.unreadable).toBe(256);
    rmSync(join(ledger, packPath(0)));
    writeFileSync(join(ledger, packPath(0)), before, { mode: 0o440 });
    await until('the index answers', () => followed(RECORDS + 1));
    expect(await run('reindex', '--data', data)).toMatchObject({ code: 0 });
    await until('it is rebuilt', async () => (await server.status()).index.reindex?.state === 'done');
    expect((await server.status()).ledger).toMatchObject({ unreadable: 0, tampered: null, todo: null });
    expect(await indexedRecords(server.origin)).toBe(RECORDS);
  });

  test('its last records: the server comes up, takes nothing, shows what it has, and a new ledger goes on', async () => {
    await server.stop();
    const wal = join(ledger, 'wal', readdirSync(join(ledger, 'wal')).find((name) => name.endsWith('.wal')) ?? '');
    change(wal, readFileSync(wal).length >> 1);
    const files = () => readdirSync(ledger, { recursive: true }).sort().join('\n');
    const [bytes, names] = [readFileSync(wal), files()];
    await server.start();
    const { ledger: told } = await server.status();
    expect(told).toMatchObject({ closed: true });
    expect(told.tampered).toMatch(/records were signed, and record \d+ is damaged/);
    expect(told.todo).toMatch(/^NOTHING IS KEPT NOW\..*spoor ledger succeed --data/);
    expect(await send('Nov 22 06:00:01 web1 sshd[1]: not now')).toBe(503);
    expect(await server.metric('spoor_ledger_closed')).toBe(1);
    await until('the index answers', async () => (await indexedRecords(server.origin)) === RECORDS);
    const page = await server.ask('/');
    expect(page).toContain('The ledger was tampered with, and nothing is kept.');
    const asked = await run('doctor', '--data', data);
    expect(asked.out).toContain('NOTHING IS KEPT NOW');
    const ended = await run('ledger', 'succeed', '--data', data, '--config', join(data, 'test.yml'), '--who', 'ann');
    expect(ended).toMatchObject({ code: 0 });
    await server.stop();
    expect(readFileSync(wal).equals(bytes)).toBe(true);
    expect(files()).toBe(names);
  });

  test('the ledger after it says whose it is and why, and both are verified for what they are', async () => {
    await server.start();
    await until('it is signed', async () => (await server.status()).ledger.sealed > 1);
    const { ledger: told } = await server.status();
    expect(told).toMatchObject({ origin: `${server.origin}-2`, closed: false, tampered: null });
    expect(await send('Nov 22 06:00:02 web1 sshd[1]: now')).toBe(200);
    await until('it is indexed', () => followed(3));
    expect(await indexedRecords(server.origin)).toBe(RECORDS);
    const next = join(data, 'ledger-2');
    const reader = await LedgerReader.open(realDisk(next));
    const [genesis, act] = (await reader.entries(0, 2)).map(parseRecord);
    await reader.close();
    expect(genesis?.fields).toMatchObject({ origin: `${server.origin}-2`, 'prev-origin': server.origin });
    expect(genesis?.fields['prev-checkpoint-sha256']).toMatch(/^[0-9a-f]{64}$/);
    expect(act).toMatchObject({ kind: 'act', fields: { who: 'ann', what: 'ledger.succeed', about: server.origin } });
    expect(JSON.parse(act?.payload.toString() ?? '')).toMatchObject({ why: expect.stringMatching(/is damaged/) });
    const again = await run('ledger', 'succeed', '--data', data, '--config', join(data, 'test.yml'));
    expect(again).toMatchObject({ code: 69 });
    expect(await server.stop()).toBe(0);
    expect(await run('verify', next)).toMatchObject({ code: 0 });
    expect(await run('verify', ledger)).toMatchObject({ code: 65 });
    const whole = await run('ledger', 'succeed', '--data', data, '--config', join(data, 'test.yml'));
    expect(whole).toMatchObject({ code: 64, said: expect.stringMatching(/it needs no successor/) });
  });
});
