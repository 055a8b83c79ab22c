import { expect, test } from 'vitest';
import { Gate } from './gate.ts';

const NEVER = new AbortController().signal;

test('so many are in at once, so many wait, the rest is refused', async () => {
  const gate = new Gate(2, 3);
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise(setImmediate);
    inside -= 1;
  };
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => gate.through(NEVER, work)));
  expect(all.map(({ status }) => status)).toEqual([...Array(5).fill('fulfilled'), ...Array(3).fill('rejected')]);
  expect(all[7]).toMatchObject({ reason: { code: 'E_UNAVAILABLE', status: 503 } });
  expect(most).toBe(2);
  await Promise.all(Array.from({ length: 5 }, () => gate.through(NEVER, work))); // all places are free again
});

test('who leaves while it waits takes no place, and one that fails gives its own back', async () => {
  const gate = new Gate(1, 5);
  let open = () => {};
  const first = gate.through(NEVER, () => new Promise<void>((resolve) => (open = resolve)));
  const leaving = new AbortController();
  const waiting = gate.through(leaving.signal, async () => 'in');
  const next = gate.through(NEVER, () => Promise.reject(new Error('fails')));
  const last = gate.through(NEVER, async () => 'in');
  leaving.abort(new Error('left'));
  await expect(waiting).rejects.toThrow('left');
  open();
  await first;
  await expect(next).rejects.toThrow('fails');
  expect(await last).toBe('in');
  await expect(gate.through(AbortSignal.abort(new Error('gone')), async () => 'in')).rejects.toThrow('gone');
  expect(await gate.through(NEVER, async () => 'in')).toBe('in');
});
