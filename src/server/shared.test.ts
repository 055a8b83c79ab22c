import { expect, test } from 'vitest';
import { Gate } from './gate.ts';
import { Shared } from './shared.ts';

const NEVER = new AbortController().signal;

/** One question is in at a time; the first is there already, and goes on until `open` is called. */
function busy() {
  const now = { state: 'of then', ms: 0 };
  const shared = new Shared<number>(
    new Gate(1, 10),
    () => now.state,
    () => now.ms,
  );
  let open = () => {};
  const opened = new Promise<number>((resolve) => {
    open = () => resolve(0);
  });
  const asked: AbortSignal[] = [];
  const first = shared.ask('first', NEVER, (signal) => {
    asked.push(signal);
    return opened;
  });
  return { now, shared, first, open, asked, work: async (signal: AbortSignal) => asked.push(signal) };
}

test('those who wait for the same are answered by one question, others by their own', async () => {
  const { shared, first, open, asked, work } = busy();
  const waiting = ['a', 'a', 'b', 'a'].map((key) => shared.ask(key, NEVER, work));
  open();
  expect(await Promise.all([first, ...waiting])).toEqual([0, 2, 2, 3, 2]);
  expect(asked).toHaveLength(3);
});

test('one that was begun is joined while the state is what it was, and by nobody else: no answer is older than who asks', async () => {
  const { now, shared, first, open, asked, work } = busy();
  await new Promise(setImmediate);
  const joined = shared.ask('first', NEVER, work);
  now.state = 'of now';
  const next = shared.ask('first', NEVER, work);
  const with_ = shared.ask('first', NEVER, work);
  open();
  expect(await Promise.all([first, joined, next, with_])).toEqual([0, 0, 2, 2]);
  expect(await shared.ask('first', NEVER, work)).toBe(2); // is kept
  now.state = 'of later';
  expect(await shared.ask('first', NEVER, work)).toBe(3);
  now.ms += 999;
  expect(await shared.ask('first', NEVER, work)).toBe(3);
  now.ms += 1;
  expect(await shared.ask('first', NEVER, work)).toBe(4);
  expect(asked).toHaveLength(4);
});

test('a question ends when the last of those who wait for it leaves', async () => {
  const { shared, first, open, asked, work } = busy();
  const [one, other, third] = [new AbortController(), new AbortController(), new AbortController()];
  const leaving = shared.ask('a', one.signal, work);
  const staying = shared.ask('a', other.signal, work);
  const alone = shared.ask('b', third.signal, work);
  one.abort(new Error('one left'));
  third.abort(new Error('third left'));
  await expect(leaving).rejects.toThrow('one left');
  await expect(alone).rejects.toThrow('third left');
  open();
  expect([await first, await staying]).toEqual([0, 2]);
  expect(asked).toHaveLength(2); // what nobody waits for is never asked
  const begun = new AbortController();
  const running = shared.ask('c', begun.signal, (signal) => {
    asked.push(signal);
    return new Promise(() => {});
  });
  await new Promise(setImmediate);
  begun.abort(new Error('left'));
  await expect(running).rejects.toThrow('left');
  expect(asked[2]?.aborted).toBe(true);
});

test('an error is told to all who wait, and to nobody who comes later', async () => {
  const { shared, first, open, work } = busy();
  const failing = Promise.allSettled(
    [1, 2].map(() => shared.ask('a', NEVER, () => Promise.reject(new Error('fails')))),
  );
  open();
  await first;
  expect(await failing).toMatchObject([{ reason: new Error('fails') }, { reason: new Error('fails') }]);
  expect(await shared.ask('a', NEVER, work)).toBe(2);
  await expect(shared.ask('a', AbortSignal.abort(new Error('gone')), work)).rejects.toThrow('gone');
});
