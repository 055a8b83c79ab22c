import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { has, missing } from '../src/listeners/fixtures/programs.ts';
import { ROOT } from './e2e/program.ts';

// Debian's package: made, looked into, installed into a root of its own, used, taken away again.

const noTools = missing('dpkg-deb (dpkg)', has('dpkg-deb')) || missing('dpkg', has('dpkg'));
const isRoot = process.getuid?.() === 0;
const folder = mkdtempSync(join(tmpdir(), 'spoor-deb-test-'));
const root = join(folder, 'root');
let deb = '';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  if (noTools) return;
  const args = ['scripts/debian.mjs', folder, '--compression', 'none', '--without-engine'];
  deb = execFileSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
});

const said = (program: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64e6, timeout: 300_000 });
  return { status, words: stdout + stderr };
};

/**
 * dpkg on the other root: our scripts know of DPKG_ROOT, so nothing has to be changed into. The libraries stay out, for thousands of files
 * take their time; the checkout's stand in for them.
 */
const dpkg = (...args: string[]) =>
  said(
    'dpkg',
    `--root=${root}`,
    '--force-script-chrootless',
    '--force-depends',
    '--force-unsafe-io',
    '--path-exclude=/usr/lib/spoor/node_modules/*',
    '--log=/dev/null',
    ...args,
  );

test.skipIf(noTools)('holds the program with what it runs with, and nothing that it does not', () => {
  const files = said('dpkg-deb', '-c', deb).words.split('\n');
  const paths = new Set(files.map((line) => line.split(/\s+/)[5]?.replace(/^\./, '') ?? ''));
  for (const path of [
    '/usr/bin/spoor',
    '/usr/lib/spoor/dist/cli/main.js',
    '/usr/lib/spoor/node_modules/fastify/package.json',
    '/usr/lib/systemd/system/spoor.service',
    '/usr/lib/sysusers.d/spoor.conf',
    '/usr/lib/tmpfiles.d/spoor.conf',
    '/usr/share/doc/spoor/copyright',
    '/etc/spoor/spoor.yml',
  ])
    expect(paths).toContain(path);
  expect(
    [...paths].filter((path) =>
      /\/node_modules\/(?:typescript|vitest|@biomejs|tsx)\/|\/engine\/node_modules\//.test(path),
    ),
  ).toEqual([]);
  const loose = files.filter(
    (line) => /^[-d]/.test(line) && (!/^.{5}-..-. root\/root /.test(line) || /^.{3}[sS]/.test(line)),
  );
  expect(loose).toEqual([]);
  const control = said('dpkg-deb', '-f', deb).words;
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { engines: { node: string } };
  const [needed = ''] = /\d+\.\d+/.exec(engines.node) ?? [];
  expect(control).toContain(`Depends: nodejs (>= ${needed})`);
  for (const told of ['README.md', 'docs/guides/service.md'])
    expect(readFileSync(join(ROOT, told), 'utf8')).toContain(`Node ${needed} or later`);
  expect(control).toMatch(/^Architecture: (?:amd64|arm64)$/m);
  expect(control).not.toMatch(/@[A-Z]+@/);
});

test.skipIf(noTools || !isRoot)('is installed, works, is installed again, and leaves the data at a purge', () => {
  mkdirSync(join(root, 'var/lib/dpkg/info'), { recursive: true });
  mkdirSync(join(root, 'var/lib/dpkg/updates'));
  mkdirSync(join(root, 'etc'));
  for (const name of ['status', 'available']) writeFileSync(join(root, 'var/lib/dpkg', name), '');
  for (const name of ['passwd', 'group'])
    writeFileSync(join(root, 'etc', name), `root:x:0:${name === 'group' ? '' : '0::/root:/bin/sh'}\n`);

  expect(dpkg('-i', deb)).toMatchObject({ status: 0 });
  const libraries = join(root, 'usr/lib/spoor/node_modules');
  rmSync(libraries, { recursive: true, force: true });
  symlinkSync(join(ROOT, 'node_modules'), libraries);
  const accounts = readFileSync(join(root, 'etc/passwd'), 'utf8');
  for (const part of ['engine', 'state', 'signer']) expect(accounts).toMatch(new RegExp(`^spoor-${part}:`, 'm'));
  const data = join(root, 'var/lib/spoor');
  expect(lstatSync(data).mode & 0o777).toBe(0o751);
  expect(readlinkSync(join(data, 'spoor.yml'))).toBe('/etc/spoor/spoor.yml');
  const spoor = join(root, 'usr/bin/spoor');
  expect(said(spoor, '--version')).toEqual({ status: 0, words: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  const config = join(root, 'etc/spoor/spoor.yml');
  expect(said(spoor, 'config', 'check', '--data', join(folder, 'none'), '--config', config)).toMatchObject({
    status: 0,
    words: expect.stringMatching(/^The configuration is right/),
  });
  expect(said(spoor, 'investigate', join(root, 'usr/lib/spoor/sample/incident'), '--tz', 'UTC').status).toBe(0);

  rmSync(libraries); // dpkg would go through the link, and tend what is ours
  writeFileSync(config, '# ours\nsources: []\n');
  writeFileSync(join(data, 'kept'), 'a ledger');
  expect(dpkg('-i', '--force-confold', deb)).toMatchObject({ status: 0 });
  expect(readFileSync(config, 'utf8')).toMatch(/^# ours/);
  expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toBe(accounts);

  expect(dpkg('-r', 'spoor')).toMatchObject({ status: 0 });
  expect([existsSync(spoor), existsSync(config)]).toEqual([false, true]);
  expect(dpkg('-P', 'spoor')).toMatchObject({
    status: 0,
    words: expect.stringMatching(/all else in \/var\/lib\/spoor is kept/),
  });
  expect([existsSync(config), existsSync(join(data, 'kept')), existsSync(join(root, 'usr/lib/spoor'))]).toEqual([
    false,
    true,
    false,
  ]);
});

test.skipIf(noTools)('its scripts are ones of a plain shell', () => {
  for (const script of ['postinst', 'prerm', 'postrm'])
    expect(said('sh', '-n', join(ROOT, 'packaging/debian/spoor', script))).toEqual({ status: 0, words: '' });
});
