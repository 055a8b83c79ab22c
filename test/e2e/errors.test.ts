import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { spoor as here } from '../here.ts';
import { BREACH, OWN_TIME, put, sshd } from './own-logs.ts';
import { ROOT, runProgram, SPOOR, scratch, spoor, storyOf } from './program.ts';

const at = scratch();
const LOG = put(at('auth.log'), BREACH);
const TWO = put(at('two.log'), BREACH + sshd('2026-03-09T11:00:00Z', 9, 'Server listening on 0.0.0.0 port 22.', 'db2'));
const refusals = (inputs: readonly { path: string; refused: string | null; lines: number }[]) =>
  inputs.map(({ path, refused, lines }) => [path.slice(at('').length + 1), refused, lines]);

/** What is wrong with each command line, and the code at the end of its message. */
const WRONG: readonly [args: string, code: number, message: string][] = [
  ['investigate --tz Mars/Base LOG', 64, 'unknown time zone "Mars/Base"'],
  ['investigate --since never LOG', 64, '--since "never" is no instant'],
  ['investigate --until 9d9 LOG', 64, '--until "9d9" is no instant'],
  ['investigate --now x LOG', 64, '--now "x" is no instant'],
  ['investigate --top many LOG', 64, '"many" is not a whole number'],
  ['investigate --columns -5 LOG', 64, '"-5" is not a whole number'],
  ['investigate --fail-on quiet LOG', 64, '--fail-on "quiet": give attacked or breached'],
  ['investigate --blocklist pf LOG', 64, '--blocklist "pf": give one of aws-sg, aws-waf, ipset, iptables, nft, ufw'],
  ['investigate --blocklist nft --expire 3y LOG', 64, '--expire "3y" is no duration'],
  ['investigate --blocklist nft --expire 0d LOG', 64, '--expire "0d" is no duration'],
  [
    'investigate --blocklist ufw --expire 3d LOG',
    64,
    '--expire has a meaning only with --blocklist ipset or --blocklist nft',
  ],
  ['investigate --keep 10.0.0.0/99 LOG', 64, '10.0.0.0/99'],
  ['investigate --csv LOG/below LOG', 64, 'cannot write there'],
  ['investigate --session s999 LOG', 66, 'no session "s999"'],
  ['investigate --attacker 192.0.2.1 LOG', 66, 'nothing in these logs is from "192.0.2.1"'],
  ['investigate --host nowhere TWO', 66, 'no host "nowhere"'],
  ['investigate --tz web1=Mars LOG', 64, 'unknown time zone "Mars"'],
  ['investigate NONE', 66, 'no such file or folder'],
  ['investigate NONE NONE2 --json', 66, 'no such file or folder'],
  ['investigate --geoip NONE LOG', 78, 'cannot use geo file'],
  ['investigate --geoip LOG LOG', 78, 'cannot use geo file'],
  ['parse NONE', 66, 'cannot read'],
  ['parse .', 64, '"." is a folder'],
  ['parse --format nonsense LOG', 64, 'unknown format "nonsense"'],
  ['parse --now x LOG', 64, '--now "x" is not an instant'],
  ['parse --tz Mars LOG', 64, 'unknown time zone "Mars"'],
];
const CODES: Readonly<Record<number, string>> = { 64: 'E_USAGE', 66: 'E_NOT_FOUND', 78: 'E_CONFIG' };

describe('what the caller got wrong: nothing on stdout, one line that says why, its code', () => {
  test.each(WRONG)('spoor %s', async (args, code, message) => {
    const words = args
      .split(' ')
      .map((word) => word.replace('LOG', LOG).replace('TWO', TWO).replace('NONE', at('none')));
    const ran = await here(words);
    expect({ code: ran.status, stdout: ran.stdout }).toEqual({ code, stdout: '' });
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).toMatch(new RegExp(`^spoor: [^\\n]+ \\(${CODES[code]}\\)\\n$`));
  });

  test.each([
    ['investigate --bogus', "unknown option '--bogus'"],
    ['nonsense', "unknown command 'nonsense'"],
    ['parse', "missing required argument 'file'"],
    ['parse a b', 'too many arguments'],
    ['investigate --tz', 'argument missing'],
  ])('spoor %s', async (args, message) => {
    const { status, stdout, stderr } = await here(args.split(' '));
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toBe(`${stderr.split('\n')[0]}\n(spoor --help lists the commands)\n`);
    expect(stderr).toContain(message);
  });

  test('help is no error', async () => {
    const [help, of] = [await here(['--help']), await here(['help', 'investigate'])];
    expect([help.status, help.stderr, of.status, of.stderr]).toEqual([0, '', 0, '']);
    expect(help.stdout).toContain('investigate');
    expect(of.stdout).toContain('--fail-on');
  });
});

