import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { generateAuth } from '../../bench/generate-auth.ts';
import { storySchema } from '../../src/report/schema.ts';
import { OWN_TIME } from './own-logs.ts';
import { cleanEnv, runProgram, SPOOR, scratch } from './program.ts';

const at = scratch();
const COPIES = 20;
const LINES = 100_000;
let once100k: Buffer;

beforeAll(async () => {
  generateAuth({ path: at('part.log'), lines: LINES });
  once100k = readFileSync(at('part.log'));
  const big = createWriteStream(at('big.log'));
  for (let copy = 0; copy < COPIES; copy++) if (!big.write(once100k)) await once(big, 'drain');
  big.end();
  await once(big, 'finish');
});

interface Running {
  readonly child: ReturnType<typeof spawn>;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function start(args: readonly string[]): Running {
  const child = spawn(process.execPath, [SPOOR, ...args], { env: cleanEnv(), stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (piece) => {
    stdout += piece;
  });
  child.stderr.on('data', (piece) => {
    stderr += piece;
  });
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { child, ended };
}

/** Waits until a process reads the file: its signal handlers stand by then. */
async function reads(pid: number, path: string): Promise<void> {
  for (;;) {
    try {
      if (readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === path)) return;
    } catch {
      // a descriptor that was closed between the two calls
    }
    await pause(5);
  }
}

function partial({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }, lines: number) {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const story = storySchema.parse(JSON.parse(stdout));
  expect(story.partial).toBe(true);
  expect(story.totals.lines).toBeLessThan(lines);
  return story;
}

const onLinux = test.skipIf(process.platform !== 'linux');

onLinux.each(['SIGINT', 'SIGTERM'] as const)(
  '%s while a long file is read: what is known is told as partial',
  async (signal) => {
    const { child, ended } = start(['investigate', '--json', '--tz', 'UTC', at('big.log')]);
    await reads(child.pid ?? 0, at('big.log'));
    child.kill(signal);
    const { inputs } = partial(await ended, COPIES * LINES);
    expect(inputs).toMatchObject([{ path: at('big.log'), sha256: '' }]); // not hashed to its end: no hash is claimed
  },
);

onLinux('on the terminal’s screen it is said as well', async () => {
  const { child, ended } = start(['investigate', '--tz', 'UTC', at('big.log')]);
  await reads(child.pid ?? 0, at('big.log'));
  child.kill('SIGINT');
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/partial|stopped|before all was read|part of/i);
});

/** Waits until no thread of a process has anything to do. */
async function rests(pid: number): Promise<void> {
  for (let quiet = 0; quiet < 5; ) {
    await pause(20);
    quiet = threads(pid).every((state) => state === 'S') ? quiet + 1 : 0;
  }
}

/** What each of them is about (proc_pid_stat(5)): `S` waits, for nothing that the disk is to give. */
function threads(pid: number): string[] {
  try {
    const stats = readdirSync(`/proc/${pid}/task`).map((id) => readFileSync(`/proc/${pid}/task/${id}/stat`, 'latin1'));
    return stats.map((stat) => stat.charAt(stat.lastIndexOf(') ') + 2));
  } catch {
    return ['?']; // one ended between the two calls
  }
}

/** A run that has taken some copies from standard input, which stays open, when it is interrupted. */
async function interrupted(copies: number, ready?: (pid: number) => Promise<void>) {
  const { child, ended } = start(['investigate', '--json', '--tz', 'UTC', '-']);
  for (let copy = 0; copy < copies; copy++)
    if (!child.stdin?.write(once100k)) await once(child.stdin as NodeJS.WritableStream, 'drain');
  await ready?.(child.pid ?? 0);
  child.kill('SIGINT');
  return partial(await ended, Number.POSITIVE_INFINITY);
}

test('while standard input stays open: it ends all the same', async () => {
  expect((await interrupted(3)).inputs).toMatchObject([{ path: '-' }]);
});

// 64 MiB are held until a year can be told; then they are read, and what comes behind them is held again.
onLinux('and what was read of it is told', async () => {
  expect((await interrupted(7, rests)).totals.lines).toBeGreaterThan(5 * LINES);
});

test.each(['parse', 'investigate --json', 'investigate --timeline'])(
  '"%s FILE | head -n 1" is quiet',
  async (command) => {
    const line = `set -o pipefail; "$0" "$1" ${command} --tz UTC "$2" | head -n 1 >/dev/null; echo "\${PIPESTATUS[0]}"`;
    const { code, stdout, stderr } = await runProgram('bash', ['-c', line, process.execPath, SPOOR, at('part.log')]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '0\n', stderr: '' });
  },
);

test('a full disk is told', async () => {
  const { code, stderr } = await runProgram('bash', [
    '-c',
    `"$0" "$1" parse "$2" >/dev/full`,
    process.execPath,
    SPOOR,
    at('part.log'),
  ]);
  expect(code).toBe(74);
  expect(stderr).toMatch(/^spoor: cannot write the output: [^\n]*\n$/);
});

test('a slow reader gets every event', async () => {
  const line = '"$0" "$1" parse "$2" | (sleep 1; wc -l)';
  const { stdout } = await runProgram('bash', ['-c', line, process.execPath, SPOOR, at('part.log')]);
  expect(Number(stdout)).toBe(once100k.toString('latin1').split('\n').length - 1);
});

test('nothing is left open: the program ends by itself at once', async () => {
  const { code } = await runProgram('bash', [
    '-c',
    '"$0" "$1" investigate --json - <<<""',
    process.execPath,
    SPOOR,
    ...OWN_TIME,
  ]);
  expect(code).toBe(0);
});
