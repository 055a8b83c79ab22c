import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EvidenceSample, evidenceSample, filesIn, LONG, listAnew, SECRET, verify } from './fixtures/evidence.ts';

const T0 = 1_767_323_045_000_000;
let made: EvidenceSample;
let base = '';
beforeAll(async () => {
  made = await evidenceSample();
  base = made.base;
});
afterAll(() => made.remove());

describe('a stream', () => {
  test('is whole from its first to its last record', async () => {
    const { path, records } = await made.exported({ stream: 'db1/auth' });
    expect(records).toBe(100);
    const { status, stdout } = verify(path);
    expect([status, stdout]).toEqual([0, expect.stringContaining('Stream db1/auth: numbers 0 to 99, each once')]);
    expect(readFileSync(join(path, 'VERIFY.md'), 'utf8')).toContain('It is all that the log had of this source');
  });

  test('between two times', async () => {
    const { path, records } = await made.exported({ stream: 'db1/auth', sinceUs: T0 + 100_000, untilUs: T0 + 110_000 });
    expect(records).toBe([...Array(11).keys()].filter((n) => (100 + n) % 3 === 0).length);
    expect(verify(path).status).toBe(0);
    await expect(made.exported({ stream: 'nobody' })).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    await expect(made.exported({ sinceUs: T0 * 2 })).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  test('with a long record has all parts of it, and it joined', async () => {
    const { path, records } = await made.exported({ range: { first: made.at.long + 1, last: made.at.long + 1 } });
    expect(records).toBe(3);
    expect(readFileSync(join(path, `records/${made.at.long}.joined`)).equals(LONG)).toBe(true);
    const { status, stdout } = verify(path);
    expect([status, stdout]).toEqual([0, expect.stringContaining('Stream odd "stream" $(x) `y`: numbers 0 to 2')]);
    const joined = join(path, `records/${made.at.long}.joined`);
    writeFileSync(joined, LONG.subarray(1));
    listAnew(path);
    expect(verify(path)).toMatchObject({ status: 1, stdout: expect.stringContaining('is not what its parts hold') });
  });

  test('of hashes has what they are of, where it is kept', async () => {
    const { path, records } = await made.exported({ stream: 'people' });
    expect([records, readFileSync(join(path, `records/${made.at.ref}.payload`))]).toEqual([2, SECRET]);
    expect(verify(path)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`Record ${made.at.ref + 1} holds a hash`),
    });
    expect(readFileSync(join(path, 'VERIFY.md'), 'utf8')).toMatch(/The text of 1 record/);
    writeFileSync(join(path, `records/${made.at.ref}.payload`), 'another name');
    listAnew(path);
    expect(verify(path)).toMatchObject({ status: 1, stdout: expect.stringContaining('is not what the record is of') });
  });
});

describe('where it is written', () => {
  test('nothing is overwritten, and nothing is left of what failed', async () => {
    const before = readdirSync(base).sort();
    mkdirSync(join(base, 'full'));
    writeFileSync(join(base, 'full/x'), '');
    const wanted = { range: { first: 1, last: 1 } };
    await expect(made.exported(wanted, {}, 'full')).rejects.toMatchObject({ code: 'E_OUTPUT' });
    await expect(made.exported(wanted, {}, 'full/x')).rejects.toMatchObject({ code: 'E_OUTPUT' });
    await expect(made.exported({ range: { first: 1, last: 99_999 } }, {}, 'new')).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
    });
    const demanding = { ...made.policy, quorum: 'w3' };
    await expect(made.exported(wanted, { policy: demanding }, 'new')).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
    rmSync(join(base, 'full'), { recursive: true });
    expect(readdirSync(base).sort()).toEqual(before);
    mkdirSync(join(base, 'empty'));
    await made.exported(wanted, {}, 'empty');
    expect(existsSync(join(base, 'empty/verify.sh'))).toBe(true);
  });

  test('a ZIP file unpacks to the same', async () => {
    const { path } = await made.exported({ range: { first: 5, last: 6 } }, {}, 'case 7.zip');
    const { path: folder } = await made.exported({ range: { first: 5, last: 6 } });
    await expect(made.exported({ range: { first: 5, last: 6 } }, {}, 'case 7.zip')).rejects.toMatchObject({
      code: 'E_OUTPUT',
    });
    const python =
      'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;z.extractall(sys.argv[2])';
    const unpacked = join(base, 'unpacked');
    const tool = spawnSync('unzip', ['-q', path, '-d', unpacked]);
    if (tool.error) expect(spawnSync('python3', ['-c', python, path, unpacked]).status).toBe(0);
    else expect(tool.status).toBe(0);
    expect(filesIn(join(unpacked, 'case 7'))).toEqual(filesIn(folder));
    for (const name of filesIn(folder))
      expect(readFileSync(join(unpacked, 'case 7', name)).equals(readFileSync(join(folder, name)))).toBe(true);
    expect(verify(join(unpacked, 'case 7')).status).toBe(0);
  });
});
