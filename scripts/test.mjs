import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findBrowser, installBrowser } from './browser.mjs';
import { run, say, setup } from './setup.mjs';

// `npm test`: everything that the tests need, then all tests. `--full` runs the long ones too. Ends with "N passed, N failed".
setup();
const full = process.argv.includes('--full');
const rest = process.argv.slice(2).filter((argument) => argument !== '--full');
installTools();
if (process.env.CI) installBrowser();
else if (!findBrowser()) say('no Chromium: tests of pages are skipped. Install chromium, or set SPOOR_CHROMIUM');
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...rest], {
  cwd: new URL('..', import.meta.url).pathname,
  stdio: 'inherit',
  env: { ...process.env, ...(full && { SPOOR_FULL: '1' }) },
});
process.exit(status ?? 1);

/** Programs that some tests compare with. In CI they are installed; elsewhere their tests say that they are skipped. */
function installTools() {
  const missing = ['nft', 'ipset', 'iptables', 'ufw', 'zip', 'xz', 'zstd', 'bzip2', 'strace'].filter(
    (tool) => !onPath(tool),
  );
  if (missing.length === 0) return;
  if (!process.env.CI || process.getuid?.() !== 0 || !onPath('apt-get')) {
    say(`not installed, tests that need them are skipped: ${missing.join(' ')}`);
    return;
  }
  const packages = { nft: 'nftables', xz: 'xz-utils' };
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing.map((tool) => packages[tool] ?? tool)]);
}

function onPath(tool) {
  return `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':').some((folder) => existsSync(`${folder}/${tool}`));
}
