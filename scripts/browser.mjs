import { existsSync } from 'node:fs';
import { run, say } from './setup.mjs';

// The browser that tests and pictures of pages use: one that is there, else Debian's, installed where that may be done.
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const FOLDERS = () => [...(process.env.PATH ?? '').split(':'), '/usr/bin', '/usr/local/bin', '/snap/bin'];

/** Path of a browser (`SPOOR_CHROMIUM` first); null when there is none. */
export function findBrowser() {
  const named = process.env.SPOOR_CHROMIUM;
  if (named) return existsSync(named) ? named : null;
  for (const name of NAMES)
    for (const folder of FOLDERS()) if (folder && existsSync(`${folder}/${name}`)) return `${folder}/${name}`;
  return null;
}

/** Installs Chromium by apt where it is missing and we are root; says so loudly where it cannot. Gives its path or null. */
export async function installBrowser() {
  const found = findBrowser();
  if (found) return found;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    say('no Chromium, and it cannot be installed here: tests of pages fail. Set SPOOR_CHROMIUM');
    return null;
  }
  await run('apt-get', ['update', '-qq']);
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-noto-cjk']);
  return findBrowser();
}
