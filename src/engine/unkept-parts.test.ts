import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isLeftOpen, looked } from './unkept-parts.ts';

test('an index that was left open stays to be looked at, also where its next engine ends in peace before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-unkept-'));
  const status = join(folder, 'status');
  expect(await isLeftOpen(folder)).toBe(false);
  writeFileSync(status, '');
  expect(await isLeftOpen(folder)).toBe(true);
  rmSync(status); // so does an engine whose parent was killed
  expect(await isLeftOpen(folder)).toBe(true);
  await looked(folder);
  expect(await isLeftOpen(folder)).toBe(false);
  rmSync(folder, { recursive: true });
});
