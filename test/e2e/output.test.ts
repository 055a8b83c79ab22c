import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { makeTar } from '../archives.ts';
import { BREACH, OWN_TIME, put } from './own-logs.ts';
import { runProgram, SPOOR, scratch, spoor, storyOf } from './program.ts';

const at = scratch();
const LOG = put(at('auth.log'), BREACH);

/** Runs `spoor investigate --csv FOLDER` with a disk of this kind at FOLDER, in a mount namespace of its own; null where that cannot be. */
async function onDisk(options: string, disk: string, below: string) {
  mkdirSync(disk, { recursive: true });
  const script = `mount -t tmpfs -o ${options} none "$1" || exit 99
    "$2" "$3" investigate --csv "$1$4" "\${@:5}"; code=$?; echo "left: $(ls -A "$1")"; exit $code`;
  const args = ['--mount', 'bash', '-c', script, 'bash', disk, process.execPath, SPOOR, below, ...OWN_TIME, LOG];
  const ran = await runProgram('unshare', args).catch(() => null);
  if (ran === null || ran.code === 99 || ran.stderr.startsWith('unshare:')) {
    console.warn('SKIPPED: cannot mount here');
    return null;
  }
  return ran;
}

describe('tables that cannot be written', () => {
  test('a full disk: no table, half a table or draft is left', async () => {
    const ran = await onDisk('size=8k', at('full'), '');
    if (ran === null) return;
    expect(ran.code).toBe(74);
    expect(ran.stderr).toMatch(
      /^spoor: cannot write "[^"]*\/full\/\w+\.csv": the disk is full \(ENOSPC\) \(E_OUTPUT\)\n$/,
    );
    expect(ran.stdout).toBe('left: \n');
  });

  test.each(['', '/tables', '/deep/er'])('a read-only disk is called so (FOLDER%s)', async (below) => {
    const ran = await onDisk('ro', at(`read-only${below.length}`), below);
    if (ran === null) return;
    expect([ran.code, ran.stdout]).toEqual([74, 'left: \n']);
    expect(ran.stderr).toMatch(/^spoor: cannot write "[^"]+": the disk is read-only \(EROFS\) \(E_OUTPUT\)\n$/);
  });

  test('a folder in the place of a table: nothing is written', async () => {
    mkdirSync(at('taken/sessions.csv/below'), { recursive: true });
    const { code, stderr } = await spoor(['investigate', '--csv', at('taken'), ...OWN_TIME, LOG]);
    expect(code).toBe(74);
    expect(stderr).toMatch(/sessions\.csv": a folder is in its place \(EISDIR\) \(E_OUTPUT\)\n$/);
    expect(readdirSync(at('taken'))).toEqual(['sessions.csv']);
  });

  test('all is well: tables and nothing else', async () => {
    const { code } = await spoor(['investigate', '--csv', at('new/folder'), ...OWN_TIME, LOG]);
    expect(code).toBe(0);
    expect(readdirSync(at('new/folder')).every((name) => /^\w+\.csv$/.test(name))).toBe(true);
    expect(readFileSync(at('new/folder/entries.csv'), 'utf8').split('\r\n').length).toBe(3);
    expect(existsSync(at('new/folder/inputs.csv'))).toBe(true);
  });
});

describe('nothing could be read: the code of the first reason', () => {
  const packed = gzipSync(BREACH);
  const cut = put(at('cut.gz'), packed.subarray(0, 12));
  const nested = Array.from({ length: 6 }).reduce<Buffer>((inner) => makeTar([{ name: 'a.tar', body: inner }]), packed);
  const deep = put(at('deep.tar'), nested);

  test.each([
    [[cut], 65, 'E_MALFORMED'],
    [[deep], 65, 'E_TOO_LARGE'],
    [[cut, at('none')], 65, 'E_MALFORMED'],
    [[at('absent'), deep], 66, 'E_NOT_FOUND'],
  ])('%s', async (paths, code, name) => {
    const ran = await spoor(['investigate', '--json', ...paths]);
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout: '' });
    expect(ran.stderr).toMatch(new RegExp(`^spoor: nothing to read: "[^"]+": [^\\n]+ \\(${name}\\)\\n$`));
  });

  test('with anything beside it, it is told and no error', async () => {
    const { inputs } = await storyOf([...OWN_TIME, cut, deep, LOG]);
    expect(inputs.filter(({ refused }) => refused === null)).toMatchObject([{ path: LOG, lines: 34 }]);
    expect(inputs.length).toBeGreaterThan(2);
  });
});

test('the same log twice is counted once', async () => {
  put(at('twice/auth.log'), BREACH);
  put(at('twice/auth.log.bak'), BREACH);
  const story = await storyOf([...OWN_TIME, at('twice')]);
  expect(story.totals).toMatchObject({ lines: 34, failures: 30 });
  expect(story.sessions.length).toBe(1);
  expect(story.inputs.map(({ refused, lines }) => [refused, lines])).toEqual([
    [null, 34],
    [`the same content as ${at('twice/auth.log')}`, 0],
  ]);
});
