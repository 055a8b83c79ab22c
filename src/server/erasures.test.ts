import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { AppError } from '../core/errors.ts';
import type { IndexRange } from '../ledger/log.ts';
import { addErasure, Erasures } from './erasures.ts';
import { OwnLog } from './own-log.ts';

const base = mkdtempSync(join(tmpdir(), 'spoor-erasures-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** An index that does what it is told when the test says so. */
class Index {
  readonly asked: (readonly IndexRange[])[] = [];
  isAway = false;
  #end: ((isDone: boolean) => void) | null = null;
  #ended = Promise.resolve(true);

  async without(ranges: readonly IndexRange[]): Promise<void> {
    this.asked.push(ranges);
    if (this.isAway) throw new AppError('E_UNAVAILABLE', 'away');
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  ended = () => this.#ended;
  finish = () => this.#end?.(true);
  interrupt = async () => this.#end?.(false);
}

const one = { first: 3, last: 4 };
const two = { first: 9, last: 9 };
const opened = (reindex: Index) =>
  new Erasures({ folder: base, reindex, log: new OwnLog({ write: () => {}, json: true, nowMs: Date.now }) });

test('the index follows once records are erased, not before; with the next start, whatever ended the last one', async () => {
  const index = new Index();
  const erasures = opened(index);
  erasures.resume();
  erasures.add(one);
  erasures.resume(); // an engine that was away is back, in the middle of the order
  expect([index.asked, await erasures.settled(0)]).toEqual([[], null]);
  erasures.erased();
  await expect.poll(() => index.asked).toEqual([[one]]);
  expect(await erasures.settled(0)).toMatch(/^the events are out of the index; sums/);

  erasures.add(two);
  expect(index.asked).toHaveLength(1); // it is still being erased
  erasures.erased();
  await expect.poll(() => index.asked).toEqual([[one], [one, two]]);
  addErasure(base, { first: 20, last: 20 });
  await Promise.all([erasures.stop(), index.interrupt()]);

  const next = new Index();
  next.isAway = true;
  const after = opened(next);
  after.resume();
  await expect.poll(() => next.asked).toEqual([[one, two, { first: 20, last: 20 }]]);
  expect(await after.settled(0)).toMatch(/^the index is not ready/);
  next.isAway = false;
  await expect.poll(() => next.asked.length, { timeout: 10_000 }).toBe(2);
  next.finish();
  expect(await after.settled(10_000)).toBe(null);
  await after.stop();
  const last = new Index();
  opened(last).resume();
  expect(last.asked).toEqual([]);
});
