import { chmodSync, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectors } from '../collectors/index.ts';
import { AppError } from '../core/errors.ts';
import { listeners } from '../listeners/index.ts';
import { OwnLog } from '../server/own-log.ts';
import { defaultDataFolder, type Layout, layout } from '../server/paths.ts';
import { mustBeWhole } from '../server/restore.ts';
import { type Server, serve } from '../server/serve.ts';
import { type Wall, wallFor } from '../server/walls.ts';
import { outliveOutput } from './closed-output.ts';
import { interruptible } from './evidence.ts';
import { sayFirstLink } from './first-link.ts';
import { importAll } from './importing.ts';
import { makeFolder } from './make-folder.ts';
import { servedLedger } from './served-ledger.ts';
import { configOf, withOrigin } from './server-config.ts';
import { version } from './version.ts';

/** How long a machine's own logs are waited for; and records that a ledger makes by itself at first. */
const LOOK_MS = 4000;
const OWN_RECORDS = 8;
const SAMPLE = fileURLToPath(new URL('../../sample/incident', import.meta.url));

/** What `spoor serve` is told. */
export interface ServeOptions {
  readonly data?: string;
  readonly config?: string;
}

/** Collects, keeps, indexes and shows until it is told to stop. Resolves with the exit code. */
export async function serveUntilTold(options: ServeOptions): Promise<number> {
  const paths = layout(resolve(options.data ?? defaultDataFolder(process.env, process.getuid?.() ?? 0)));
  const config = withOrigin(configOf(options.config, paths), paths);
  const json = process.stderr.isTTY !== true && process.env['SPOOR_LOG'] !== 'text';
  const log = new OwnLog({ write: (line) => process.stderr.write(line), json, nowMs: () => Date.now() });
  outliveOutput((what) => log.say('warn', 'output', what));
  const signal = interruptible();
  mustBeWhole(paths.data);
  await makeData(paths.data);
  const { keyFile } = config.ledger;
  const walls = {
    engine: await wallFor('engine', paths),
    signer: await wallFor('signer', paths, keyFile === undefined ? [] : [keyFile]),
  };
  if (process.getuid?.() === 0) sayWalls(log, Object.values(walls));
  const server = await serve({
    config,
    paths,
    log,
    version,
    databaseUrl: process.env['DATABASE_URL'],
    sources: [...collectors, ...listeners],
    ...servedLedger(paths, config, { wall: walls.signer, log }),
    ids: walls.engine.ids,
  });
  process.stdout.write(`Spoor keeps the logs of this machine in ${paths.data}\nOpen ${server.address}\n`);
  void sayFirstLink(server.accounts, paths.data, signal);
  if (options.config === undefined && !existsSync(paths.config)) await showSomething(server, paths, signal);
  await new Promise<void>((stop) => (signal.aborted ? stop() : signal.addEventListener('abort', () => stop())));
  process.stderr.write('spoor: stopping: what was taken is finished first\n');
  await server.stop();
  return 0;
}

/** A machine without readable logs of its own is shown the sample incident, and told so: an empty page teaches nothing. */
async function showSomething(server: Server, paths: Layout, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited < LOOK_MS && !signal.aborted; waited += 250) {
    if (server.keeper.size > OWN_RECORDS) return;
    await new Promise((done) => setTimeout(done, 250));
  }
  if (signal.aborted || !existsSync(SAMPLE)) return;
  process.stdout.write(
    'This machine has no logs that can be read here: the sample incident is shown (streams import-sample/…)\n',
  );
  const say = () => {};
  await importAll([SAMPLE], { label: 'sample' }, paths, { signal, onTaken: say, onRefused: say });
}

async function makeData(folder: string): Promise<void> {
  try {
    await makeFolder(folder, 0o751);
    chmodSync(folder, 0o751); // so that the children's accounts can pass
  } catch (cause) {
    throw new AppError('E_OUTPUT', `cannot keep data in ${folder}: ${(cause as Error).message}`, { cause });
  }
}

function sayWalls(log: OwnLog, walls: readonly Wall[]): void {
  for (const { part, account, missing } of walls)
    if (missing === null) log.say('info', part, `runs as ${account}`);
    else log.say('warn', part, missing);
}
