import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { has, missing, run } from './fixtures/programs.ts';
import { type HowToEmit, type Running, start } from './fixtures/running.ts';
import { ExportReader } from './journal-upload/export-reader.ts';
import journalUpload from './journal-upload.ts';

const FOLDER = '/usr/lib/systemd';
const UPLOAD = join(FOLDER, 'systemd-journal-upload');
const REMOTE = join(FOLDER, 'systemd-journal-remote');
const isMissing =
  missing('systemd-journal-upload (systemd-journal-remote)', has('../lib/systemd/systemd-journal-upload')) ||
  missing('journalctl (systemd)', has('journalctl'));
const TOKEN = 'b3d4c8e2f1a09d7c';
const TOKENS = [{ name: 'web-1', sha256: createHash('sha256').update(TOKEN).digest('hex') }];
const TYPE = { 'content-type': 'application/vnd.fdo.journal' };
const BOOT = 'a'.repeat(32);

const running: Running[] = [];
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-journal-upload-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((listener) => listener.stop()));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function listen(config: object = {}, how: HowToEmit = {}): Promise<Running> {
  const listener = await start(journalUpload, config, how);
  running.push(listener);
  return listener;
}

type Fields = readonly (readonly [string, string | Buffer])[];

/** An entry in the export format; a value with a line feed, and one of bytes, goes with its size. */
function exported(fields: Fields): Buffer {
  const pieces = fields.map(([name, value]) => {
    const bytes = Buffer.from(value as string);
    if (typeof value === 'string' && !value.includes('\n')) return Buffer.from(`${name}=${value}\n`);
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(bytes.length));
    return Buffer.concat([Buffer.from(`${name}\n`), size, bytes, Buffer.from('\n')]);
  });
  return Buffer.concat([...pieces, Buffer.from('\n')]);
}

const entry = (number: number, message: string | Buffer, more: Fields = []): Fields => {
  const time = 1_780_300_800_000_000 + number * 1000;
  const at = number.toString(16);
  return [
    ['__CURSOR', `s=${'b'.repeat(32)};i=${at};b=${BOOT};m=${at};t=${time.toString(16)};x=1`],
    ['__REALTIME_TIMESTAMP', String(time)],
    ['__MONOTONIC_TIMESTAMP', String(1000 + number)],
    ['_BOOT_ID', BOOT],
    ['_HOSTNAME', 'web1'],
    ['SYSLOG_IDENTIFIER', 'sshd'],
    ['MESSAGE', message],
    ...more,
  ];
};

async function send(listener: Running, body: Buffer, init: RequestInit = {}, path = '/upload'): Promise<string> {
  const options = { method: 'POST', body: new Uint8Array(body), headers: TYPE, ...init };
  const response = await fetch(`http://127.0.0.1:${listener.port}${path}`, options);
  return `${response.status} ${(await response.text()).trim()}`;
}

describe('ExportReader', () => {
  const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,20}$/);
  const value = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  );
  const fields = fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 8 });
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

  test('gives all of each entry, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 5 }), cuts, (sent, sizes) => {
        const stream = Buffer.concat(sent.map(exported));
        const reader = new ExportReader(100_000);
        const got: Buffer[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          reader.push(Buffer.from(stream.subarray(at, at + size)), got);
          at += size;
        }
        expect(reader.end(got)).toBe(0);
        expect(got.map((one) => valuesOf(one))).toEqual(
          sent.map((one) => [...one].map(([n, v]) => `${n} ${Buffer.from(v as string).toString('hex')}`).sort()),
        );
        for (const one of got) expect(one.includes('\n')).toBe(false);
      }),
    );
  });
});

/** Names and values of an entry, in hex, sorted. */
function valuesOf(json: Buffer): string[] {
  const hexOf = (one: unknown) => Buffer.from(one as string).toString('hex');
  return Object.entries(JSON.parse(json.toString()) as Record<string, unknown>)
    .flatMap(([name, found]) => {
      const isList = Array.isArray(found) && !found.every((one) => typeof one === 'number');
      const many: unknown[] = isList ? found : [found];
      return many.map((one) => `${name} ${hexOf(one)}`);
    })
    .sort();
}

