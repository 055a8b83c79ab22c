import { hash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { serveForTest, TestLog, type TestServer } from '../../test/test-log.ts';
import { type TimestampAuthority, timestampAuthority } from '../../test/timestamp-authority.ts';
import { der, readDer } from '../core/der.ts';
import { exchange } from '../core/exchange.ts';
import { anchorAll, anchorRecord, openAnchor } from './index.ts';
import { readTimestamp, timestampQuery } from './rfc3161.ts';

const OUTSIDE = { exchange, random: randomBytes };
const log = new TestLog().grow(5);

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-anchor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('a folder as an anchor', () => {
  const filesIn = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.'));

  test('keeps each checkpoint in a file of its own, once', async () => {
    const anchor = openAnchor(`file:${folder}`, OUTSIDE);
    await anchor.keep(log.signed(4));
    await anchor.keep(log.signed());
    const again = await anchor.keep(log.signed());
    expect(again).toEqual({ ending: 'checkpoint', bytes: Buffer.from(log.signed()), seconds: null });
    const files = filesIn();
    expect(files).toHaveLength(2);
    expect(files.map((name) => readFileSync(join(folder, name), 'utf8')).sort()).toEqual(
      [log.signed(4), log.signed()].sort(),
    );
  });

  test('notices that the ledger was set back, or has a second history', async () => {
    const anchor = openAnchor(`file:${folder}`, OUTSIDE);
    await anchor.keep(log.signed());
    await expect(anchor.keep(log.signed(4))).rejects.toThrow(
      refused('E_TAMPERED', /is of 5 records, and the ledger is now at 4/),
    );
    const forked = log.fork(3).grow(5, 'forged');
    await expect(anchor.keep(forked.signed())).rejects.toThrow(refused('E_TAMPERED', /another tree of 5 records/));
    await anchor.keep(new TestLog('other/ledger').grow(2).signed()); // another log is another matter
    expect(filesIn()).toHaveLength(2);
  });

  test('stays inside its folder, whatever the origin is', async () => {
    const anchor = openAnchor(`file:${join(folder, 'inner')}`, OUTSIDE);
    for (const origin of ['../../etc/passwd', '..', '/', 'a\u202eb', '.'])
      await anchor.keep(new TestLog(origin).grow(1).signed());
    expect(readdirSync(folder)).toEqual(['inner']);
    expect(readdirSync(join(folder, 'inner'))).toHaveLength(5);
  });

  test('that cannot be written says so, and holds up no other', async () => {
    writeFileSync(join(folder, 'file'), '');
    const anchors = [`file:${folder}/file/x`, `file:${folder}`].map((text) => openAnchor(text, OUTSIDE));
    const [bad, good] = await anchorAll(anchors, log.signed());
    expect(bad).toMatchObject({ kept: null, words: expect.stringMatching(/^file .*cannot keep it: ENOTDIR/) });
    expect(good).toMatchObject({ words: null, kept: { ending: 'checkpoint' } });
  });

  test('that hangs is given up, and the others keep it', async () => {
    const hung = { kind: 'file', place: '/hung', keep: () => new Promise<never>(() => {}) };
    const [bad, good] = await anchorAll([hung, openAnchor(`file:${folder}`, OUTSIDE)], log.signed(), 3000);
    expect(bad).toMatchObject({ kept: null, words: 'file /hung: no answer within 3 s' });
    expect(good).toMatchObject({ words: null });
  });

  test('is opened by its name and place', () => {
    for (const text of ['', 'file', 'file:relative', 'tape:/dev/st0', 'rfc3161:ftp://x', 'rfc3161:'])
      expect(() => openAnchor(text, OUTSIDE), text).toThrow(expect.objectContaining({ code: 'E_CONFIG' }));
  });
});

describe('a time-stamping authority', () => {
  let tsa = '';
  let server: TestServer | null = null;
  /** What the authority does with a query; by default what openssl does. */
  let answer: (query: Buffer, response: ServerResponse) => void = () => {};

  let authority: TimestampAuthority;
  const openssl = (...args: string[]) => authority.openssl(...args);
  const reply = (query: Buffer) => authority.reply(query);

  beforeAll(async () => {
    tsa = mkdtempSync(join(tmpdir(), 'spoor-tsa-'));
    authority = timestampAuthority(tsa);
    server = await serveForTest(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      answer(Buffer.concat(parts), response);
    });
  });
  beforeEach(() => {
    answer = (query, response) =>
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(reply(query));
  });
  afterAll(async () => {
    await server?.close();
    rmSync(tsa, { recursive: true, force: true });
  });
  const anchor = () => openAnchor(`rfc3161:${server?.url}/tsr`, OUTSIDE);

  test('gives a token that openssl verifies, and that of no other text', async () => {
    const before = Math.floor(Date.now() / 1000);
    const kept = await anchor().keep(log.signed());
    expect(kept.ending).toBe('tsr');
    expect(kept.seconds).toBeGreaterThanOrEqual(before);
    expect(kept.seconds).toBeLessThanOrEqual(Date.now() / 1000);
    writeFileSync(join(tsa, 'checkpoint'), log.signed());
    writeFileSync(join(tsa, 'kept.tsr'), kept.bytes);
    const verify = () => openssl('ts', '-verify', '-data', 'checkpoint', '-in', 'kept.tsr', '-CAfile', 'ca.pem');
    expect(verify().toString()).toMatch(/OK/);
    writeFileSync(join(tsa, 'checkpoint'), log.signed(4));
    expect(verify).toThrow();
    const [, fields, payload] = anchorRecord(log.signed(), anchor(), kept);
    expect(fields).toEqual({ kind: 'rfc3161', size: '5' });
    const record = JSON.parse(payload.toString());
    expect(Buffer.from(record.receipt, 'base64')).toEqual(kept.bytes);
    expect(record).toMatchObject({ kind: 'rfc3161', checkpoint: log.signed() });
  });

  test('is asked as openssl asks', () => {
    const digest = Buffer.from(hash('sha256', 'text'), 'hex');
    writeFileSync(join(tsa, 'ours.tsq'), timestampQuery(digest, Buffer.from('4102030405060708', 'hex')));
    const told = openssl('ts', '-query', '-in', 'ours.tsq', '-text').toString();
    expect(told).toMatch(/Hash Algorithm: sha256/);
    expect(told).toMatch(/Nonce: 0x4102030405060708/);
    expect(told).toMatch(/Certificate required: yes/);
    openssl('ts', '-query', '-digest', digest.toString('hex'), '-sha256', '-no_nonce', '-out', 'theirs.tsq');
    expect(readTimestamp(reply(readFileSync(join(tsa, 'theirs.tsq'))), digest, null).seconds).toBeGreaterThan(1.7e9);
  });

  test.each<[string, (query: Buffer, response: ServerResponse) => void, string, RegExp]>([
    [
      'stamps something else',
      (_, r) => r.end(reply(timestampQuery(Buffer.alloc(32), Buffer.of(1)))),
      'E_TAMPERED',
      /something else/,
    ],
    [
      'answers an old query',
      (_, r) => r.end(reply(timestampQuery(Buffer.from(hash('sha256', log.signed()), 'hex'), Buffer.of(1)))),
      'E_TAMPERED',
      /another query/,
    ],
    ['refuses', (_, r) => r.end(der(0x30, der(0x30, der(2, Buffer.of(2))))), 'E_UNAVAILABLE', /with status 2/],
    [
      'grants nothing',
      (_, r) => r.end(der(0x30, der(0x30, der(2, Buffer.of(0))))),
      'E_MALFORMED',
      /the token is not there/,
    ],
    ['is a web page', (_, r) => r.end('<html>'), 'E_MALFORMED', /DER/],
    ['says nothing', (_, r) => r.end(), 'E_MALFORMED', /the reply/],
    ['is busy', (_, r) => r.writeHead(503).end(), 'E_UNAVAILABLE', /status 503/],
    ['floods', (_, r) => r.end(Buffer.alloc(1 << 20)), 'E_TOO_LARGE', /over 262144/],
    [
      'adds bytes',
      (query, r) => r.end(Buffer.concat([reply(query), Buffer.from('3000', 'hex')])),
      'E_MALFORMED',
      /behind its end/,
    ],
  ])('that %s gives nothing', async (_, doing, code, message) => {
    answer = doing;
    await expect(anchor().keep(log.signed())).rejects.toThrow(refused(code, message));
    const [one] = await anchorAll([anchor()], log.signed());
    expect(one?.kept).toBeNull();
  });

  test('no bit of its reply makes the reader fail in another way than it says', () => {
    const digest = Buffer.from(hash('sha256', log.signed()), 'hex');
    const nonce = Buffer.from('4102030405060708', 'hex');
    const good = reply(timestampQuery(digest, nonce));
    const before = readTimestamp(good, digest, nonce);
    fc.assert(
      fc.property(fc.nat(good.length * 8 - 1), fc.nat(good.length), (bit, cut) => {
        const changed = Buffer.from(good);
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
        for (const bytes of [changed, good.subarray(0, cut)])
          try {
            expect(typeof readTimestamp(bytes, digest, nonce).seconds).toBe('number'); // a bit of the signature, say: openssl's to find
          } catch (error) {
            expect(['E_MALFORMED', 'E_TAMPERED', 'E_UNAVAILABLE']).toContain((error as { code?: string }).code);
          }
      }),
      { numRuns: 500 },
    );
    expect(before.seconds).toBeGreaterThan(1.7e9);
  });
});

test('DER is read as it was written', () => {
  const element = fc.tuple(fc.integer({ min: 1, max: 255 }), fc.uint8Array({ maxLength: 70_000 }));
  fc.assert(
    fc.property(fc.array(element, { maxLength: 4 }), (elements) => {
      const bytes = Buffer.concat(elements.map(([tag, content]) => der(tag, content)));
      expect(readDer(bytes)).toEqual(elements.map(([tag, content]) => ({ tag, content: Buffer.from(content) })));
      if (bytes.length > 0) expect(() => readDer(bytes.subarray(0, -1))).toThrow(refused('E_MALFORMED', /no DER/));
    }),
    { numRuns: 50 },
  );
});
