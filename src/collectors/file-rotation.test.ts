import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Bench, lines } from './fixtures/bench.ts';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.end());

describe('rotation', () => {
  test('by renaming: the old one is read on, also its last line without an end', async () => {
    bench.write('a.log', 'one');
    bench.start({}, 20);
    await bench.until(() => bench.texts().length === 1);
    renameSync(bench.log('a.log'), bench.log('a.log.1'));
    bench.write('a.log', 'three');
    appendFileSync(bench.log('a.log.1'), 'two\nhalf');
    await bench.until(() => bench.texts('a.log').length === 4);
    expect(bench.texts('a.log').sort()).toEqual(['half', 'one', 'three', 'two']);
  });

  test('into a place that is not read, and by removal: what is open is read to its end', async () => {
    mkdirSync(join(bench.base, 'old'));
    bench.write('a.log', 'one');
    bench.write('b.log', 'one');
    bench.start();
    await bench.until(() => bench.texts().length === 2);
    renameSync(bench.log('a.log'), join(bench.base, 'old/a'));
    appendFileSync(join(bench.base, 'old/a'), 'two\n');
    appendFileSync(bench.log('b.log'), 'two\n');
    rmSync(bench.log('b.log'));
    await bench.until(() => bench.texts().length === 4);
    expect(bench.texts('a.log')).toEqual(['one', 'two']);
    expect(bench.texts('b.log')).toEqual(['one', 'two']);
  });

  test('while we are away', async () => {
    bench.write('a.log', 'one');
    const stop = bench.start();
    await bench.until(() => bench.texts().length === 1);
    await stop();
    bench.write('a.log', 'two');
    renameSync(bench.log('a.log'), bench.log('a.log.1'));
    bench.write('a.log', 'three');
    bench.start();
    await bench.until(() => bench.texts().length === 3);
    expect(bench.texts('a.log')).toEqual(['one', 'two', 'three']);
  });

  test.each(['running', 'away'])(
    'by copytruncate, %s: the copy is read from where the original was left',
    async (how) => {
      bench.write('a.log', ...lines(0, 20));
      const stop = bench.start(how === 'running' ? { pollMs: 400 } : {});
      await bench.until(() => bench.texts().length === 20);
      if (how === 'away') await stop();
      bench.write('a.log', ...lines(20, 30));
      copyFileSync(bench.log('a.log'), bench.log('a.log.1'));
      truncateSync(bench.log('a.log'), 0);
      bench.write('a.log', ...lines(30, 40));
      if (how === 'away') bench.start();
      await bench.until(() => bench.texts('a.log').length >= 40);
      await sleep(300);
      expect(bench.texts('a.log')).toEqual(lines(0, 40));
      expect(bench.reasons()).not.toContain('trouble/truncated');
    },
  );

  test('by copytruncate, and grown beyond its old size before we look', async () => {
    bench.write('a.log', ...lines(0, 20));
    bench.start({ pollMs: 500 });
    await bench.until(() => bench.texts().length === 20);
    copyFileSync(bench.log('a.log'), bench.log('a.log.1'));
    truncateSync(bench.log('a.log'), 0);
    bench.write('a.log', ...lines(20, 400));
    await bench.until(() => bench.texts('a.log').length >= 400);
    expect(bench.texts('a.log')).toEqual(lines(0, 400));
  });

  test('a mere copy is not read', async () => {
    bench.write('a.log', ...lines(0, 20));
    bench.start();
    await bench.until(() => bench.texts().length === 20);
    copyFileSync(bench.log('a.log'), bench.log('a.log.1'));
    await sleep(200);
    bench.write('a.log', 'more');
    await bench.until(() => bench.texts().length >= 21);
    await sleep(200);
    expect(bench.texts('a.log')).toEqual([...lines(0, 20), 'more']);
  });

  test('a file that was cut or replaced is read from its beginning, and that it was cut is said', async () => {
    bench.write('a.log', ...lines(0, 5));
    bench.write('b.log', ...lines(0, 5));
    bench.start({}, 20);
    await bench.until(() => bench.texts().length === 10);
    writeFileSync(bench.log('a.log'), 'after the cut\n');
    writeFileSync(bench.log('b.new'), 'another\n');
    renameSync(bench.log('b.new'), bench.log('b.log'));
    await bench.until(() => bench.texts().length === 12);
    expect(bench.texts('a.log').at(-1)).toBe('after the cut');
    expect(bench.texts('b.log').at(-1)).toBe('another');
    await bench.until(() => bench.reasons().includes('trouble/truncated'));
  });

  test('one from which an editor took lines away is read from its beginning, and that is said', async () => {
    bench.write('a.log', ...lines(0, 50));
    bench.start();
    await bench.until(() => bench.texts().length === 50);
    execFileSync('sed', ['-i', '/line 33 /d', bench.log('a.log')]);
    await bench.until(() => bench.texts().length === 99);
    expect(bench.texts().slice(50)).not.toContain('line 33 of a log');
    expect(bench.reasons()).toEqual(['trouble/edited']);
  });

  test('one that another put in its place with all of it is read on', async () => {
    bench.write('a.log', ...lines(0, 50));
    bench.start();
    await bench.until(() => bench.texts().length === 50);
    copyFileSync(bench.log('a.log'), join(bench.base, 'copy'));
    appendFileSync(join(bench.base, 'copy'), 'more\n');
    renameSync(join(bench.base, 'copy'), bench.log('a.log'));
    await bench.until(() => bench.texts().length >= 51);
    await sleep(100);
    expect(bench.texts()).toEqual([...lines(0, 50), 'more']);
  });

  test('old files are read before the new, in one stream; compressed ones are said to be left out', async () => {
    bench.write('a.log.2', 'first');
    execFileSync('touch', ['-d', '2 days ago', bench.log('a.log.2')]);
    bench.write('a.log.1', 'second');
    execFileSync('touch', ['-d', '1 day ago', bench.log('a.log.1')]);
    bench.write('a.log', 'third');
    writeFileSync(bench.log('a.log.3.gz'), 'x');
    writeFileSync(bench.log('packed.log'), Buffer.from([0x1f, 0x8b, 8, 0, 0, 10]));
    bench.start();
    await bench.until(() => bench.texts().length === 3);
    expect(bench.texts('a.log')).toEqual(['first', 'second', 'third']);
    await bench.until(() => bench.reasons().includes('refused/no_text'));
    expect(bench.reasons()).toContain('refused/compressed');
  });
});

