import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { AppError } from '../core/errors.ts';
import type { Batch } from './chunk.ts';

const batchSchema = z.strictObject({
  id: z.int().nonnegative(),
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
  sinceUs: z.int().nonnegative(),
  tickUs: z.int().nonnegative(),
  lists: z.string().optional(),
});
const lineSchema = z.union([
  z.strictObject({
    generation: z.int().nonnegative(),
    origin: z.string(),
    at: z.int().nonnegative(),
    tickUs: z.int().nonnegative(),
    next: z.int().nonnegative(),
  }),
  z.strictObject({ begin: batchSchema }),
  z.strictObject({ done: z.int().nonnegative() }),
]);
type Line = z.output<typeof lineSchema>;

/** How far the index has come. */
export interface Position {
  /** All events of records before it are in the index. */
  readonly at: number;
  /** Silence was looked at up to this receive time, microseconds. */
  readonly tickUs: number;
  /** Number of the next batch. */
  readonly next: number;
}

const COMPACT_LINES = 2000;

/**
 * What is about to be inserted, said durably before it is: after a crash the same batch is made again, goes in under the same token, and is
 * dropped by the engine when it was in already. A file of lines; a last line that is torn was never acted on.
 */
export class Intents {
  readonly #path: string;
  readonly #origin: string;
  readonly generation: number;
  #file = -1;
  #lines = 0;
  #position: Position = { at: 0, tickUs: 0, next: 0 };
  /** Begun and not done, by their numbers. */
  readonly #begun = new Map<number, Batch>();
  readonly #done = new Set<number>();
  /** A line went in half, or not at all: nothing may follow it. */
  #torn = false;

  private constructor(path: string, origin: string, generation: number) {
    this.#path = path;
    this.#origin = origin;
    this.generation = generation;
  }

  /** Reads what there is in the folder. Throws E_TAMPERED for another ledger's. */
  static open(folder: string, origin: string, generation: number): Intents {
    const intents = new Intents(join(folder, `index-${generation}.jsonl`), origin, generation);
    if (existsSync(intents.#path)) intents.#read(readFileSync(intents.#path, 'utf8'));
    intents.#compact();
    return intents;
  }

  /** Says durably that another generation begins where this one stands, while nothing is under way. */
  carry(folder: string, generation: number): void {
    const next = new Intents(join(folder, `index-${generation}.jsonl`), this.#origin, generation);
    next.#position = { ...this.#position };
    next.#compact();
    next.close();
  }

  #read(text: string): void {
    const lines = text.split('\n');
    lines.pop(); // after the last line feed: nothing, or a line that was torn
    for (const [nth, line] of lines.entries()) {
      let said: Line;
      try {
        said = lineSchema.parse(JSON.parse(line));
      } catch (cause) {
        throw new AppError(
          'E_MALFORMED',
          `${this.#path}:${nth + 1} is no line of Spoor's: remove the file, and the index is made anew`,
          { cause },
        );
      }
      this.#take(said);
    }
  }

  #take(said: Line): void {
    if ('begin' in said) this.#begun.set(said.begin.id, said.begin);
    else if ('done' in said) this.#settle(said.done);
    else if (said.origin !== this.#origin)
      throw new AppError(
        'E_TAMPERED',
        `${this.#path} is of the ledger ${said.origin.slice(0, 80)}, not of ${this.#origin}`,
      );
    else this.#position = { at: said.at, tickUs: said.tickUs, next: said.next };
  }

  get position(): Position {
    return this.#position;
  }

  /** Begun and not known to be done, in order. */
  get unfinished(): readonly Batch[] {
    return [...this.#begun.values()].filter(({ id }) => !this.#done.has(id)).sort((a, b) => a.id - b.id);
  }

  /** Says that a batch is about to be inserted; durable when it returns. Throws what the disk says: then call it again. */
  begin(batch: Batch): void {
    this.#begun.set(batch.id, batch);
    if (this.#torn) this.#compact();
    else this.#write({ begin: batch });
    fsyncSync(this.#file);
  }

  /** Says that it is in the index. Not synced: if that is lost, it is done again, to no effect. */
  done({ id }: Batch): void {
    this.#settle(id);
    if (this.#torn) return; // told with the next batch
    try {
      this.#write({ done: id });
      if (this.#lines > COMPACT_LINES) this.#compact();
    } catch {
      this.#torn = true;
    }
  }

  /** All that was said is durable when it returns. Throws what the disk says. */
  sync(): void {
    this.#compact();
  }

  #settle(id: number): void {
    this.#done.add(id);
    for (let next = this.#position.next; this.#done.has(next); next = this.#position.next) {
      const { to, tickUs } = this.#begun.get(next) as Batch;
      this.#done.delete(next);
      this.#begun.delete(next);
      this.#position = { at: to, tickUs, next: next + 1 };
    }
  }

  #write(line: Line): void {
    this.#torn = true; // until all of it is there
    this.#append([line]);
    this.#torn = false;
  }

  #append(lines: readonly Line[]): void {
    const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#lines += lines.length;
  }

  /** Writes the file anew: where the index stands, and what is under way. */
  #compact(): void {
    const next = `${this.#path}.new`;
    this.close();
    this.#torn = true; // until the new file is in its place
    this.#file = openSync(next, 'w', 0o640);
    this.#lines = 0;
    this.#append([
      { generation: this.generation, origin: this.#origin, ...this.#position },
      ...[...this.#begun.values()].map((batch) => ({ begin: batch })),
      ...[...this.#done].map((id) => ({ done: id })),
    ]);
    fsyncSync(this.#file);
    renameSync(next, this.#path);
    const folder = openSync(dirname(this.#path), 'r');
    fsyncSync(folder);
    closeSync(folder);
    this.#torn = false;
  }

  close(): void {
    if (this.#file !== -1) closeSync(this.#file);
    this.#file = -1;
  }
}
