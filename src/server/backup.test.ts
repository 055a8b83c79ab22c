import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backUp } from './backup.ts';
import { layout } from './paths.ts';
import type { Server } from './serve.ts';

let data = '';
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'spoor-backup-'));
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

test('a backup for which the disk has no place says so, and holds nothing up', async () => {
  let held = 0;
  const keeper = {
    hold: () => {
      held += 1;
      return () => {
        held -= 1;
      };
    },
  };
  const paths = layout(data);
  const server = { options: { paths, config: {} }, keeper } as unknown as Server;
  writeFileSync(paths.run, ''); // where its folder should be
  await expect(backUp(server, 'ann')).rejects.toMatchObject({
    code: 'E_OUTPUT',
    message: expect.stringContaining('cannot be put together'),
  });
  expect(held).toBe(0);
  expect(readdirSync(data)).toEqual(['run']);
});