describe('what cannot be read is told, and the rest goes on', () => {
  test('no such file, a folder without files, a device, a pipe in a folder', async () => {
    mkdirSync(at('empty'));
    mkdirSync(at('mixed'));
    execFileSync('mkfifo', [at('mixed/pipe')]);
    put(at('mixed/auth.log'), BREACH);
    const story = await storyOf([...OWN_TIME, at('none'), at('empty'), '/dev/null', at('mixed')]);
    expect(story.verdict).toBe('breached');
    expect(refusals(story.inputs.filter(({ path }) => path !== '/dev/null'))).toEqual([
      ['mixed/auth.log', null, 34],
      ['mixed/pipe', 'pipe, socket or device: never opened', 0],
      ['none', 'no such file or folder', 0],
    ]);
  });

  test('an empty folder alone cannot tell, and that is an answer', async () => {
    mkdirSync(at('void'));
    const story = await storyOf([at('void')]);
    expect(story).toMatchObject({
      verdict: 'cannot_tell',
      entries: [],
      attackers: [],
      inputs: [],
      from: null,
      to: null,
    });
    const { code, stdout } = await spoor(['investigate', at('void')]);
    expect(code).toBe(0);
    expect(stdout).toContain('CANNOT TELL');
    expect((await storyOf(['/dev/null'])).verdict).toBe('cannot_tell');
  });

  test('links that go round, lead out or nowhere', async () => {
    mkdirSync(at('links/deep'), { recursive: true });
    put(at('links/auth.log'), BREACH);
    symlinkSync('..', at('links/deep/up'));
    symlinkSync('.', at('links/self'));
    symlinkSync('a', at('links/b'));
    symlinkSync('b', at('links/a'));
    symlinkSync('/etc', at('links/out'));
    symlinkSync('auth.log', at('links/auth.log.link'));
    const { inputs, totals } = await storyOf([...OWN_TIME, at('links')]);
    expect(totals.lines).toBe(34);
    const told = refusals(inputs).map(([path, refused, lines]) => [path, refused === null ? null : 'told', lines]);
    expect(told).toEqual(
      expect.arrayContaining([
        ['links/auth.log', null, 34],
        ['links/out', 'told', 0],
      ]),
    );
    expect(told.filter(([, refused]) => refused === null)).toHaveLength(1);
  });

  test('broken archives and bombs', async () => {
    const gz = gzipSync(BREACH.repeat(50));
    put(at('broken/cut.log.gz'), gz.subarray(0, gz.length / 2));
    put(at('broken/zip.zip'), Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(200, 1)]));
    const zeros = gzipSync(Buffer.alloc(2 ** 26));
    put(at('broken/bomb.gz'), Buffer.concat(Array.from({ length: 16 }, () => zeros)));
    put(at('broken/z.log'), BREACH);
    const { verdict, inputs } = await storyOf([...OWN_TIME, at('broken')]);
    expect(verdict).toBe('breached');
    const told = new Map(inputs.map(({ path, refused }) => [path.slice(at('broken/').length), refused]));
    expect(told.get('z.log')).toBeNull();
    expect(told.get('bomb.gz')).toMatch(/^refused as a decompression bomb/);
    expect(told.get('cut.log.gz')).toMatch(/./);
    expect(told.get('zip.zip')).toMatch(/./);
  });

  test('a file that may not be read, as somebody who is not root', async () => {
    const root = process.getuid?.() === 0;
    const prefix = root ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : ['env'];
    const run = (args: readonly string[]) =>
      runProgram(prefix[0] ?? '', [...prefix.slice(1), process.execPath, SPOOR, ...args], { cwd: '/' });
    if ((await run(['--help']).catch(() => null))?.code !== 0) {
      console.warn('SKIPPED: cannot run as somebody else here');
      return;
    }
    mkdirSync(at('secret/locked'), { recursive: true });
    chmodSync(at(''), 0o755);
    put(at('secret/open.log'), BREACH);
    chmodSync(put(at('secret/closed.log'), BREACH), 0);
    chmodSync(at('secret/locked'), 0);
    const some = await run(['investigate', '--json', ...OWN_TIME, at('secret')]);
    expect([some.code, some.stderr]).toEqual([0, '']);
    expect(refusals(JSON.parse(some.stdout).inputs)).toEqual([
      ['secret/closed.log', 'may not be read (permission denied)', 0],
      ['secret/locked', 'may not be read (permission denied)', 0],
      ['secret/open.log', null, 34],
    ]);
    const none = await run(['investigate', at('secret/closed.log')]);
    expect({ code: none.code, stdout: none.stdout }).toEqual({ code: 77, stdout: '' });
    expect(none.stderr).toMatch(/^spoor: [^\n]+ \(E_UNREADABLE\)\n$/);
    const parse = await run(['parse', at('secret/closed.log')]);
    expect({ code: parse.code, stdout: parse.stdout }).toEqual({ code: 77, stdout: '' });
    chmodSync(at('secret/locked'), 0o755);
  });
});

test('not built, it says what to do', () => {
  mkdirSync(at('checkout/bin'), { recursive: true });
  writeFileSync(at('checkout/bin/spoor.mjs'), readFileSync(join(ROOT, 'bin/spoor')));
  const { status, stderr } = spawnSync(process.execPath, [at('checkout/bin/spoor.mjs')], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 78,
    stderr: 'spoor: not built yet: run "npm start" (or "npm run setup") once\n',
  });
});
