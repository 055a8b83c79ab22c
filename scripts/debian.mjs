import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

// Makes Debian packages of this checkout, of what is installed and built in it (npm run setup):
//   node scripts/debian.mjs OUT [--compression zstd|xz|none] [--without-engine]
// `spoor` is the program with the libraries that it runs with, `spoor-engine` the engine of the index. They are for this machine's kind.

const ROOT = resolve(new URL('..', import.meta.url).pathname);
const FORMS = join(ROOT, 'packaging/debian');
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };
/** What only compilers read. */
const NOT_RUN = /\.(?:map|d\.ts|d\.mts|d\.cts)$/;
const LIBRARY = 'usr/lib/spoor';
const DOCUMENTS = 'usr/share/doc/spoor';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { compression: { type: 'string', default: 'zstd' }, 'without-engine': { type: 'boolean', default: false } },
});
const out = resolve(positionals[0] ?? fail('where to? node scripts/debian.mjs OUT'));
const architecture = ARCHITECTURES[process.arch] ?? fail(`there is no package for ${process.arch}`);
const { version, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const node = /^>=(\d+\.\d+)\.0$/.exec(engines.node)?.[1] ?? fail(`package.json: engines.node is "${engines.node}"`);
if (!existsSync(join(ROOT, 'dist/cli/main.js'))) fail('not built yet: run "npm run setup" once');
mkdirSync(out, { recursive: true });

make('spoor', fillSpoor);
if (!values['without-engine']) make('spoor-engine', fillEngine);

/** Fills a folder as the package's files lie, and packs it. */
function make(name, fill) {
  const stage = mkdtempSync(join(tmpdir(), 'spoor-deb-'));
  try {
    fill(stage);
    const size = settle(stage);
    mkdirSync(join(stage, 'DEBIAN'), { mode: 0o755 });
    for (const file of ['control', 'conffiles', 'postinst', 'prerm', 'postrm'].filter((one) => has(name, one))) {
      const words = { VERSION: version, ARCHITECTURE: architecture, SIZE: String(Math.ceil(size / 1024)), NODE: node };
      const text = readFileSync(join(FORMS, name, file), 'utf8').replace(
        /@([A-Z]+)@/g,
        (all, key) => words[key] ?? all,
      );
      writeFileSync(join(stage, 'DEBIAN', file), text, { mode: file.startsWith('con') ? 0o644 : 0o755 });
    }
    const file = join(out, `${name}_${version}_${architecture}.deb`);
    const level = values.compression === 'zstd' ? ['-z9'] : []; // dpkg's own 19 takes minutes for 5 % less
    const args = [`-Z${values.compression}`, ...level, '--root-owner-group', '--build', stage, file];
    const { status, error } = spawnSync('dpkg-deb', args, { stdio: ['ignore', 2, 2] });
    if (status !== 0) fail(`dpkg-deb failed${error ? `: ${error.message}` : ''}`);
    process.stdout.write(`${file}\n`);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

function fillSpoor(stage) {
  const put = (from, to) => copy(join(ROOT, from), join(stage, to));
  for (const name of ['package.json', 'bin', 'dist', 'sample']) put(name, `${LIBRARY}/${name}`);
  put('engine/package.json', `${LIBRARY}/engine/package.json`);
  for (const path of libraries()) put(path, `${LIBRARY}/${path}`);
  mkdirSync(join(stage, 'usr/bin'), { recursive: true });
  symlinkSync('../lib/spoor/bin/spoor', join(stage, 'usr/bin/spoor'));
  for (const name of ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'docs']) put(name, `${DOCUMENTS}/${name}`);
  put('packaging/debian/spoor/copyright', `${DOCUMENTS}/copyright`);
  put('packaging/debian/spoor/spoor.yml', 'etc/spoor/spoor.yml');
  put('packaging/systemd/spoor.service', 'usr/lib/systemd/system/spoor.service');
  for (const kind of ['sysusers.d', 'tmpfiles.d'])
    put(`packaging/systemd/${kind}/spoor.conf`, `usr/lib/${kind}/spoor.conf`);
}

function fillEngine(stage) {
  const modules = join(ROOT, 'engine/node_modules');
  const native = join(modules, '@chdb');
  if (!existsSync(native) || !readdirSync(native).some((name) => name.startsWith(`lib-linux-${process.arch}`)))
    fail(
      `the engine is not installed here, or there is none for ${process.arch}: --without-engine makes the other package`,
    );
  copy(modules, join(stage, LIBRARY, 'engine/node_modules'));
  copy(join(FORMS, 'spoor/copyright'), join(stage, 'usr/share/doc/spoor-engine/copyright'));
}

/** The folders of the libraries that run with Spoor and are installed here, by the lock file; one in another is not named again. */
function libraries() {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const wanted = Object.keys(packages).filter((path) => path !== '' && !packages[path].dev);
  const missing = wanted.filter((path) => !packages[path].optional && !packages[path].devOptional && !there(path));
  if (missing.length > 0) fail(`not installed: ${missing.slice(0, 5).join(', ')}: run "npm run setup" once`);
  return wanted.filter(there);
}

function there(path) {
  return existsSync(join(ROOT, path, 'package.json'));
}

/** Copies a file or a folder; a library's own libraries are named in the lock file by themselves. */
function copy(from, to) {
  const ours = !from.endsWith('node_modules');
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !NOT_RUN.test(path) && !(ours && path !== from && path.endsWith('/node_modules')),
  });
}

/** Gives everything the rights that files of a package have; the bytes of all of it. */
function settle(folder) {
  let bytes = 0;
  chmodSync(folder, 0o755);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = lstatSync(path);
    if (found.isDirectory()) bytes += settle(path) + 4096;
    else if (!found.isSymbolicLink()) {
      chmodSync(path, statSync(path).mode & 0o111 ? 0o755 : 0o644);
      bytes += found.size;
    }
  }
  return bytes;
}

function has(name, file) {
  return existsSync(join(FORMS, name, file));
}

function fail(words) {
  process.stderr.write(`debian: ${words}\n`);
  process.exit(1);
}
