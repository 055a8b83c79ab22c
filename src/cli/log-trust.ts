import { hash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../core/errors.ts';
import { openCheckpoint } from '../core/tlog/checkpoint.ts';
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from '../core/tlog/note.ts';
import { type Policy, parsePolicy } from '../core/tlog/policy.ts';
import type { Disk } from '../ledger/disk.ts';
import { VKEY } from '../ledger/folder-check.ts';
import { LedgerReader } from '../ledger/reader.ts';
import { remoteLog } from '../ledger/remote.ts';
import { CHECKPOINT } from '../ledger/seal.ts';
import { readingDisk } from '../ledger/secrecy/at-rest.ts';
import type { LedgerSource } from '../ledger/source.ts';
import { isStaticTree, staticTree } from '../ledger/static-tree.ts';
import { type Expected, keysOf, policyOf } from '../ledger/verdict.ts';
import { type KeyFileOptions, keyFileOption, keysOfFolder } from './key-file.ts';

/** Options of commands that read a log and check what they read. */
export interface TrustOptions extends KeyFileOptions {
  readonly key: readonly string[];
  readonly policy?: string;
  readonly tokenFile?: string;
}

const collect = (value: string, all: readonly string[]) => [...all, value];

/** Adds the options of `TrustOptions`. */
export function trustOptions(command: Command): Command {
  return keyFileOption(command)
    .option('--key <vkey>', 'the log’s public key, which you have from elsewhere (again for a second one)', collect, [])
    .option(
      '--policy <file>',
      'a policy file (C2SP tlog-policy): the log’s key, its witnesses and how many must cosign',
    )
    .option('--token-file <file>', 'file with the token that opens the entries of a URL (or SPOOR_LEDGER_TOKEN)');
}

/** A log by its URL. */
export const isUrl = (where: string): boolean => /^https?:\/\//i.test(where);

/** Reads a small file that was named on the command line. Throws E_NOT_FOUND. */
export function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('E_NOT_FOUND', `cannot read "${path.slice(0, 80)}": ${(cause as Error).message}`, { cause });
  }
}

/** The token of an option, or of the environment; null without. */
export function tokenOf({ tokenFile }: Pick<TrustOptions, 'tokenFile'>): string | null {
  const token = tokenFile === undefined ? (process.env['SPOOR_LEDGER_TOKEN'] ?? '') : fileText(tokenFile);
  if (/[^\x21-\x7e]/.test(token.trim()))
    throw new AppError('E_CONFIG', 'the token holds other characters than plain ones');
  return token.trim() === '' ? null : token.trim();
}

/** A log to read from, wherever it is: a ledger's folder, a static tree, a URL. */
export async function openLog(where: string, options: TrustOptions): Promise<LedgerSource> {
  const token = tokenOf(options);
  if (isUrl(where)) return remoteLog(where, token === null ? {} : { token });
  if (await isStaticTree(where)) return staticTree(where);
  const disk = folderDisk(where, options);
  if (!(await disk.exists('checkpoint')) && !(await disk.exists('wal')))
    throw new AppError('E_NOT_FOUND', `"${where.slice(0, 80)}" is no ledger: it has neither records nor a checkpoint`);
  return LedgerReader.open(disk, where);
}

/** A ledger's folder to read from, with the keys that the options name where it is encrypted at rest. */
function folderDisk(folder: string, options: TrustOptions): Disk {
  const origin = (givenPolicy(options)?.logs[0]?.key ?? keyBeside(folder))?.name ?? '';
  return readingDisk(folder, origin, keysOfFolder(folder, options));
}

/** What this user's verifier remembers of a log. */
interface Memory {
  readonly keys: readonly VerifierKey[];
  readonly note: string;
}

const memoryFolder = () => join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'spoor', 'logs');
const memoryPath = (origin: string) => join(memoryFolder(), hash('sha256', origin).slice(0, 32));

