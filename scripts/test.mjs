import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBrowser, installBrowser } from './browser.mjs';
import { ended, run, say, setup } from './setup.mjs';

const SYSLOG_NG = ['syslog-ng-core', 'libivykis0', 'libjson-c5', 'libnet1', 'libpcre3', 'libwrap0'];
/** By what a program is told to be there, the packages of Debian that bring it. */
const TOOLS = {
  nft: ['nftables'],
  ipset: ['ipset'],
  iptables: ['iptables'],
  ufw: ['ufw'],
  zip: ['zip'],
  xz: ['xz-utils'],
  zstd: ['zstd'],
  bzip2: ['bzip2'],
  strace: ['strace'],
  curl: ['curl'],
  openssl: ['openssl'],
  logger: ['bsdutils'],
  rsyslogd: ['rsyslog'],
  '/usr/lib/*/rsyslog/omrelp.so': ['rsyslog-relp'],
  '/usr/lib/*/rsyslog/lmnsd_gtls.so': ['rsyslog-gnutls'],
  logrotate: ['logrotate'],
  journalctl: ['systemd'],
  '/lib/systemd/systemd-journal-remote': ['systemd-journal-remote'],
  psql: ['postgresql'],
};

// `npm test`: everything that the tests need, then all tests. `--full` runs the long ones too. Ends with "N passed, N failed".
await setup();
const full = process.argv.includes('--full');
const rest = process.argv.slice(2).filter((argument) => argument !== '--full');
await installTools();
if (process.env.CI) await installBrowser();
else if (!findBrowser()) say('no Chromium: tests of pages are skipped. Install chromium, or set SPOOR_CHROMIUM');
const root = new URL('..', import.meta.url).pathname;
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...rest], {
  cwd: root,
  stdio: 'inherit',
  // It is built: no file looks again whether it is.
  env: { SPOOR_PROGRAM: join(root, 'bin/spoor'), ...process.env, ...(full && { SPOOR_FULL: '1' }) },
});
process.exit(status ?? 1);

/** Programs that some tests compare with or talk to. In CI they are installed; elsewhere their tests say that they are skipped. */
async function installTools() {
  const missing = Object.entries(TOOLS).filter(([tool]) => !onPath(tool));
  if (missing.length > 0) {
    const packages = missing.flatMap(([, needed]) => needed);
    if (!process.env.CI || process.getuid?.() !== 0 || !onPath('apt-get'))
      say(`not installed, tests that need them are skipped: ${packages.join(' ')}`);
    else {
      await run('apt-get', ['update', '-qq']);
      await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
    }
  }
  if (process.env.CI && !onPath('syslog-ng') && !process.env.SPOOR_SYSLOG_NG)
    process.env.SPOOR_SYSLOG_NG = await unpackSyslogNg();
}

/** syslog-ng and rsyslog cannot be installed beside each other: the first is only unpacked. */
async function unpackSyslogNg() {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-syslog-ng-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const { status: code } = await ended('apt-get', ['download', '-qq', ...SYSLOG_NG], { cwd: folder });
  if (code !== 0) return ''; // the tests that want it fail, and say so
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb')))
    await run('dpkg', ['-x', join(folder, file), join(folder, 'root')]);
  return join(folder, 'root');
}

function onPath(tool) {
  if (tool.startsWith('/usr/lib/*')) return readdirSync('/usr/lib').some((arch) => existsSync(tool.replace('*', arch)));
  if (tool.startsWith('/')) return existsSync(tool);
  return `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':').some((folder) => existsSync(`${folder}/${tool}`));
}
