import {
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
import { basename, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { type LedgerSnapshot, snapshotOf } from '../ledger/snapshot.ts';
import { type DumpedState, dumpState } from '../state/dump.ts';
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
 * E_UNAVAILABLE while the state does not answer.
 */
export async function backUp(server: Server, who: string): Promise<Readable> {
  const { paths, version, config } = server.options;
  await server.keeper.note('act', { who, what: 'backup', about: server.keeper.ledger.origin });
  const letGo = server.keeper.hold();
  const work = mkdtempSync(join(paths.run, PREFIX));
  const done = () => {
    letGo();
    rmSync(work, { recursive: true, force: true });
  };
  try {
    await server.upkeep.retention.idle();
    const state = await stateInto(work, server);
    const ledger = await snapshotOf(paths.ledger, server.keeper.ledger);
    const manifest: BackupManifest = {
      format: BACKUP_FORMAT,
      version,
      made: new Date().toISOString(),
      origin: server.keeper.ledger.origin,
      records: ledger.size,
      checkpoint: ledger.checkpoint,
      isEncryptedAtRest: config.ledger.keyFile !== undefined,
      hasConfig: existsSync(paths.config),
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
    throw error;
  }
}

/** The tables, as files: a transaction must not wait for whoever reads the tar. */
async function stateInto(work: string, server: Server): Promise<DumpedState> {
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
  if (manifest.hasConfig) await putBytes(tar, 'spoor.yml', readFileSync(paths.config), modeOf(paths.config));
  for (const name of readdirSync(work).sort())
    await putBytes(tar, `state/${name}`, readFileSync(join(work, name)), 0o600);
  for (const folder of FOLDERS) await putFolder(tar, folder, paths[folder]);
  for (let nth = 1; nth < paths.ledgerNumber; nth += 1) await putEnded(tar, ledgerFolder(paths.data, nth));
  const current = basename(paths.ledger);
  for (const { path, bytes, mode } of ledger.whole) await putBytes(tar, `${current}/${path}`, bytes, mode);
  for (const { path, size, mode } of ledger.parts)
    await putFile(tar, `${current}/${path}`, join(paths.ledger, path), size, mode);
}

const modeOf = (path: string) => statSync(path).mode & 0o777;

/** Small files, each as it is when it is read: they are replaced whole. */
async function putFolder(tar: Pack, name: string, folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || entry.name.endsWith('.new')) continue;
    await putBytes(tar, `${name}/${relative(folder, path)}`, readFileSync(path), modeOf(path));
  }
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
