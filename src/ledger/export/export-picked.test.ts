import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EvidenceSample, evidenceSample, filesIn, listAnew, verify } from './fixtures/evidence.ts';

// Records that were picked from between others.

let made: EvidenceSample;
beforeAll(async () => {
  made = await evidenceSample();
});
afterAll(() => made.remove());

test('what is left out between picked records is told, and nothing is claimed of it', async () => {
  const { path, records } = await made.exported({ records: [130, 100, 101, 130] });
  expect(records).toBe(3);
  expect(filesIn(path).filter((name) => name.endsWith('.bin'))).toEqual([
    'records/100.bin',
    'records/101.bin',
    'records/130.bin',
  ]);
  const { status, stdout } = verify(path);
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(/each once; \d+ BETWEEN THEM ARE NOT HERE: this is a selection/),
  ]);
  const page = readFileSync(join(path, 'VERIFY.md'), 'utf8');
  expect(page).toContain('What lies between these records');
  rmSync(join(path, 'SELECTION')); // then it must be whole, and is not
  listAnew(path);
  expect(verify(path)).toMatchObject({ status: 1, stdout: expect.stringMatching(/number \d+ comes after/) });
});

test('a part of a long record brings the others along; records that are none are refused', async () => {
  const { records } = await made.exported({ records: [made.at.long + 1, 5] });
  expect(records).toBe(4);
  await expect(made.exported({ records: [] })).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
});
