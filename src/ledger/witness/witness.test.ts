import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CrashDisk } from '../../../test/crash-disk.ts';
import { listenForTest, TestLog, type TestServer } from '../../../test/test-log.ts';
import { vectors } from '../../../test/vectors/ledger.ts';
import { cosignaturesOf, openCheckpoint } from '../../core/tlog/checkpoint.ts';
import { formatVerifierKey, parseVerifierKey, splitNote } from '../../core/tlog/note.ts';
import { type Disk, realDisk } from '../disk.ts';
import { WitnessCore } from './core.ts';
import { formatWitnessKey, parseWitnessKey } from './key.ts';
import { addLog, originHash, remembered } from './memory.ts';
import { formatRequest, parseRequest } from './request.ts';
import { witnessServer } from './serve.ts';

const PAIR = parseWitnessKey(formatWitnessKey('w.example/w1', Buffer.alloc(32, 3)));

let folder = '';
const servers: TestServer[] = [];
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-witness-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(servers.splice(0).map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

const coreAt = (disk: Disk = realDisk(folder), said: string[] = []) =>
  new WitnessCore({ ...PAIR, disk, nowSeconds: () => 1000, onTrouble: (words) => said.push(words) });

async function submit(core: WitnessCore, log: TestLog, old: number, size = log.size) {
  const proof = await log.proof(BigInt(old), { size: BigInt(size) });
  return core.addCheckpoint(formatRequest({ old: BigInt(old), proof, note: log.signed(size) }));
}

describe('a request', () => {
  test('is read as it was written', () => {
    const hashes = fc.array(
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
      { maxLength: 63 },
    );
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 59n), hashes, (old, proof) => {
        const request = { old, proof, note: 'a\n1\nb\n\n— x y\n' };
        expect(parseRequest(formatRequest(request))).toEqual(request);
      }),
    );
  });

  test('is that of the vectors', () => {
    const text = vectors.small_log.witness_request_2_to_5;
    const request = parseRequest(Buffer.from(text));
    expect(request.old).toBe(2n);
    expect(formatRequest(request).toString()).toBe(text);
  });

  test('of any bytes gets an answer, and leaves no mark', async () => {
    const log = new TestLog().grow(3);
    const disk = realDisk(folder);
    await addLog(disk, log.key);
    const core = coreAt(disk);
    const good = formatRequest({ old: 0n, proof: [], note: log.signed() });
    const change = fc.record({
      at: fc.nat(good.length - 1),
      bit: fc.integer({ min: 1, max: 255 }),
      cut: fc.nat(good.length),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, bit, cut }) => {
        const changed = Buffer.from(good);
        changed[at] = (changed[at] as number) ^ bit;
        const { status } = await core.addCheckpoint(
          cut % 2 === 0 ? changed : good.subarray(0, Math.min(cut, good.length - 1)),
        );
        expect([400, 403, 404, 409]).toContain(status);
      }),
    );
    expect((await remembered(disk, log.origin)).size).toBe(0n);
  });
});

