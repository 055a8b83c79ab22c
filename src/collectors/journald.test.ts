import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SourceNote } from '../core/stages.ts';
import { KeptFile, keptContext } from './fixtures/kept.ts';
import { cursorOf } from './journald/entries.ts';
import journald from './journald.ts';

// Debian: systemd has journalctl, systemd-journal-remote what writes a journal without journald.
const REMOTE = '/lib/systemd/systemd-journal-remote';
const isHere = existsSync(REMOTE) && spawnSync('journalctl', ['--version']).status === 0;
if (!isHere) process.stderr.write('journald collector: SKIPPED what needs journalctl and systemd-journal-remote\n');

let base = '';
let journals = '';
let kept: KeptFile;
let notes: SourceNote[] = [];
let stops: (() => Promise<unknown>)[] = [];
let next = 0;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'spoor-journald-'));
  journals = join(base, 'journal');
  mkdirSync(journals);
  kept = new KeptFile(join(base, 'kept'));
  notes = [];
  stops = [];
  next = 0;
});

afterEach(async () => {
  for (const stop of stops) await stop();
  rmSync(base, { recursive: true, force: true });
});

/** Adds entries to the journal. */
function write(count: number, extra = ''): void {
  let input = '';
  for (const end = next + count; next < end; next += 1)
    input += `__REALTIME_TIMESTAMP=${1_700_000_000_000_000 + next * 1000}\nMESSAGE=entry ${next}${extra}\nSYSLOG_IDENTIFIER=test\n\n`;
  execFileSync(REMOTE, ['-o', join(journals, 'a.journal'), '-'], { input, stdio: ['pipe', 'ignore', 'ignore'] });
}

const messages = () => kept.all().map(({ text }) => (JSON.parse(text) as { MESSAGE: string }).MESSAGE);
const expected = () => Array.from({ length: next }, (_, at) => `entry ${at}`);

function start(options: object = {}): () => Promise<void> {
  const stop = new AbortController();
  const onNote = (note: SourceNote) => notes.push(note);
  const context = keptContext(kept, { name: 'journald', folder: join(base, 'own'), signal: stop.signal, onNote });
  const run = journald.run(journald.config.parse({ directory: journals, waitSeconds: 0.05, ...options }), context);
  run.catch(() => {}); // told by who waits for it
  const end = () => {
    stop.abort();
    return run;
  };
  stops.push(() => end().catch(() => {}));
  return end;
}

function startProcess(): ChildProcess {
  const script = new URL('./fixtures/run-collector.ts', import.meta.url).pathname;
  const args = ['--import', 'tsx', script, 'journald', JSON.stringify({ directory: journals })];
  const child = spawn(process.execPath, [...args, join(base, 'own'), join(base, 'kept')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  stops.push(() => {
    child.kill('SIGKILL');
    return gone;
  });
  return child;
}

async function until(what: () => boolean, ms = 60_000): Promise<void> {
  for (const end = Date.now() + ms; !what(); await sleep(10))
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${JSON.stringify([messages().slice(-3), notes])}`);
}

/** Programs that read this test's journal. */
const readers = () =>
  spawnSync('sh', ['-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " " | tr -s "\\n"'])
    .stdout.toString()
    .split(`--directory=${journals}`).length - 1;

test('a cursor is that of the entry, and not one in its message', () => {
  const cursor = 's=a97cfbf2ae504831b60cee3d9439f347;i=1;b=0;m=0;t=60a24181e4000;x=2211a5a1f101ed46';
  const short = 's=a97cfbf2ae504831b60cee3d9439f347;i=1;t=60a24181e4000';
  const entry = (message: string) => Buffer.from(JSON.stringify({ MESSAGE: message, __CURSOR: cursor }));
  expect(cursorOf(entry('x'))).toBe(short);
  expect(cursorOf(entry(JSON.stringify({ __CURSOR: cursor.replace('i=1', 'i=9') })))).toBe(short);
  expect(cursorOf(Buffer.from('{}'))).toBe(null);
});

test('where there is no journal, or no journalctl, it says so and waits', async () => {
  const stop = start({ directory: join(base, 'none') });
  await until(() => notes.length === 1);
  expect(notes[0]).toMatchObject({ kind: 'trouble', reason: 'unavailable' });
  await stop();
  start({ journalctl: '/none/journalctl' });
  await until(() => notes.length === 2);
  expect(notes[1]?.detail).toContain('/none/journalctl is not installed');
});

describe.skipIf(!isHere && !process.env['CI'])('a journal', () => {
  test('is read from its beginning, then as it grows; each entry is one line of JSON', async () => {
    write(2000);
    start();
    await until(() => messages().length === 2000);
    write(1);
    await until(() => messages().length >= 2001);
    expect(messages()).toEqual(expected());
    expect(kept.all()[0]).toMatchObject({ stream: `journald${journals}` });
    expect(kept.all()[0]?.position).toMatch(/^s=[0-9a-f]{32};i=1;t=[0-9a-f]+$/);
  });

  test('is read from its end', async () => {
    write(10);
    const stop = start({ from: 'end' });
    await until(() => existsSync(join(base, 'own/cursor')));
    await stop();
    write(5);
    start({ from: 'end' });
    await until(() => messages().length >= 5);
    expect(messages()).toEqual(expected().slice(10));
  });

  test('that comes later is found; an entry that is too long is counted', async () => {
    start({ maxEntryBytes: 4096 });
    await until(() => notes.length === 1);
    write(1, 'x'.repeat(5000));
    write(1);
    await until(() => messages().length === 1 && notes.length === 2);
    expect(notes[1]).toMatchObject({ kind: 'refused', reason: 'entry_too_long', count: 1 });
  });

  test('is read on where the ledger ends, when the cursor was not saved', async () => {
    write(20);
    let stop = start();
    await until(() => messages().length === 20);
    await stop();
    const before = readFileSync(join(base, 'own/cursor'));
    write(20);
    stop = start();
    await until(() => messages().length === 40);
    await stop();
    writeFileSync(join(base, 'own/cursor'), before);
    write(5);
    start();
    await until(() => messages().length >= 45);
    expect(messages()).toEqual(expected());
  });

  test('is read once though we are killed; no journalctl is left behind', async () => {
    write(500);
    for (let round = 0; round < 4; round += 1) {
      const child = startProcess();
      await once(child.stdout as NodeJS.ReadableStream, 'data'); // it is ready
      write(300);
      await sleep(round * 15);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await until(() => readers() === 0);
    }
    kept = new KeptFile(join(base, 'kept'));
    start();
    await until(() => messages().length >= next);
    await sleep(100);
    expect(messages()).toEqual(expected());
  });

  test('whose reader ends is told', async () => {
    write(1);
    const failing = keptContext(kept, { name: 'j', folder: join(base, 'own'), signal: new AbortController().signal });
    const config = journald.config.parse({ directory: journals, journalctl: 'false' });
    await expect(journald.run(config, failing)).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });
});