describe('journal-upload', () => {
  test('keeps each entry as JSON, with all that it has, before it answers', async () => {
    const listener = await listen();
    const body = Buffer.concat([
      exported(entry(1, 'one', [['A', 'x']])),
      exported(entry(2, 'two\nlines', [['_UID', Buffer.from([0xff, 0])]])),
      exported([...entry(3, 'three'), ['MESSAGE', 'again']]),
    ]);
    const headers = { ...TYPE, 'content-encoding': 'gzip' };
    expect(await send(listener, gzipSync(body), { headers })).toBe('202 OK.');
    const kept = listener.texts().map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(kept.map(({ MESSAGE, _UID }) => [MESSAGE, _UID])).toEqual([
      ['one', undefined],
      ['two\nlines', [255, 0]],
      [['three', 'again'], undefined],
    ]);
    expect(listener.records[0]).toMatchObject({ stream: 'journal-upload/127.0.0.1', peer: 'none' });
    expect(listener.records[0]?.via).toMatch(/^journalhttp:127\.0\.0\.1:\d+$/);
  });

  test('answers as systemd-journal-remote does', async () => {
    const listener = await listen({ tokens: TOKENS, maxEntryBytes: 200_000 });
    const authorization = `Basic ${Buffer.from(`web-1:${TOKEN}`).toString('base64')}`;
    const headers = { ...TYPE, authorization };
    const one = exported(entry(1, 'one'));
    expect(await send(listener, one)).toMatch(/^401 /);
    expect(await send(listener, one, { headers }, '/other')).toBe('404 Not found.');
    expect(await send(listener, one, { headers: { authorization } })).toMatch(/^415 Content-Type: application\/vnd/);
    expect((await fetch(`http://127.0.0.1:${listener.port}/upload`)).status).toBe(406);
    expect(await send(listener, Buffer.concat([one, Buffer.from('MESSAGE=cut')]), { headers })).toBe(
      '417 Premature EOF. 11 bytes of trailing data not processed.',
    );
    expect(await send(listener, exported(entry(2, 'x'.repeat(250_000))), { headers })).toMatch(/^413 /);
    const huge = Buffer.concat([Buffer.from('MESSAGE\n'), Buffer.alloc(8, 0xff), Buffer.from('x')]);
    expect(await send(listener, huge, { headers })).toMatch(/^413 /);
    expect(await send(listener, Buffer.from('=no name\n\n'), { headers })).toMatch(/^400 /);
    const many = Buffer.concat([...Array(2000)].map(() => Buffer.from('A=\n')));
    expect(await send(listener, many, { headers })).toMatch(/^400 /);
    expect(listener.records).toMatchObject([{ stream: 'journal-upload/web-1', peer: 'web-1' }]);
    expect(listener.said()).toMatchObject({ 'refused/entry_too_long': 2, 'refused/malformed': 2 });
  });

  test('what is sent again after a cut is not kept twice, and nothing is passed over', async () => {
    let fails = false;
    const listener = await listen({}, { keep: async () => (fails ? Promise.reject(new Error('stop')) : undefined) });
    const entries = Array.from({ length: 3000 }, (_, number) => exported(entry(number, 'x'.repeat(1000))));
    const cut = request({ port: listener.port, path: '/upload', method: 'POST', headers: TYPE });
    cut.on('error', () => {});
    cut.write(Buffer.concat(entries.slice(0, 2500)));
    await listener.until(() => listener.records.length > 0);
    cut.destroy();
    await listener.until(() => listener.said()['refused/cut_off'] === 1);
    const before = listener.records.length;
    expect(before).toBeLessThan(3000);
    fails = true;
    expect(await send(listener, Buffer.concat(entries))).toMatch(/^503 /);
    fails = false;
    expect(await send(listener, Buffer.concat(entries))).toBe('202 OK.');
    expect(listener.records.length).toBe(3000);
    expect(new Set(listener.texts()).size).toBe(3000);
    expect(await send(listener, Buffer.concat(entries.slice(0, 2)))).toBe('202 OK.'); // answered: this is a new request
    expect(listener.records.length).toBe(3002);
  });
});

describe.skipIf(isMissing)('systemd-journal-upload', () => {
  const journal = (name: string, from: number, count: number): string => {
    const file = join(folder, `${name}.journal`);
    const entries = Array.from({ length: count }, (_, at) =>
      exported(
        entry(from + at, `Failed password for root from 203.0.113.9 port ${4000 + at} ssh2`, [
          ['LINES', 'two\nlines'],
          ['BYTES', Buffer.from([0, 1, 0xff, 10])],
        ]),
      ),
    );
    const said = run(REMOTE, ['-o', file, '-'], Buffer.concat(entries).toString('latin1'));
    expect(said).not.toMatch(/fail/i);
    return file;
  };

  async function upload(listener: Running, file: string, url = 'http://127.0.0.1'): Promise<number> {
    const state = join(folder, 'state');
    const args = [`--url=${url}:${listener.port}`, `--file=${file}`, `--save-state=${state}`, '--follow=no'];
    const child = spawn(UPLOAD, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: 120_000 });
    const [status] = (await once(child, 'exit')) as [number];
    return status;
  }

  test('sends a journal, and goes on where it was', async () => {
    const listener = await listen({ tokens: TOKENS });
    const file = journal('one', 1, 500);
    expect(await upload(listener, file)).not.toBe(0); // without a token
    expect(await upload(listener, file, `http://web-1:${TOKEN}@127.0.0.1`)).toBe(0);
    expect(listener.records.length).toBe(500);
    const own = run('journalctl', [`--file=${file}`, '-o', 'json', '--all'])
      .trim()
      .split('\n');
    const told = (text: string) => valuesOf(Buffer.from(text)).filter((value) => !value.startsWith('__SEQNUM'));
    expect(listener.texts().map(told)).toEqual(own.map(told));
    expect(await upload(listener, file, `http://web-1:${TOKEN}@127.0.0.1`)).toBe(0);
    expect(listener.records.length).toBe(500);
    expect(listener.records[0]).toMatchObject({ stream: 'journal-upload/web-1' });
  });
});