function recall(origin: string): Memory | null {
  let text: string;
  try {
    text = readFileSync(memoryPath(origin), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new AppError('E_UNREADABLE', `cannot read what was remembered of the log: ${(error as Error).message}`);
  }
  const end = text.indexOf('\n\n');
  const keys = text.slice(0, Math.max(0, end)).split('\n').map(parseVerifierKey);
  return { keys, note: text.slice(end + 2) };
}

/** Keeps the checkpoint that was verified. Resolves with why it could not. */
function remember(origin: string, policy: Policy, note: string): string | null {
  try {
    mkdirSync(memoryFolder(), { recursive: true, mode: 0o700 });
    const path = memoryPath(origin);
    writeFileSync(`${path}.new`, `${keysOf(policy).join('\n')}\n\n${note}`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return null;
  } catch (error) {
    return `the checkpoint could not be remembered for next time: ${(error as Error).message}`;
  }
}

/** What a log is checked against, and where that is from. */
export interface Trust extends Expected {
  readonly remarks: readonly string[];
  /** Keeps a verified checkpoint for next time; gives why not, or null. */
  readonly remember: (origin: string, note: string) => string | null;
}

/**
 * What a log is checked against: keys or a policy of the command line; else those of last time; else, for a folder, the key that lies
 * in it, which is told. Throws E_USAGE when there is none.
 */
export function trustFor(where: string, options: TrustOptions & { readonly memory?: boolean }): Trust {
  const given = givenPolicy(options);
  const beside = isUrl(where) ? null : keyBeside(where);
  const origin = given?.logs[0]?.key.name ?? beside?.name;
  const memory = origin === undefined || options.memory === false ? null : recall(origin);
  if (given === null && memory !== null && beside !== null) refuseOther(where, memory, beside);
  const found = given ?? (memory && policyOf(memory.keys)) ?? (beside && policyOf([beside]));
  if (!found)
    throw new AppError(
      'E_USAGE',
      `no key of the log is known: give --key or --policy (the ledger's owner prints it with "spoor ledger key")`,
    );
  const itself = given === null && memory === null && beside !== null;
  return {
    policy: found,
    remembered: memory === null ? [] : [{ name: 'the checkpoint of last time', note: memory.note }],
    remarks: itself
      ? [
          `the key was taken from the folder itself; compare it with a copy from elsewhere: ${formatVerifierKey(beside)}`,
        ]
      : [],
    remember: (name, note) => (options.memory === false ? null : remember(name, found, note)),
  };
}

/** Two logs of one name: the folder's own key signed its checkpoint, and the one that is remembered did not. */
function refuseOther(where: string, { keys }: Memory, beside: VerifierKey): void {
  const path = join(where, CHECKPOINT);
  if (keys.some(({ id }) => id === beside.id) || !existsSync(path)) return;
  const note = readFileSync(path, 'utf8');
  if (isSignedBy(note, keys) || !isSignedBy(note, [beside])) return; // a key that follows another; or it is told as it is read
  throw new AppError(
    'E_TAMPERED',
    `this is not the log ${beside.name} that was verified here before: it is signed with the key ${beside.id}, and that one with ${keys.map(({ id }) => id).join(', ')}. Two data folders of one name look like that; and so does a ledger that somebody made anew, with words of his own. If you know that this one is right, forget the other: spoor verify --forget ${where.slice(0, 200)}. To verify both from time to time, give each its --key, or use --no-memory`,
  );
}

function isSignedBy(note: string, keys: readonly VerifierKey[]): boolean {
  try {
    openCheckpoint(note, keys, keys[0]?.name ?? '');
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

/** Forgets on purpose what this user's verifier remembers of the log of that name. Resolves with the keys that it was known by; none when it was not known. */
export function forget(where: string, options: TrustOptions): readonly VerifierKey[] {
  const origin = (givenPolicy(options)?.logs[0]?.key ?? (isUrl(where) ? null : keyBeside(where)))?.name;
  const memory = origin === undefined ? null : recall(origin);
  if (origin !== undefined) rmSync(memoryPath(origin), { force: true });
  return memory?.keys ?? [];
}

function givenPolicy({ key, policy }: TrustOptions): Policy | null {
  if (policy !== undefined) {
    const parsed = parsePolicy(fileText(policy));
    return { ...parsed, logs: [...parsed.logs, ...policyOf(key.map(parseVerifierKey)).logs] };
  }
  return key.length === 0 ? null : policyOf(key.map(parseVerifierKey));
}

function keyBeside(folder: string): VerifierKey | null {
  try {
    const path = join(folder, VKEY);
    if (!lstatSync(path).isFile()) throw new AppError('E_TAMPERED', 'a link, a pipe or a folder stands in its place');
    return parseVerifierKey(readFileSync(path, 'utf8').trimEnd());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error instanceof AppError ? new AppError('E_TAMPERED', `${VKEY}: ${error.message}`, { cause: error }) : error;
  }
}

/** What a disk refuses, in words: it is no bug of ours. Passes on what the work gives; throws E_UNREADABLE, E_NOT_FOUND, E_OUTPUT. */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof AppError || code === undefined) throw error;
    if (code === 'EACCES' || code === 'EPERM') throw new AppError('E_UNREADABLE', message, { cause: error });
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new AppError('E_NOT_FOUND', message, { cause: error });
    if (['EIO', 'ENOSPC', 'EROFS', 'EDQUOT', 'EEXIST'].includes(code))
      throw new AppError('E_OUTPUT', message, { cause: error });
    throw error;
  }
}
