import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, linkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SourceNote } from '../core/stages.ts';
import { Bench, lines } from './fixtures/bench.ts';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.end());

describe('lines', () => {
  test('are read from the beginning, then as they come; the last when it is complete', async () => {
    bench.write('a.log', 'one', '', 'two\r');
    appendFileSync(bench.log('a.log'), 'thr');
    bench.start();
    await bench.until(() => bench.texts().length === 2);
    appendFileSync(bench.log('a.log'), 'ee\nfour\n');
    await bench.until(() => bench.texts().length === 4);
    expect(bench.texts('a.log')).toEqual(['one', 'two\r', 'three', 'four']);
    expect(bench.kept.all()[1]?.position).toMatch(/^\d+\.[0-9a-z]+:10$/);
  });

  test('from the end only, of what is there at the first start', async () => {
    bench.write('a.log', 'old');
    const stop = bench.start({ from: 'end' }, 10);
    await sleep(100);
    bench.write('a.log', 'new');
    bench.write('b.log', 'later file');
    await bench.until(() => bench.texts().length === 2);
    await stop();
    bench.write('c.log', 'while away');
    bench.start({ from: 'end' });
    await bench.until(() => bench.texts().length === 3);
    expect(bench.texts().sort()).toEqual(['later file', 'new', 'while away']);
  });

  test('that are too long come in pieces, NULs are kept, and a hole is left out', async () => {
    const long = 'x'.repeat(2500);
    bench.write('a.log', long, 'a\0\0b');
    writeFileSync(bench.log('b.log'), Buffer.concat([Buffer.alloc(5000), Buffer.from('after\n')]));
    bench.start({ maxLineBytes: 1024 }, 1);
    await bench.until(() => bench.texts().length === 5);
    expect(bench.texts('a.log')).toEqual([long.slice(0, 1024), long.slice(1024, 2048), long.slice(2048), 'a\0\0b']);
    expect(bench.texts('b.log').map((text) => text.replaceAll('\0', ''))).toEqual(['after']);
    await bench.until(() => bench.reasons().length === 2);
    expect(bench.reasons().sort()).toEqual(['trouble/hole', 'trouble/line_too_long']);
  });

  test('of many files come in turn', async () => {
    writeFileSync(bench.log('big.log'), `${lines(0, 200_000).join('\n')}\n`);
    for (let at = 0; at < 50; at += 1) bench.write(`small-${at}.log`, 'small');
    bench.start();
    await bench.until(() => bench.texts().filter((text) => text === 'small').length === 50);
    await bench.until(() => bench.texts('big.log').length === 200_000);
    const order = bench.kept.all().map(({ text }) => text);
    expect(order.lastIndexOf('small')).toBeLessThan(60_000);
  });
});

describe('places', () => {
  test('a link that leads out is refused, one that stays inside is read once; a pipe is left alone', async () => {
    writeFileSync(join(bench.base, 'secret'), 'secret\n');
    bench.write('real.log', 'real');
    symlinkSync(join(bench.base, 'secret'), bench.log('evil.log'));
    symlinkSync(bench.log('real.log'), bench.log('also.log'));
    linkSync(bench.log('real.log'), bench.log('hard.log'));
    execFileSync('mkfifo', [bench.log('pipe.log')]);
    bench.start();
    await bench.until(() => bench.reasons().includes('refused/link_outside'));
    await sleep(100);
    expect(bench.texts()).toEqual(['real']);
  });

  test('an inode that is used again is another file', async () => {
    bench.write('a.log', ...lines(0, 20));
    const stop = bench.start();
    await bench.until(() => bench.texts().length === 20);
    await stop();
    writeFileSync(bench.log('a.log'), `${lines(100, 150).join('\n')}\n`); // the same inode, other bytes
    bench.start();
    await bench.until(() => bench.texts().length === 70);
    expect(bench.texts('a.log').slice(20)).toEqual(lines(100, 150));
  });

  test('what may not be read is said once, with what to do, and read when it may be', async ({ skip }) => {
    if (process.getuid?.() !== 0) {
      process.stderr.write('file collector: SKIPPED what needs root to become another user\n');
      return skip();
    }
    bench.write('a.log', 'mine');
    chmodSync(bench.log('a.log'), 0o640);
    execFileSync('chgrp', ['adm', bench.log('a.log')]);
    for (const path of [bench.base, join(bench.base, 'kept')]) chmodSync(path, 0o777);
    const other = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const child = bench.spawn({ include: [`${bench.logs}/*.log`], pollMs: 20 }, other, 20);
    const [said] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const note = JSON.parse(said.toString().split('\n')[0] as string) as SourceNote;
    expect(note).toMatchObject({ kind: 'trouble', reason: 'permission', count: 1 });
    expect(note.detail).toContain('usermod -aG adm nobody');
    chmodSync(bench.log('a.log'), 0o644);
    await bench.until(() => bench.texts().length === 1);
    expect(bench.texts()).toEqual(['mine']);
  });
});
