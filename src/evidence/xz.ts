import xz from 'xz-decompress';
import { AppError } from '../core/errors.ts';
import type { Source } from './source.ts';

/**
 * What xz-decompress keeps inside: one WebAssembly build of xz-embedded. Its public class is a web stream around it that
 * holds a lock from first to last byte (a .xz in a .tar.xz would wait for itself), stops after the first of several
 * streams and never frees its memory, so the build is driven here. The version is pinned; the tests notice a change.
 */
interface XzModule {
  readonly XzReadableStream: {
    _getModuleInstance(): Promise<void>;
    _moduleInstance: { readonly exports: XzExports };
  };
}
interface XzExports {
  readonly memory: { readonly buffer: ArrayBuffer }; // a WebAssembly.Memory
  create_context(): number;
  destroy_context(context: number): void;
  supply_input(context: number, length: number): void;
  get_next_output(context: number): number;
}

/** Fields of a context, as 32-bit words from its address. */
const BUFFER_BYTES = 0;
const INPUT = 1;
const INPUT_USED = 2;
const INPUT_LENGTH = 3;
const OUTPUT = 4;
const OUTPUT_LENGTH = 5;

/** Results, from xz.h of xz-embedded. */
const OK = 0;
const STREAM_END = 1;
const MEMORY_LIMIT = 4;
const OPTIONS = 6;
const NO_PROGRESS = 8;

/**
 * Content of an .xz file of one or more streams with padding between them (xz-file-format 1.1.0).
 * E_MALFORMED when it is cut short, damaged, or uses a check other than none, CRC32 and CRC64 or a filter other than
 * LZMA2 and those for machine code; E_TOO_LARGE when its dictionary is larger than 64 MiB (what `xz -9` uses).
 */
export async function* unxz(below: Source): AsyncGenerator<Buffer> {
  const instance = IDLE.pop() ?? (await newInstance());
  const decoder = new Decoder(instance);
  let input: Buffer | null = await below.pull();
  while (input !== null) {
    input = yield* stream(decoder, below, input);
    input = await afterPadding(below, input);
  }
  decoder.end();
  if (IDLE.length < 2 && instance.memory.buffer.byteLength <= 16 * 2 ** 20) IDLE.push(instance);
}

/** Decoders to use again, since making one takes 20 ms: small ones that came to a good end. Others go with their memory. */
const IDLE: XzExports[] = [];

async function newInstance(): Promise<XzExports> {
  const library = (xz as unknown as XzModule).XzReadableStream;
  await library._getModuleInstance();
  return library._moduleInstance.exports;
}

/** One stream; gives what follows it in the piece where it ended. */
async function* stream(decoder: Decoder, below: Source, first: Buffer): AsyncGenerator<Buffer, Buffer> {
  let input: Buffer | null = first;
  decoder.begin();
  for (;;) {
    if (decoder.hungry()) {
      if (input?.length === 0) input = await below.pull();
      input = decoder.supply(input ?? Buffer.alloc(0));
    }
    const result = decoder.step();
    const output = decoder.output();
    if (output.length > 0) yield output;
    if (result === STREAM_END) return Buffer.concat([decoder.unused(), input]);
    if (result !== OK) throw failure(result);
  }
}

/** Streams are followed by any number of zero bytes. Null when nothing else follows. */
async function afterPadding(below: Source, rest: Buffer): Promise<Buffer | null> {
  let piece: Buffer | null = rest;
  while (piece !== null) {
    const begin = piece.findIndex((byte) => byte !== 0);
    if (begin >= 0) return piece.subarray(begin);
    piece = await below.pull();
  }
  return null;
}

function failure(result: number): AppError {
  if (result === MEMORY_LIMIT) return new AppError('E_TOO_LARGE', 'xz dictionary is larger than 64 MiB');
  if (result === NO_PROGRESS) return new AppError('E_MALFORMED', 'xz data is cut short');
  if (result === OPTIONS) return new AppError('E_MALFORMED', 'xz data uses a check or filter that is not supported');
  return new AppError('E_MALFORMED', `xz data is damaged (code ${result})`);
}

class Decoder {
  readonly #exports: XzExports;
  #context = 0;

  constructor(exports: XzExports) {
    this.#exports = exports;
  }

  begin(): void {
    this.end();
    this.#context = this.#exports.create_context();
  }

  end(): void {
    if (this.#context !== 0) this.#exports.destroy_context(this.#context);
    this.#context = 0;
  }

  hungry(): boolean {
    const words = this.#words();
    return words[INPUT_USED] === words[INPUT_LENGTH];
  }

  /** Takes as much as fits and gives back the rest. */
  supply(input: Buffer): Buffer {
    const words = this.#words();
    const taken = input.subarray(0, words[BUFFER_BYTES] as number);
    new Uint8Array(this.#exports.memory.buffer).set(taken, words[INPUT] as number);
    this.#exports.supply_input(this.#context, taken.length);
    return input.subarray(taken.length);
  }

  step(): number {
    try {
      return this.#exports.get_next_output(this.#context);
    } catch (error) {
      throw new AppError('E_MALFORMED', 'xz data broke the decoder', { cause: error });
    }
  }

  /** Copies what was decoded: the memory it is in is used again. */
  output(): Buffer {
    const words = this.#words();
    const begin = words[OUTPUT] as number;
    const bytes = new Uint8Array(this.#exports.memory.buffer, begin, words[OUTPUT_LENGTH] as number);
    const copy = Buffer.from(bytes);
    words[OUTPUT_LENGTH] = 0;
    return copy;
  }

  /** Input supplied but not used. */
  unused(): Buffer {
    const words = this.#words();
    const used = words[INPUT_USED] as number;
    const begin = (words[INPUT] as number) + used;
    return Buffer.from(new Uint8Array(this.#exports.memory.buffer, begin, (words[INPUT_LENGTH] as number) - used));
  }

  /** A fresh view: growing the memory detaches the old one. */
  #words(): Uint32Array {
    return new Uint32Array(this.#exports.memory.buffer, this.#context, 8);
  }
}
