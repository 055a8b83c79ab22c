import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Bench, lines } from './fixtures/bench.ts';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.end());

test('killed between keeping a batch and hearing of it, however the file is rotated then', async () => {
  let next = 0;
  for (const how of ['none', 'copy', 'rename', 'copy', 'copy', 'none', 'rename', 'rename', 'none']) {
    bench.write('a.log', ...lines(next, next + 30));
    next += 30;
    const child = bench.spawn({ include: [`${bench.logs}/*.log`], pollMs: 10 }, [], 1, 1);
    await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
    bench.write('a.log', ...lines(next, next + 7));
    next += 7;
    const old = bench.log(`a.log.${1000 - next}`);
    if (how === 'rename') renameSync(bench.log('a.log'), old);
    if (how === 'copy') copyFileSync(bench.log('a.log'), old);
    if (how === 'copy') truncateSync(bench.log('a.log'), 0);
  }
  bench.start();
  await bench.until(() => bench.texts().length >= next);
  await sleep(100);
  expect(bench.texts().length).toBe(next);
  expect(new Set(bench.texts())).toEqual(new Set(lines(0, next)));
});

const PATH = `${process.env['PATH']}:/usr/sbin:/sbin`;
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`], { env: { PATH } }).status === 0;
if (!has('logrotate')) process.stderr.write('file collector: SKIPPED what needs logrotate\n');

/** Writes lines, and has logrotate rotate now and then, until the time; gives the number of the next line. */
async function writeUntil(end: number, from: number, conf: string): Promise<number> {
  let next = from;
  while (Date.now() < end) {
    bench.write('a.log', ...lines(next, next + 40));
    next += 40;
    await sleep(3);
    if (next % 1000 === 0) execFileSync('logrotate', ['-f', '-s', join(bench.base, 'state'), conf], { env: { PATH } });
  }
  return next;
}

describe.skipIf(!has('logrotate') && !process.env['CI'])('killed again and again, while logrotate rotates', () => {
  test.each(['nocreate', 'create', 'copytruncate'])('%s: nothing twice, nothing missed', async (how) => {
    const conf = join(bench.base, 'logrotate.conf');
    writeFileSync(conf, `${bench.log('a.log')} {\n rotate 50\n ${how}\n missingok\n su root root\n}\n`);
    chmodSync(conf, 0o600);
    let next = 0;
    for (let round = 0; round < 4; round += 1) {
      const child = bench.spawn({ include: [`${bench.logs}/*.log`], pollMs: 10 });
      await once(child.stdout as NodeJS.ReadableStream, 'data'); // it is ready
      next = await writeUntil(Date.now() + 150 + ((round * 37) % 100), next, conf);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    bench.start();
    await bench.until(() => bench.texts().length >= next);
    await sleep(100);
    expect(bench.texts().length).toBe(next);
    expect(new Set(bench.texts())).toEqual(new Set(lines(0, next)));
  });
});
