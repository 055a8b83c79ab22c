import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AppError, ERROR_CODES, type ErrorCode } from '../core/errors.ts';
import {
  formatVerifierKey,
  type NoteSignature,
  parseVerifierKey,
  splitNote,
  type VerifierKey,
} from '../core/tlog/note.ts';
import type { Head, Signer } from '../ledger/seal.ts';
import { answerSchema, type SignerRequest } from './protocol.ts';

/** The signer's process, running. One that has ended is started again when something is to be signed. */
export interface RunningSigner extends Signer {
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
  /** Its process; null while none is running. */
  readonly pid: number | null;
}

/** How a signer is started, and how long it is waited for, milliseconds. */
export interface SignerStart {
  /** The command; as a rule this program's own signer. */
  readonly command?: readonly string[];
  readonly answerMs?: number;
  /** File with the keys of a folder that is encrypted at rest. */
  readonly restKeys?: string | null;
}

/** A start may have to read a log file of gigabytes again. */
const ANSWER_MS = 60_000;
const STOP_MS = 5000;

/**
 * Starts the process that holds the key in `keyFile`. It has nothing of our environment, and only the folder and its own file.
 * Rejects with E_UNAVAILABLE when it does not come up.
 */
export async function startSigner(
  ledger: string,
  keyFile: string,
  origin: string,
  { command = ownCommand(), answerMs = ANSWER_MS, restKeys = null }: SignerStart = {},
): Promise<RunningSigner> {
  const [program = '', ...rest] = command;
  const ids = ownIds(ledger, dirname(keyFile));
  const start = () => SignerChild.start([program, ...rest, ledger, keyFile, origin, restKeys ?? ''], answerMs, ids);
  const first = await start();
  return new Restarting(first, start);
}

/** Account of the signer; ours when neither is given. */
interface Ids {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Under root the signer runs as the owner of its own folder, where the ledger was opened to that account's group (server/walls.ts): nobody
 * else then has the key, and the signer has nothing but to read the ledger. Else it is ours, as is everything.
 */
function ownIds(ledger: string, own: string): Ids {
  if (process.getuid?.() !== 0) return {};
  const [whole, part] = [ledger, own].map((path) => statSync(path, { throwIfNoEntry: false }));
  if (whole === undefined || part === undefined || part.uid === 0) return {};
  if ((whole.mode & 0o2050) !== 0o2050 || whole.gid !== part.gid) return {};
  process.umask(process.umask() & 0o707); // what we write must be readable for that group
  return { uid: part.uid, gid: part.gid };
}

class Restarting implements RunningSigner {
  readonly key: VerifierKey;
  readonly #start: () => Promise<SignerChild>;
  #child: Promise<SignerChild>;
  #current: SignerChild;
  #stopped = false;

  constructor(first: SignerChild, start: () => Promise<SignerChild>) {
    this.key = first.key;
    this.#start = start;
    this.#current = first;
    this.#child = Promise.resolve(first);
  }

  get pid(): number | null {
    return this.#current.gone === null ? this.#current.pid : null;
  }

  async sign(head: Head): Promise<NoteSignature> {
    if (this.#stopped) throw new AppError('E_UNAVAILABLE', 'the signer was stopped');
    const child = await (this.#current.gone === null ? this.#child : this.#again());
    return child.sign(head);
  }

  async #again(): Promise<SignerChild> {
    const before = this.#current;
    const started = this.#start();
    const child = await started;
    if (formatVerifierKey(child.key) !== formatVerifierKey(this.key)) {
      await child.stop();
      throw new AppError('E_TAMPERED', `the signer ${before.gone}, and came back with another key`);
    }
    this.#current = child;
    this.#child = started;
    return child;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#current.stop();
  }
}

interface Asked {
  readonly resolve: (signature: NoteSignature) => void;
  readonly reject: (error: Error) => void;
}

/** One run of the signer's process. */
class SignerChild {
  readonly #process: ChildProcess;
  readonly #answerMs: number;
  readonly #asked = new Map<number, Asked>();
  readonly #ended: Promise<void>;
  #next = 0;
  #key: VerifierKey | null = null;
  /** Why it is not there any more; null while it is. */
  gone: string | null = null;

