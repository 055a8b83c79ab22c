import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Programs of others that check what we made. They are not ours to bring along: `strangers/setup.sh DIR sid` unpacks Debian's packages
// without installing them, and SPOOR_STRANGERS=DIR names where; a full run fetches them by itself.

const SETUP = new URL('./strangers/setup.sh', import.meta.url).pathname;
const MINUTES = 60_000;

export const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** Says that a program of others was asked, or was not, and why. Where tests run for everybody (CI) nothing may be missing that is installed there. */
export const ran = (what: string) => void process.stderr.write(`strangers: RAN ${what}\n`);
export const skipped = (what: string) => void process.stderr.write(`strangers: SKIPPED ${what}\n`);

/** The folder that `setup.sh` filled; null without. */
export function unpackedFolder(): string | null {
  const given = process.env['SPOOR_STRANGERS'];
  if (given !== undefined) return given;
  const folder = join(tmpdir(), 'spoor-strangers-sid');
  if (existsSync(join(folder, 'env'))) return folder;
  if (!process.env['SPOOR_FULL'] || !has('apt-get') || process.getuid?.() !== 0) return null;
  return fetched(folder) ? folder : null;
}

/** Fetches them once, however many test files ask. */
function fetched(folder: string): boolean {
  const lock = `${folder}.lock`;
  try {
    mkdirSync(lock);
  } catch {
    for (let waited = 0; existsSync(lock) && waited < 15 * MINUTES; waited += 500)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    return existsSync(join(folder, 'env'));
  }
  try {
    const { status, stderr } = spawnSync('sh', [SETUP, folder, 'sid'], { encoding: 'utf8', timeout: 15 * MINUTES });
    if (status !== 0) skipped(`Debian's newer packages cannot be had: ${(stderr ?? '').trim().split('\n').slice(-1)}`);
    return status === 0;
  } finally {
    rmSync(lock, { recursive: true });
  }
}

/** How to run Go with golang.org/x/mod, outside of modules; null where there is none. A Go on this machine has it within it. */
export function goWithMod(scratch: string): NodeJS.ProcessEnv | null {
  const unpacked = unpackedFolder();
  if (unpacked !== null) return unpackedEnv(unpacked, scratch);
  const root = has('go') ? execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim() : '';
  const within = join(root, 'src/cmd/vendor/golang.org/x/mod');
  if (root === '' || !existsSync(join(within, 'sumdb'))) return null;
  cpSync(within, join(scratch, 'src/golang.org/x/mod'), { recursive: true });
  return {
    ...process.env,
    GOPATH: scratch,
    GO111MODULE: 'off',
    GOFLAGS: '',
    GOPROXY: 'off',
    CGO_ENABLED: '0',
    GOCACHE: join(scratch, 'cache'),
  };
}

function unpackedEnv(folder: string, scratch: string): NodeJS.ProcessEnv {
  const said = execFileSync('sh', ['-c', `. ${JSON.stringify(join(folder, 'env'))}; env`], { encoding: 'utf8' });
  const env = Object.fromEntries(said.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));
  return { ...env, GOPATH: `${scratch}:${env['GOPATH']}` };
}

/** Builds a Go program of one file; gives the program, or null and says why not. */
export function goProgram(name: string, source: string, scratch: string, env: NodeJS.ProcessEnv): string | null {
  const folder = join(scratch, 'src', name);
  mkdirSync(folder, { recursive: true });
  cpSync(source, join(folder, 'main.go'));
  const program = join(scratch, `${name}.bin`);
  const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: folder, env, encoding: 'utf8' });
  if (built.status === 0) return program;
  skipped(`${name}: ${(built.stderr ?? String(built.error)).slice(0, 300)}`);
  return null;
}
