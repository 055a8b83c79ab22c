import { hash } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { AppError } from '../core/errors.ts';
import { type LedgerSnapshot, snapshotOf } from '../ledger/snapshot.ts';
import { type DumpedState, dumpState } from '../state/dump.ts';
import { BackupContents } from './backup-contents.ts';
import { BACKUP_FORMAT, type BackupManifest, MANIFEST } from './backup-manifest.ts';
import { ledgerFolder } from './paths.ts';
import type { Server } from './serve.ts';

// Everything that cannot be made anew, in one tar: the ledger, the state, our own certificates, positions of sources, lists. The index is
// left out: it is made from the ledger.

/** Folders of the data folder that are taken as they are. */
const FOLDERS = ['tls', 'sources', 'intel'] as const;
const PREFIX = 'backup-';

/**
 * A backup of a server that runs, as a tar. The ledger is taken as it is at one moment, after the state, so that it holds every record that
 * the state speaks of. Until the tar ends, nothing is packed or given up; it ends with an error when something cannot be read. Throws
 * E_UNAVAILABLE while the state does not answer, E_OUTPUT when the server's own disk has no room for the tables.
 */
export async function backUp(server: Server, who: string): Promise<Readable> {
  const { paths, version, config } = server.options;
  const letGo = server.keeper.hold();
  let work = '';
  const done = () => {
    letGo();
    if (work !== '') rmSync(work, { recursive: true, force: true });
  };
  try {
    work = mkdtempSync(join(paths.run, PREFIX));
    await server.upkeep.retention.idle();
    const state = await stateInto(join(work, 'state'), server);
    for (const folder of FOLDERS) copyFolder(paths[folder], join(work, folder));
    if (existsSync(paths.config)) copyFileSync(paths.config, join(work, 'spoor.yml')); // what a link leads to
    const act = await stated(server, who, work, state);
    const ledger = await snapshotOf(paths.ledger, server.keeper.ledger);
    const manifest: BackupManifest = {
      format: BACKUP_FORMAT,
      version,
      made: new Date().toISOString(),
      origin: server.keeper.ledger.origin,
      records: ledger.size,
      checkpoint: ledger.checkpoint,
      act,
      isEncryptedAtRest: config.ledger.keyFile !== undefined,
      hasConfig: existsSync(join(work, 'spoor.yml')),
      state,
    };
    const tar = pack();
    const left = new Promise<never>((_, failed) => tar.once('close', () => failed(gone())));
    void Promise.race([written(tar, server, { manifest, ledger, work }), left])
      .then(
        () => tar.finalize(),
        (error: Error) => tar.destroy(error),
      )
      .finally(done);
    return Readable.from(tar);
  } catch (error) {
    done();
    throw ofDisk(error, paths.run);
  }
}

/** What the disk refuses is no bug of ours. */
function ofDisk(error: unknown, folder: string): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (error instanceof AppError || !/^(?:ENOSPC|EDQUOT|EROFS|EIO|EACCES|ENOENT|ENOTDIR)$/.test(code)) return error;
  return new AppError(
    'E_OUTPUT',
    `what goes into a backup cannot be put together in "${folder.slice(-80)}": ${message}`,
    {
      cause: error,
    },
  );
}

/**
 * Puts on record who takes a backup, before anybody has a byte of it, and the digest of all in it that is not the ledger; resolves with that
 * record's index. It is sealed before the ledger is taken, where the signer is there: then it proves whose the backup is.
 */
async function stated({ keeper, options: { paths } }: Server, who: string, work: string, state: DumpedState) {
  const contents = new BackupContents();
  for (const { name, path } of filesIn(work)) contents.add(name, hash('sha256', readFileSync(path)));
  for (let nth = 1; nth <= paths.ledgerNumber; nth += 1) {
    const folder = ledgerFolder(paths.data, nth);
    const policy = join(folder, 'policy.txt');
    if (existsSync(policy)) contents.add(`${basename(folder)}/policy.txt`, hash('sha256', readFileSync(policy)));
  }
  const payload = Buffer.from(JSON.stringify({ holds: contents.digest(state) }));
  const act = await keeper.note('act', { who, what: 'backup', about: keeper.ledger.origin }, payload);
  await keeper.ledger.seal().catch(() => {}); // a backup without a proof is better than none
  return act;
}

/** The tables, as files: a transaction must not wait for whoever reads the tar. */
async function stateInto(work: string, server: Server): Promise<DumpedState> {
  mkdirSync(work);
  let dumped: DumpedState = { migrations: [], tables: [] };
  let nth = 0;
  await dumpState(
    server.state.state.db,
    (state) => {
      dumped = state;
    },
    async ({ table, lines }) => {
      nth += 1;
      writeFileSync(join(work, `${String(nth).padStart(8, '0')}.${table}.jsonl`), lines, { mode: 0o600 });
    },
  );
  return dumped;
}

interface Content {
  readonly manifest: BackupManifest;
  readonly ledger: LedgerSnapshot;
  readonly work: string;
}

async function written(tar: Pack, server: Server, { manifest, ledger, work }: Content): Promise<void> {
  const { paths } = server.options;
  await putBytes(tar, MANIFEST, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`), 0o600);
  for (const { name, path } of filesIn(work)) await putBytes(tar, name, readFileSync(path), modeOf(path));
  for (let nth = 1; nth < paths.ledgerNumber; nth += 1) await putEnded(tar, ledgerFolder(paths.data, nth));
  const current = basename(paths.ledger);
  for (const { path, bytes, mode } of ledger.whole) await putBytes(tar, `${current}/${path}`, bytes, mode);
  for (const { path, size, mode } of ledger.parts)
    await putFile(tar, `${current}/${path}`, join(paths.ledger, path), size, mode);
}

const modeOf = (path: string) => statSync(path).mode & 0o777;

/** Small files, each as it is when it is read: they are replaced whole. */
function copyFolder(from: string, to: string): void {
  if (!existsSync(from)) return;
  for (const { name, path } of filesIn(from)) {
    if (name.endsWith('.new')) continue;
    mkdirSync(dirname(join(to, name)), { recursive: true });
    copyFileSync(path, join(to, name));
  }
}

/** The files under a folder, in order, by their names in it. */
function filesIn(folder: string): { readonly name: string; readonly path: string }[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: relative(folder, path), path }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A ledger that ended: nothing in it changes any more. */
async function putEnded(tar: Pack, folder: string): Promise<void> {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile())
      await putFile(tar, join(basename(folder), relative(folder, path)), path, statSync(path).size, modeOf(path));
  }
}

function putBytes(tar: Pack, name: string, bytes: Buffer, mode: number): Promise<void> {
  return new Promise((done, failed) => {
    tar.entry({ name, mode }, bytes, (error) => (error ? failed(error) : done()));
  });
}

async function putFile(tar: Pack, name: string, path: string, size: number, mode: number): Promise<void> {
  if (size === 0) return putBytes(tar, name, Buffer.alloc(0), mode);
  await pipeline(createReadStream(path, { end: size - 1 }), tar.entry({ name, size, mode }));
}

const gone = () => new Error('whoever asked for the backup left');

/** What a server that was killed left of a backup. */
export function removeLeftBackups(run: string): void {
  mkdirSync(run, { recursive: true });
  for (const name of readdirSync(run))
    if (name.startsWith(PREFIX)) rmSync(join(run, name), { recursive: true, force: true });
}
