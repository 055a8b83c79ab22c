import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startEngine } from './engine.ts';
import { tableIn, withoutEngine, withTable } from './fixtures/engine-test.ts';
import { openFailure } from './folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'spoor-e-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const quiet = () => {};
const place = (name: string) => ({
  dataFolder: join(folder, name, 'index'),
  socketPath: join(folder, name, 'run/e.sock'),
  log: quiet,
});
describe.skipIf(withoutEngine())('a folder', () => {
  test('two do not open one folder, and the first goes on', async () => {
    await withTable(place('twice'));
    const first = await startEngine(place('twice'));
    const second = startEngine({ ...place('twice'), socketPath: join(folder, 'twice/other/e.sock'), lockWaitMs: 0 });
    await expect(second).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      message: expect.stringContaining('another process'),
    });
    expect(await tableIn(first)).toEqual([{ n: 7 }]);
    await first.stop();
  });

  test('a mutation of 0 bytes is repaired', async () => {
    const table = await withTable(place('mutation'));
    writeFileSync(join(table, 'mutation_9.txt'), '');
    const said: string[] = [];
    const engine = await startEngine({ ...place('mutation'), log: (_level, message) => said.push(message) });
    expect([await tableIn(engine), engine.rebuilt]).toEqual([[{ n: 7 }], false]);
    expect(said.join('\n')).toMatch(/does not open[\s\S]*mutation_9\.txt/);
    await engine.stop();
  });

  test('a folder that stays broken is put aside, and begun anew', async () => {
    const table = await withTable(place('broken'));
    writeFileSync(join(table, 'mutation_9.txt'), 'no mutation');
    const engine = await startEngine(place('broken'));
    expect(engine.rebuilt).toBe(true);
    expect(
      readdirSync(join(folder, 'broken')).filter((name) => /^index\.broken-\d{8}T\d{6}Z$/.test(name)),
    ).toHaveLength(1);
    await expect(tableIn(engine)).rejects.toMatchObject({ code: '81' });
    await engine.stop();
  });
});

test.each([
  [
    'Code: 76. DB::Exception: Cannot lock file /x/status. Another server instance in same directory is already running.',
    'locked',
  ],
  ['Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)', 'surroundings'],
  ['listen EACCES: permission denied /run/e.sock', 'surroundings'],
  ['Code: 722. DB::Exception: Waited job failed: … (ASYNC_LOAD_WAIT_FAILED)', 'broken'],
  ['its process ended (SIGSEGV)', 'broken'],
  ['its process ended (SIGKILL)', 'surroundings'],
  ["Failed to create connection for path '/x'", 'surroundings'],
])('%s is %s', (said, failure) => expect(openFailure(said)).toBe(failure));
