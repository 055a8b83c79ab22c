import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TestLog } from '../../test/test-log.ts';
import { cosignaturesOf } from '../core/tlog/checkpoint.ts';
import { formatVerifierKey, parseVerifierKey, splitNote } from '../core/tlog/note.ts';
import { formatRequest } from '../ledger/witness/request.ts';
import { main } from './main.ts';

const log = new TestLog().grow(5);
let folder = '';
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'spoor-cli-witness-')), 'witness');
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

const arguments_ = (args: readonly string[]) => ['witness', ...args, '--dir', folder];

/** Runs it in a process of its own. */
function start(...args: readonly string[]) {
  const all = ['--import', 'tsx', 'scripts/spoor.ts', ...arguments_(args)];
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  return child;
}

/** Runs it in this process. */
async function run(...args: readonly string[]) {
  const said = { out: '', err: '' };
  const into = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
    said[stream] += String(text);
    return true;
  };
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(into('out'));
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(into('err'));
  try {
    const code = await main(arguments_(args));
    return { code, ...said };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

test('a witness is told of a log, serves, and keeps its key to itself', async () => {
  expect(await run('key')).toMatchObject({ code: 66, err: expect.stringMatching(/no key yet/) });
  expect(await run('add', formatVerifierKey(log.key))).toMatchObject({ code: 0, out: `${log.origin} is witnessed\n` });
  const server = start('serve', '--listen', '127.0.0.1:0', '--name', 'w.example/w1');
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const vkey = (await lines.next()).value as string;
  const url = (await lines.next()).value as string;
  const body = formatRequest({ old: 0n, proof: [], note: log.signed() });
  const answer = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
  expect(answer.status).toBe(200);
  const note = splitNote(`${splitNote(log.signed()).text}\n${await answer.text()}`);
  expect(cosignaturesOf(note, [parseVerifierKey(vkey)])).toHaveLength(1);
  expect(await run('serve', '--listen', '127.0.0.1:0')).toMatchObject({
    code: 69,
    err: expect.stringMatching(/another process/),
  });
  server.kill('SIGTERM');
  expect((await once(server, 'exit'))[0]).toBe(0);

  expect(await run('key')).toMatchObject({ code: 0, out: `${vkey}\n` });
  expect(statSync(join(folder, 'key')).mode & 0o777).toBe(0o400);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(folder, 'key'), 'utf8')).toContain('w.example/w1');
  expect(await run('serve', '--name', 'other')).toMatchObject({
    code: 78,
    err: expect.stringMatching(/is called w.example/),
  });
  rmSync(join(folder, 'key'));
  expect(await run('serve', '--name', 'w.example/w1')).toMatchObject({
    code: 78,
    err: expect.stringMatching(/needs a new folder/),
  });
}, 60_000);

test('what is no key or no address is refused', async () => {
  expect((await run('add', 'hello')).code).toBe(65);
  const other = parseVerifierKey('witness.example/w1+b72bab2e+BCVDuS/xCVURR2rcg2nbbdyTNmWhGXjdoUBO4QZsqVWd');
  expect(await run('add', formatVerifierKey(other))).toMatchObject({
    code: 64,
    err: expect.stringMatching(/not a log’s/),
  });
  expect((await run('serve', '--listen', 'localhost')).code).toBe(64);
}, 60_000);
