import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AppError, ERROR_CODES, type ErrorCode } from '../core/errors.ts';
import { type NoteSignature, parseVerifierKey, splitNote, type VerifierKey } from '../core/tlog/note.ts';
import type { Head, Signer } from '../ledger/seal.ts';
import { answerSchema, type SignerRequest } from './protocol.ts';

/** The signer's process, running. */
export interface RunningSigner extends Signer {
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

interface Asked {
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts the process that holds the key in `keyFile`. It has nothing of our environment, and only the folder and its own file.
 * Rejects with E_UNAVAILABLE when it does not come up.
 */
export function startSigner(ledger: string, keyFile: string, origin: string): Promise<RunningSigner> {
  const child = spawn(process.execPath, [...loaderOf(import.meta.url), mainFile(), ledger, keyFile, origin], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {},
  });
  const asked = new Map<number, Asked>();
  return new Promise((resolve, reject) => {
    const gone = (why: string) => {
      const error = new AppError('E_UNAVAILABLE', `the signer ${why}`);
      reject(error);
      for (const { reject: refuse } of asked.values()) refuse(error);
      asked.clear();
    };
    child.once('error', (error) => gone(`did not start: ${error.message}`));
    child.once('exit', (code, signal) => gone(`ended (${signal ?? code})`));
    child.stdin.on('error', () => {}); // its end is told by `exit`
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = answerSchema.parse(JSON.parse(line));
      if ('hello' in said) resolve(signerOf(child, parseVerifierKey(said.hello), asked));
      else if ('line' in said) asked.get(said.id)?.resolve(said.line);
      else asked.get(said.id)?.reject(new AppError(codeOf(said.code), `the signer refuses: ${said.message}`));
      if ('id' in said) asked.delete(said.id);
    });
  });
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

function signerOf(child: ChildProcess, key: VerifierKey, asked: Map<number, Asked>): RunningSigner {
  let next = 0;
  return {
    key,
    sign: ({ size, root }: Head) =>
      new Promise<NoteSignature>((resolve, reject) => {
        const request: SignerRequest = { id: next, size, root: root.toString('base64') };
        next += 1;
        asked.set(request.id, { resolve: (line) => resolve(signatureIn(line)), reject });
        if (child.exitCode !== null) reject(new AppError('E_UNAVAILABLE', 'the signer is gone'));
        else child.stdin?.write(`${JSON.stringify(request)}\n`);
      }),
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) resolve();
        child.once('exit', () => resolve());
        child.stdin?.end();
      }),
  };
}

function signatureIn(line: string): NoteSignature {
  const [signature] = splitNote(`\n\n${line}`).signatures;
  if (signature === undefined) throw new AppError('E_MALFORMED', 'the signer answered without a signature');
  return signature;
}