describe('positions', () => {
  test('that were lost are found again in the ledger', async () => {
    bench.write('a.log.1', ...lines(0, 20));
    execFileSync('touch', ['-d', '1 day ago', bench.log('a.log.1')]);
    bench.write('a.log', ...lines(20, 40));
    const stop = bench.start();
    await bench.until(() => bench.texts().length === 40);
    await stop();
    rmSync(bench.positions, { recursive: true });
    bench.write('a.log', ...lines(40, 50));
    bench.start();
    await bench.until(() => bench.texts().length >= 50);
    await sleep(200);
    expect(bench.texts()).toEqual(lines(0, 50));
  });

  test.each(['read on', 'renamed', 'copied and cut'])(
    'of the last batch that were not written; then the file is %s',
    async (how) => {
      bench.write('a.log', ...lines(0, 20));
      let stop = bench.start();
      await bench.until(() => bench.texts().length === 20);
      await stop();
      cpSync(bench.positions, join(bench.base, 'before'), { recursive: true });
      bench.write('a.log', ...lines(20, 40));
      stop = bench.start();
      await bench.until(() => bench.texts().length === 40);
      await stop();
      rmSync(bench.positions, { recursive: true });
      renameSync(join(bench.base, 'before'), bench.positions);
      bench.write('a.log', ...lines(40, 50));
      if (how === 'renamed') renameSync(bench.log('a.log'), bench.log('a.log.1'));
      if (how === 'copied and cut') {
        copyFileSync(bench.log('a.log'), bench.log('a.log.1'));
        truncateSync(bench.log('a.log'), 0);
      }
      bench.write('a.log', ...lines(50, 60));
      bench.start();
      await bench.until(() => bench.texts().length >= 60);
      await sleep(200);
      expect(bench.texts()).toEqual(lines(0, 60));
    },
  );
});
