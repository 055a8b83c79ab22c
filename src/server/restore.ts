import { createHash, type Hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { AppError } from '../core/errors.ts';
import { type DumpedRows, restoreState } from '../state/dump.ts';
import { openState, type StatePlace } from '../state/open.ts';
import { BackupContents, type ReadBackup } from './backup-contents.ts';
import { type BackupManifest, MANIFEST, manifestSchema } from './backup-manifest.ts';
import { layout } from './paths.ts';

/** A file in a tar; its bytes are read by iterating over it. */
interface Entry {
  readonly header: Header;
}

/** What may be in a backup; nothing of it leads out of the folder. */
const NAME =
  /^(?:spoor\.yml|(?:ledger(?:-\d{1,3})?|tls|sources|intel|state)(?:\/[A-Za-z0-9][A-Za-z0-9._@+-]{0,200}){1,8})$/;
const STATE = /^\d{8}\.(?<table>[a-z][a-z0-9_]{0,62})\.jsonl$/;
const MAX_MANIFEST = 1 << 20;
/** Where rows wait until all files are there. It is made first and goes last: a restore that was killed is known by it. */
const ROWS = 'restored-state';

/** Throws E_CONFIG for a folder whose restore did not end: it may lack records of the ledger, and all accounts. */
export function mustBeWhole(data: string): void {
  if (existsSync(join(data, ROWS)))
    throw new AppError(
      'E_CONFIG',
      `a restore into "${data.slice(-80)}" did not end: remove all that is in it, and restore again`,
    );
}

/**
 * Puts a backup into an empty or new folder: `tar` as it was decrypted. The state goes into the bundled PostgreSQL, or into the empty
 * database at `databaseUrl`, once `check` has looked at what was read and did not throw. Resolves with what the backup says of itself.
 * Rejects, with nothing left in the folder, when something is missing or wrong.
 */
export async function restoreInto(
  data: string,
  tar: AsyncIterable<Uint8Array>,
  databaseUrl: string | undefined,
  check: (read: ReadBackup) => Promise<void> = async () => {},
): Promise<BackupManifest> {
  mustBeWhole(data);
  if (existsSync(data) && readdirSync(data).length > 0)
    throw new AppError('E_USAGE', `"${data.slice(-80)}" is not empty: a backup is restored into a folder of its own`);
  const isNew = !existsSync(data);
  await mkdir(data, { recursive: true, mode: 0o751 });
  await mkdir(join(data, ROWS), { mode: 0o700 }); // of two restores at once, one gets no further, and removes nothing
  try {
    const read = await filesOf(tar, data);
    await check(read);
    const { manifest } = read;
    const rows = join(data, ROWS);
    const place: StatePlace = databaseUrl === undefined ? { folder: layout(data).state } : { url: databaseUrl };
    const state = await openState(place, (db) => restoreState(db, manifest.state, rowsIn(rows)));
    await state.close();
    await rm(rows, { recursive: true, force: true });
    return manifest;
  } catch (error) {
    if (isNew) rmSync(data, { recursive: true, force: true });
    else for (const name of readdirSync(data)) rmSync(join(data, name), { recursive: true, force: true });
    throw error;
  }
}

async function filesOf(tar: AsyncIterable<Uint8Array>, data: string): Promise<ReadBackup> {
  const entries = extract();
  const fed = pipeline(Readable.from(tar), entries);
  fed.catch(() => {}); // the loop below ends with the same error
  let manifest: BackupManifest | null = null;
  const contents = new BackupContents();
  for await (const entry of entries) {
    if (manifest === null) manifest = await manifestOf(entry);
    else contents.add(entry.header.name, await putEntry(entry, data));
  }
  await fed;
  if (manifest === null) throw new AppError('E_MALFORMED', 'this is no backup of Spoor: it is empty');
  return { manifest, digest: contents.digest(manifest.state) };
}

async function manifestOf(entry: Entry): Promise<BackupManifest> {
  const blocks: Uint8Array[] = [];
  let length = 0;
  for await (const block of bytesOf(entry)) {
    length += block.length;
    if (length > MAX_MANIFEST) break;
    blocks.push(block);
  }
  const read = manifestSchema.safeParse(entry.header.name === MANIFEST ? json(Buffer.concat(blocks)) : null);
  if (read.success) return read.data;
  throw new AppError(
    'E_MALFORMED',
    `this is no backup of Spoor, or one of a newer: its first file should be ${MANIFEST}`,
  );
}

/** Its types do not say so. */
const bytesOf = (entry: Entry) => entry as unknown as AsyncIterable<Uint8Array>;

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

/** Resolves with the SHA-256 of what was written, in hex. */
async function putEntry(entry: Entry, data: string): Promise<string> {
  const { name, type, mode = 0o600 } = entry.header;
  if (type !== 'file' || !NAME.test(name))
    throw new AppError('E_MALFORMED', `the backup holds ${type} "${name.slice(0, 80)}", which no backup holds`);
  const path = join(data, name.startsWith('state/') ? name.replace('state', ROWS) : name);
  await mkdir(dirname(path), {
    recursive: true,
    mode: /^(?:tls|ledger(?:-\d{1,3})?\/signer|state)\//.test(name) ? 0o700 : 0o751,
  });
  const file = await open(path, 'wx', 0o600);
  const sha256 = createHash('sha256');
  try {
    await writeFile(file, hashed(bytesOf(entry), sha256));
    await file.chmod(mode & 0o777);
    await file.sync();
  } finally {
    await file.close();
  }
  return sha256.digest('hex');
}

async function* hashed(blocks: AsyncIterable<Uint8Array>, sha256: Hash): AsyncGenerator<Uint8Array> {
  for await (const block of blocks) {
    sha256.update(block);
    yield block;
  }
}

async function* rowsIn(folder: string): AsyncGenerator<DumpedRows> {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).sort()) {
    const table = STATE.exec(name)?.groups?.['table'];
    if (table === undefined)
      throw new AppError('E_MALFORMED', `the backup holds state/${name.slice(0, 80)}, which is no table`);
    yield { table, lines: readFileSync(join(folder, name), 'utf8') };
  }
}