describe('a witness', () => {
  test('cosigns what grows, and says where it is to who asks from elsewhere', async () => {
    const log = new TestLog().grow(9);
    await addLog(realDisk(folder), log.key);
    const core = coreAt();
    const first = await submit(core, log, 0, 4);
    expect(first.status).toBe(200);
    const note = splitNote(`${splitNote(log.signed(4)).text}\n${first.body}`);
    expect(cosignaturesOf(note, [PAIR.key])).toEqual([{ key: PAIR.key, seconds: 1000n }]);
    expect(await submit(core, log, 0)).toEqual({ status: 409, type: 'text/x.tlog.size', body: '4\n' });
    expect((await submit(core, log, 4)).status).toBe(200);
    expect((await submit(core, log, 9)).status).toBe(200); // the same tree, later
    expect(await submit(core, log, 2, 4)).toMatchObject({ status: 409, body: '9\n' });
    expect(openCheckpoint((await core.latest(originHash(log.origin))).body, [log.key], log.origin).size).toBe(9n);
    expect((await core.latest('0'.repeat(64))).status).toBe(404);
  });

  test('refuses forks, strangers, other keys and nonsense', async () => {
    const log = new TestLog().grow(6);
    await addLog(realDisk(folder), log.key);
    const said: string[] = [];
    const core = coreAt(realDisk(folder), said);
    await submit(core, log, 0, 5);
    const other = log.fork(3).grow(8, 'forged');
    expect(await submit(core, other, 5, 5)).toMatchObject({ status: 422, body: expect.stringContaining('a fork') });
    expect(await submit(core, other, 5, 8)).toMatchObject({ status: 422 });
    expect(said).toHaveLength(2);
    const evidence = readFileSync(join(folder, 'log', `${originHash(log.origin)}.refused`));
    expect(parseRequest(evidence).note).toBe(other.signed(5));
    expect((await submit(core, new TestLog('else.example/x').grow(3), 0)).status).toBe(404);
    expect((await submit(core, new TestLog(log.origin, 8).grow(6), 5)).status).toBe(403);
    expect((await submit(core, log, 6, 5)).status).toBe(400);
    const garbage = formatRequest({ old: 5n, proof: [Buffer.alloc(32)], note: log.signed(6) });
    expect((await core.addCheckpoint(garbage)).status).toBe(422);
    const needless = formatRequest({ old: 5n, proof: [Buffer.alloc(32)], note: log.signed(5) });
    expect((await core.addCheckpoint(needless)).status).toBe(422);
    for (const text of [
      '',
      'old 5',
      'old 05\n\n',
      'old -1\n\n',
      'old 5\nAA==\n\nx',
      'new 5\n\nx',
      `old 5\n\n${log.signed(6)}x`,
    ])
      expect((await core.addCheckpoint(Buffer.from(text))).status, text).toBe(400);
    expect((await core.addCheckpoint(Buffer.from([0x6f, 0xff, 0x0a, 0x0a]))).status).toBe(400);
    expect((await submit(core, log, 5, 6)).status).toBe(200); // and none of that moved it
  });

  test('of two at once from one size, cosigns one', async () => {
    const log = new TestLog().grow(9);
    await addLog(realDisk(folder), log.key);
    const core = coreAt();
    await submit(core, log, 0, 4);
    const forked = log.fork(4).grow(9, 'forged');
    const rivals = [
      { of: log, size: 9 },
      { of: forked, size: 9 },
      { of: log, size: 7 },
    ];
    const answers = await Promise.all(rivals.map(({ of, size }) => submit(core, of, 4, size)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const winner = rivals[answers.findIndex(({ status }) => status === 200)];
    expect((await remembered(realDisk(folder), log.origin)).root).toEqual(winner?.of.root(winner.size));
  });

  test('takes a further key for a log and keeps what it cosigned', async () => {
    const log = new TestLog().grow(6);
    const disk = realDisk(folder);
    await addLog(disk, log.key);
    await submit(coreAt(), log, 0, 5);
    const rotated = new TestLog(log.origin, 8).grow(6);
    expect(await addLog(disk, rotated.key)).toHaveLength(2);
    expect(await addLog(disk, rotated.key)).toHaveLength(2);
    expect((await submit(coreAt(), rotated, 5)).status).toBe(200);
  });

  test('that has lost what it cosigned does not begin again', async () => {
    const log = new TestLog().grow(6);
    await addLog(realDisk(folder), log.key);
    const said: string[] = [];
    const core = coreAt(realDisk(folder), said);
    await submit(core, log, 0, 5);
    const path = `log/${originHash(log.origin)}.checkpoint`;
    await realDisk(folder).rename(path, 'away');
    expect((await submit(core, log, 0)).status).toBe(500);
    expect(said.join()).toMatch(/is gone/);
    expect(existsSync(join(folder, path))).toBe(false);
  });

  test('over HTTP keeps to its paths, and to a limit', async () => {
    const log = new TestLog().grow(6);
    await addLog(realDisk(folder), log.key);
    const server = await listenForTest(witnessServer(coreAt()));
    servers.push(server);
    const post = (path: string, body: string | Buffer) => fetch(`${server.url}${path}`, { method: 'POST', body });
    const good = formatRequest({ old: 0n, proof: [], note: log.signed() });
    expect((await post('/add-checkpoint', good)).status).toBe(200);
    const conflict = await post('/add-checkpoint', good);
    expect([conflict.status, conflict.headers.get('content-type'), await conflict.text()]).toEqual([
      409,
      'text/x.tlog.size',
      '6\n',
    ]);
    expect((await fetch(`${server.url}/add-checkpoint`)).status).toBe(405);
    expect((await post('/else', good)).status).toBe(404);
    const latest = await fetch(`${server.url}/${originHash(log.origin)}/checkpoint`);
    expect(openCheckpoint(await latest.text(), [log.key], log.origin).size).toBe(6n);
    const large = httpRequest(`${server.url}/add-checkpoint`, { method: 'POST' });
    large.on('error', () => {}); // it is cut off while it sends
    large.write(Buffer.alloc(100_000, 'x'));
    const [answer] = await once(large, 'response');
    expect(answer.statusCode).toBe(413);
    large.destroy();
  });

  test('gives up on a client that never ends its request', async () => {
    const instant = witnessServer(coreAt());
    instant.requestTimeout = 50;
    instant.headersTimeout = 50;
    const server = await listenForTest(instant);
    servers.push(server);
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write('POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nold');
    const parts: Buffer[] = [];
    for await (const part of socket) parts.push(part);
    expect(Buffer.concat(parts).toString('latin1')).toMatch(/^HTTP\/1\.1 408/);
  });
});

describe('what a witness cosigned stays cosigned', () => {
  test('whatever a crash loses', async () => {
    const log = new TestLog().grow(12);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 40 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 8, maxLength: 8 }),
        async (dieAt, picks) => {
          let calls = 0;
          let armed = false;
          const disk = new CrashDisk(() => {
            if (armed && calls++ >= dieAt) throw new Error('the power is gone');
          });
          await addLog(disk, log.key);
          armed = true;
          const core = coreAt(disk);
          let cosigned = 0;
          for (const size of [3, 4, 8, 12]) {
            const { status } = await submit(core, log, cosigned, size);
            if (status === 200) cosigned = size;
          }
          let at = 0;
          const after = disk.crash(() => picks[at++ % picks.length] as number);
          const found = await remembered(after, log.origin);
          expect(Number(found.size)).toBeGreaterThanOrEqual(cosigned);
          expect(found.root).toEqual(log.root(Number(found.size)));
        },
      ),
    );
  });

  test('and after an error of the disk it says nothing more until it is started anew', async () => {
    const log = new TestLog().grow(9);
    let failing = false;
    const disk = new CrashDisk((call) => {
      if (failing && call.startsWith('syncdir')) throw new Error('input/output error');
    });
    await addLog(disk, log.key);
    const core = coreAt(disk);
    expect((await submit(core, log, 0, 4)).status).toBe(200);
    failing = true;
    expect((await submit(core, log, 4, 7)).status).toBe(500);
    failing = false;
    expect((await submit(core, log, 4, 7)).status).toBe(503);
    expect((await submit(core, log, 7, 9)).status).toBe(503);
    const { size } = await remembered(disk, log.origin);
    expect((await submit(coreAt(disk), log, Number(size), 9)).status).toBe(200);
  });

  test('also when it is killed between writing and answering', async () => {
    const log = new TestLog().grow(9);
    const run = async (dieAfter: number) => {
      const script = fileURLToPath(new URL('./fixtures/dying.ts', import.meta.url));
      const args = ['--import', 'tsx', script, folder, formatVerifierKey(log.key), String(dieAfter)];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      const [url] = await once(createInterface({ input: child.stdout }), 'line');
      const post = (old: number, size: number) =>
        log.proof(BigInt(old), { size: BigInt(size) }).then((proof) =>
          fetch(`${url}/add-checkpoint`, {
            method: 'POST',
            body: formatRequest({ old: BigInt(old), proof, note: log.signed(size) }),
          }),
        );
      return { child, post };
    };
    const first = await run(1);
    expect((await first.post(0, 4)).status).toBe(200);
    const ended = once(first.child, 'exit');
    await expect(first.post(4, 7)).rejects.toThrow();
    expect((await ended)[1]).toBe('SIGKILL');
    const second = await run(99);
    const forked = log.fork(4).grow(9, 'forged');
    expect(await (await second.post(4, 9)).text()).toBe('7\n'); // it holds to what it never got to say
    expect((await submit(coreAt(), forked, 7, 7)).status).toBe(422);
    expect((await second.post(7, 9)).status).toBe(200);
  });

  test('and its key is the one that its vkey names', () => {
    expect(parseVerifierKey(formatVerifierKey(PAIR.key))).toEqual(PAIR.key);
    const text = formatWitnessKey('w.example/w1', Buffer.alloc(32, 3));
    expect(() => parseWitnessKey(text.replace('w1', 'w2'))).toThrow(/damaged/);
    expect(() => parseWitnessKey('')).toThrow(/no key of a witness/);
  });
});