  private constructor(process: ChildProcess, answerMs: number) {
    this.#process = process;
    this.#answerMs = answerMs;
    this.#ended = new Promise((resolve) => {
      process.once('exit', () => resolve());
      process.once('error', () => resolve());
    });
  }

  static start([program = '', ...args]: readonly string[], answerMs: number, ids: Ids): Promise<SignerChild> {
    const how = { stdio: ['pipe', 'pipe', 'inherit'], env: {}, ...ids } satisfies SpawnOptions;
    const child = new SignerChild(spawn(program, args, how), answerMs);
    return new Promise((resolve, reject) => child.#listen(resolve, reject));
  }

  #listen(resolve: (child: SignerChild) => void, reject: (error: Error) => void): void {
    const child = this.#process;
    const waiting = setTimeout(() => this.#drop('does not come up'), this.#answerMs);
    const lost = (why: string) => {
      clearTimeout(waiting);
      reject(this.#lost(why));
    };
    this.#onDrop = lost;
    child.once('error', (error) => lost(`did not start: ${error.message}`));
    child.once('exit', (code, signal) => lost(`ended (${signal ?? code})`));
    child.stdin?.on('error', () => {}); // its end is told by `exit`
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (this.gone !== null) return;
      try {
        if (!this.#take(line)) return;
        clearTimeout(waiting);
        resolve(this);
      } catch {
        this.#drop('answered what is no answer'); // its words are not repeated: they could hold anything
      }
    });
  }

  #onDrop: (why: string) => void = () => {};

  /** It cannot be relied on: nothing more is asked of it. */
  #drop(why: string): void {
    this.#onDrop(why);
    this.#process.kill('SIGKILL');
  }

  #lost(why: string): AppError {
    this.gone ??= why;
    const error = new AppError('E_UNAVAILABLE', `the signer ${this.gone}`);
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
    return error;
  }

  /** Takes an answer; true for the first, which has the key. */
  #take(line: string): boolean {
    const said = answerSchema.parse(JSON.parse(line));
    if ('hello' in said) {
      const first = this.#key === null;
      this.#key ??= parseVerifierKey(said.hello);
      return first;
    }
    const asked = this.#asked.get(said.id);
    if ('line' in said) asked?.resolve(signatureIn(said.line));
    else asked?.reject(new AppError(codeOf(said.code), `the signer refuses: ${said.message}`));
    this.#asked.delete(said.id);
    return false;
  }

  get key(): VerifierKey {
    return this.#key as VerifierKey;
  }

  get pid(): number | null {
    return this.#process.pid ?? null;
  }

  sign({ size, root }: Head): Promise<NoteSignature> {
    return new Promise((resolve, reject) => {
      if (this.gone !== null) throw this.#lost(this.gone);
      const request: SignerRequest = { id: this.#next, size, root: root.toString('base64') };
      this.#next += 1;
      const waiting = setTimeout(() => this.#drop('does not answer'), this.#answerMs);
      const done = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(waiting);
          settle(value);
        };
      };
      this.#asked.set(request.id, { resolve: done(resolve), reject: done(reject) });
      this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
    });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const late = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS);
    this.#process.stdin?.end();
    await this.#ended;
    clearTimeout(late);
  }
}

function ownCommand(): string[] {
  return [process.execPath, ...loaderOf(import.meta.url), mainFile()];
}

// From source, as tests run, the process needs the loader that they have.
function loaderOf(url: string): string[] {
  return url.endsWith('.ts') ? ['--import', 'tsx'] : [];
}

function mainFile(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url));
}

function codeOf(code: string): ErrorCode {
  return code in ERROR_CODES ? (code as ErrorCode) : 'E_UNAVAILABLE';
}

function signatureIn(line: string): NoteSignature {
  const [signature] = splitNote(`\n\n${line}`).signatures;
  if (signature === undefined) throw new AppError('E_MALFORMED', 'the signer answered without a signature');
  return signature;
}
