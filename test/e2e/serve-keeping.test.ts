import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCheckpoint } from '../../src/core/tlog/checkpoint.ts';
import { splitNote } from '../../src/core/tlog/note.ts';
import { LedgerReader } from '../../src/ledger/reader.ts';
import { parseRecord } from '../../src/ledger/record.ts';
import { readingDisk } from '../../src/ledger/secrecy/at-rest.ts';
import { command } from '../built.ts';
import { ServerProcess, until } from './serving/server-process.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'spoor-keeping-'));
chmodSync(folder, 0o755); // PostgreSQL runs as another user
const worm = join(folder, 'worm');
const other = join(folder, 'other');
const server = new ServerProcess(join(folder, 'data'), [], {
  ledger: { origin: 'test.example/serve', anchors: [`file:${worm}`], anchorMinutes: 1 },
});

beforeAll(() => server.start(), 90_000);
afterAll(async () => {
  await server.killAll();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

/** What a command about the server's ledger prints, or how it fails. */
async function ledger(what: string, ...words: string[]): Promise<{ out: string; code: number; err: string }> {
  const args = command('ledger', what, server.paths.ledger, ...words);
  return run(process.execPath, args).then(
    ({ stdout }) => ({ out: stdout, code: 0, err: '' }),
    ({ stdout, stderr, code }: { stdout: string; stderr: string; code: number }) => ({
      out: stdout,
      err: stderr,
      code,
    }),
  );
}

async function recordAt(index: number) {
  const reader = await LedgerReader.open(readingDisk(server.paths.ledger, server.origin, null));
  return parseRecord(await reader.entry(index).finally(() => reader.close()));
}

const indexIn = (out: string) => Number(/record (?<index>\d+)\n$/.exec(out)?.groups?.['index']);
const keptIn = (place: string) =>
  readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.checkpoint'))
    .map((name) => parseCheckpoint(splitNote(readFileSync(join(place, name), 'utf8')).text));

describe('a ledger that a server writes to', () => {
  test('is held and released, with who asked for it', async () => {
    const held = await ledger('hold', 'case-1', '--reason', 'a court', '--range', '0..1');
    expect(held).toMatchObject({ code: 0, out: expect.stringMatching(/^record \d+\n$/) });
    const index = indexIn(held.out);
    expect(await recordAt(index)).toMatchObject({
      kind: 'hold',
      fields: { id: 'case-1', reason: 'a court', first: '0', last: '1' },
    });
    const { kind, fields, payload } = await recordAt(index - 1);
    expect({ kind, what: fields['what'], about: fields['about'] }).toEqual({
      kind: 'act',
      what: 'hold',
      about: 'case-1',
    });
    expect(fields['who']).toMatch(/@server$/);
    expect(JSON.parse(payload.toString())).toEqual({ reason: 'a court', stream: null, range: { first: 0, last: 1 } });
    expect((await ledger('holds')).out).toMatch(/^case-1 .*records 0\.\.1 .*: a court\n$/);
    expect(await recordAt(indexIn((await ledger('release', 'case-1')).out))).toMatchObject({
      kind: 'release',
      fields: { id: 'case-1' },
    });
    expect((await ledger('holds')).out).toBe('');
    expect(await ledger('release', 'case-1')).toMatchObject({
      code: 66,
      err: expect.stringMatching(/no hold "case-1"/),
    });
  });

  test('says what the server does by itself', async () => {
    expect(await ledger('prune')).toMatchObject({ code: 64, err: expect.stringMatching(/once a day/) });
  });

  test('is anchored by itself, and when it is asked for', async () => {
    const kept = await until(
      'a checkpoint is kept',
      async () => (await server.status()).ledger.anchors.find((anchor) => anchor.kept !== null),
      60_000,
    );
    expect(kept).toMatchObject({ place: `file:${worm}`, failure: null });
    expect(keptIn(worm)).toContainEqual(expect.objectContaining({ size: BigInt(kept?.kept?.size ?? -1) }));
    const asked = await ledger('anchor', '--to', `file:${other}`);
    expect(asked).toMatchObject({ code: 0, out: expect.stringMatching(/^file:.*: \d+ records, record \d+\n$/) });
    const [{ size } = { size: -1n }] = keptIn(other);
    expect(await recordAt(indexIn(asked.out))).toMatchObject({
      kind: 'anchor',
      fields: { kind: 'file', size: String(size) },
    });
    expect(await ledger('anchor', '--to', `file:${join(server.paths.data, 'test.yml')}/x`)).toMatchObject({ code: 69 });
  });
});
