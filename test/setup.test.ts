import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { ROOT } from './built.ts';

// `npm run setup` on a checkout that is made up, with a compiler that does as it is told; and `npm start` on this one.

const base = mkdtempSync(join(tmpdir(), 'spoor-setup-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/**
 * Stands for the compiler: says that it begins, and whether the build before is there; waits for the file "go", with a child of its own; then
 * writes what is in the folder "src" to where it is to.
 */
const COMPILER = `
import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, existsSync } from 'node:fs';
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
appendFileSync('began', JSON.stringify({ before: existsSync('dist/cli/main.js'), pids: [process.pid, child.pid] }) + '\\n');
while (!existsSync('go')) await new Promise((done) => setTimeout(done, 20));
child.kill();
cpSync('src', process.argv[process.argv.indexOf('--outDir') + 1], { recursive: true });
`;

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

class Checkout {
  readonly folder: string;

  constructor(name: string) {
    this.folder = join(base, name);
    this.write('package-lock.json', '{}');
    this.write('engine/package-lock.json', '{}');
    this.write('engine/node_modules/chdb/package.json', '{}');
    this.write('tsconfig.json', '{}');
    this.write('node_modules/typescript/bin/tsc', COMPILER);
    this.write('node_modules/typescript/package.json', '{"type": "module"}');
    this.write('src/cli/main.js', 'new');
    this.write('dist/cli/main.js', 'old');
    this.write('.setup.json', JSON.stringify({ lock: digest('{}'), engine: digest('{}'), sources: 'of before' }));
    cpSync(join(ROOT, 'scripts/setup.mjs'), join(this.folder, 'scripts/setup.mjs'));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  setUp(): ChildProcess {
    return spawn(process.execPath, ['scripts/setup.mjs'], { cwd: this.folder, stdio: 'ignore' });
  }

  /** What the compiler said at each of its beginnings. */
  began(): { before: boolean; pids: number[] }[] {
    const path = join(this.folder, 'began');
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as { before: boolean; pids: number[] });
  }

  built(): string {
    return readFileSync(join(this.folder, 'dist/cli/main.js'), 'utf8');
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(20);
}

const endOf = async (child: ChildProcess) => {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
};

/** A process without a parent may stay in the list, dead, where nothing collects such. */
const alive = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

describe.skipIf(process.platform !== 'linux')('a set-up', () => {
  test('builds once for all who want it at once, and what was there stays until it is done', async () => {
    const checkout = new Checkout('at-once');
    const all = [checkout.setUp(), checkout.setUp(), checkout.setUp()].map(endOf);
    await until(() => checkout.began().length > 0);
    expect([checkout.began()[0]?.before, checkout.built()]).toEqual([true, 'old']);
    checkout.write('go', '');
    expect(await Promise.all(all)).toEqual([0, 0, 0]);
    expect([checkout.built(), checkout.began().length]).toEqual(['new', 1]);
    expect(readdirSync(checkout.folder).filter((name) => name.startsWith('dist'))).toEqual(['dist']);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('that is ended by %s takes with it what it started, and spoils nothing', async (signal, code) => {
    const checkout = new Checkout(signal);
    const first = checkout.setUp();
    const end = endOf(first);
    await until(() => checkout.began().length > 0);
    first.kill(signal);
    expect([await end, checkout.built()]).toEqual([code, 'old']);
    const pids = checkout.began().flatMap((one) => one.pids);
    await until(() => !pids.some(alive));
    checkout.write('go', '');
    expect([await endOf(checkout.setUp()), checkout.built()]).toEqual([0, 'new']);
    expect(await endOf(checkout.setUp())).toBe(0); // finds nothing to do
    expect(checkout.began()).toHaveLength(2);
  });
});

describe.skipIf(process.platform !== 'linux')('npm start', () => {
  test.each([
    ['SIGTERM to npm', (npm: number) => process.kill(npm, 'SIGTERM')],
    ['Ctrl-C, which the terminal tells all of them', (npm: number) => process.kill(-npm, 'SIGINT')],
  ])('%s: ends in order, and nothing is left', async (name, tell) => {
    const folder = join(base, `witness-${name.length}`);
    const args = ['start', '--silent', '--', 'witness', 'serve', '--dir', folder, '--listen', '127.0.0.1:0'];
    const npm = spawn('npm', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    const end = endOf(npm);
    for await (const said of npm.stdout) if (/^http:/m.test(String(said))) break;
    const started = processesOf(npm.pid ?? 0);
    expect(started.length).toBeGreaterThan(1);
    tell(npm.pid ?? 0);
    expect([0, null]).toContain(await end); // null: it had ended all but itself when npm told it once more
    await until(() => !started.some(alive));
  });
});

/** All of a process group. */
function processesOf(group: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) === group;
    } catch {
      return false; // gone meanwhile
    }
  });
}
