import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../built.ts';
import { passableFolder } from '../state-folder.ts';
import { ServerProcess } from './serving/server-process.ts';

// SQL as an analyst has it, on a server whose engine has an account of its own.

const isRoot = process.getuid?.() === 0;
if (!isRoot)
  process.stderr.write('serve-sql: SKIPPED in part, the engine has an account of its own under root alone\n');

const base = passableFolder('spoor-sql-');
const server = new ServerProcess(join(base.path, 'data'), [], { sql: { enabled: true } });

beforeAll(async () => {
  await server.start();
  await server.running();
});
afterAll(async () => {
  await server.killAll();
  base.remove();
});

async function sql(...args: readonly string[]) {
  const child = spawn(process.execPath, command('sql', ...args, '--data', server.paths.data), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (piece: Buffer) => {
      said[stream] += piece.toString();
    });
  const [code] = await once(child, 'close');
  return { code: code as number | null, ...said };
}

test.skipIf(isRoot)('without a wall it is off, and says what to do', async () => {
  const { code, stderr } = await sql('SELECT 1');
  expect([code, stderr]).toEqual([77, expect.stringContaining('start Spoor as root or by systemd')]);
});

describe.runIf(isRoot)('spoor sql', () => {
  test('answers as a table, JSON and CSV, and says each query in the ledger', async () => {
    const table = await sql("SELECT 'x\x1b[2J' AS a, 1 AS b");
    expect([table.code, table.stdout]).toEqual([0, 'a         b\n--------  -\nx\\x1b[2J  1\n']);
    expect(JSON.parse((await sql('--json', 'SELECT 1 AS a')).stdout)).toMatchObject({ rows: [[1]], masked: false });
    expect((await sql('--csv', "SELECT '=1' AS a")).stdout).toBe("a\r\n'=1\r\n");
    expect((await sql('--tables')).stdout).toMatch(/^events: .*\n {2}time /);
    const asked = await sql('--json', "SELECT message FROM events WHERE action != '' LIMIT 5");
    expect(asked.code).toBe(0);
  });

  test('says why it does not take a query', async () => {
    const refused = await sql("SELECT file('/etc/passwd')");
    expect([refused.code, refused.stderr]).toEqual([
      64,
      expect.stringContaining('this SQL is not taken: the function "file"'),
    ]);
  });

  test('a query that does not end is ended with the engine, which comes back', async () => {
    const text = (letters: string, times: number) => `arrayStringConcat(arrayMap(x -> '${letters}', range(${times})))`;
    const heavy = `SELECT countSubstrings(${text('a'.repeat(20), 200_000)}, concat(${text('a', 200_000)}, 'b'))`;
    const ended = await sql(heavy);
    expect(ended.code).not.toBe(0);
    const rest = await sql('SELECT 1');
    expect(rest.stderr).toMatch(/had to be ended by force: wait \d+ s|is not ready|does not answer/);
    await server.running();
    expect(server.said).toContain('a query did not end although it was stopped');
  });
});
