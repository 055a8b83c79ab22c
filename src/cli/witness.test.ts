import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { command } from '../../test/built.ts';
import { spoor } from '../../test/here.ts';
import { TestLog } from '../../test/test-log.ts';
import { cosignaturesOf } from '../core/tlog/checkpoint.ts';
import { formatVerifierKey, parseVerifierKey, splitNote } from '../core/tlog/note.ts';
import { formatRequest } from '../ledger/witness/request.ts';

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
  const child = spawn(process.execPath, command(...arguments_(args)), { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  return child;
}

/** Runs it to its end. */
const run = (...args: readonly string[]) => spoor(arguments_(args));

test('a witness is told of a log, serves, and keeps its key to itself', async () => {
  expect(await run('key')).toMatchObject({ status: 66, stderr: expect.stringMatching(/no key yet/) });
  expect(await run('add', formatVerifierKey(log.key))).toMatchObject({
    status: 0,
    stdout: `${log.origin} is witnessed\n`,
  });
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
    status: 69,
    stderr: expect.stringMatching(/another process/),
  });
  server.kill('SIGTERM');
  expect((await once(server, 'exit'))[0]).toBe(0);

  expect(await run('key')).toMatchObject({ status: 0, stdout: `${vkey}\n` });
  expect(statSync(join(folder, 'key')).mode & 0o777).toBe(0o400);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(folder, 'key'), 'utf8')).toContain('w.example/w1');
  expect(await run('serve', '--name', 'other')).toMatchObject({
    status: 78,
    stderr: expect.stringMatching(/is called w.example/),
  });
  rmSync(join(folder, 'key'));
  expect(await run('serve', '--name', 'w.example/w1')).toMatchObject({
    status: 78,
    stderr: expect.stringMatching(/needs a new folder/),
  });
});

test('what is no key or no address is refused', async () => {
  expect((await run('add', 'hello')).status).toBe(65);
  const other = parseVerifierKey('witness.example/w1+b72bab2e+BCVDuS/xCVURR2rcg2nbbdyTNmWhGXjdoUBO4QZsqVWd');
  expect(await run('add', formatVerifierKey(other))).toMatchObject({
    status: 64,
    stderr: expect.stringMatching(/not a log’s/),
  });
  expect((await run('serve', '--listen', 'localhost')).status).toBe(64);
});
