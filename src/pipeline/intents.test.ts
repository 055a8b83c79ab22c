import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Batch } from './chunk.ts';
import { Intents } from './intents.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-intents-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ORIGIN = 'ledger.example/main';
const open = (generation = 1) => Intents.open(folder, ORIGIN, generation);
const batch = (id: number): Batch => ({ id, from: id * 10, to: id * 10 + 10, sinceUs: id, tickUs: id + 1 });

describe('Intents', () => {
  test('after a crash at any byte, what was done in a row is behind the position, and the rest is done again as it was', () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 0 });
    fc.assert(
      fc.property(order, fc.double({ min: 0, max: 1, noNaN: true }), (done, cut) => {
        rmSync(folder, { recursive: true });
        folder = mkdtempSync(join(tmpdir(), 'spoor-intents-'));
        const intents = open();
        for (let id = 0; id < 6; id += 1) intents.begin(batch(id));
        for (const id of done) intents.done(batch(id));
        intents.close();
        const path = join(folder, 'index-1.jsonl');
        const text = readFileSync(path);
        const head = text.indexOf('\n') + 1;
        writeFileSync(path, text.subarray(0, head + Math.floor((text.length - head) * cut)));

        const again = open();
        const { at, next } = again.position;
        expect(at).toBe(next * 10);
        for (let id = 0; id < next; id += 1) expect(done).toContain(id);
        for (const one of again.unfinished) expect(one).toEqual(batch(one.id));
        expect(again.unfinished.every(({ id }) => id >= next)).toBe(true);
        again.close();
      }),
      { numRuns: 100 },
    );
  });

  test('a file of many lines is written anew, and says the same', () => {
    const intents = open();
    for (let id = 0; id < 1200; id += 1) {
      intents.begin(batch(id));
      if (id !== 1190) intents.done(batch(id));
    }
    expect(intents.position).toEqual({ at: 11_900, tickUs: 1190, next: 1190 });
    intents.close();
    expect(readFileSync(join(folder, 'index-1.jsonl'), 'utf8').split('\n').length).toBeLessThan(2000);
    const again = open();
    expect(again.position.next).toBe(1190);
    expect(again.unfinished).toEqual([batch(1190)]);
    again.close();
  });

  test('another ledger’s, and what is no line, are refused with what to do', () => {
    open().close();
    expect(() => Intents.open(folder, 'other.example/log', 1)).toThrow(expect.objectContaining({ code: 'E_TAMPERED' }));
    writeFileSync(join(folder, 'index-1.jsonl'), '{"begin":7}\n');
    expect(() => open()).toThrow(/index-1.jsonl:1 .*remove the file/);
  });
});
