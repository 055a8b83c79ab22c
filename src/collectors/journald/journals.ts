import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Where journald keeps journals: on the disk, or in memory only. */
export const SYSTEM_JOURNALS = ['/var/log/journal', '/run/log/journal'];

/** Why journals cannot be read; null when they can. */
export interface Hindrance {
  readonly reason: 'unavailable' | 'permission';
  readonly detail: string;
}

/** Looks whether there are journals in these folders (or in folders in them) that we may read, and the program that reads them. */
export async function hindranceOf(folders: readonly string[], program: string): Promise<Hindrance | null> {
  if (!(await isProgram(program)))
    return { reason: 'unavailable', detail: `${program} is not installed here: the journal is not read` };
  const files = (await Promise.all(folders.map(journalsIn))).flat();
  if (files.length === 0)
    return { reason: 'unavailable', detail: `no journal in ${folders.join(' or ')}: it is read when there is one` };
  for (const file of files) if (await isReadable(file)) return null;
  return {
    reason: 'permission',
    detail: `no journal in ${folders.join(' or ')} may be read: add our user to the group systemd-journal (usermod -aG) and restart`,
  };
}

async function journalsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = entries.filter(({ name }) => name.endsWith('.journal')).map(({ name }) => join(folder, name));
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const inner = await readdir(join(folder, entry.name)).catch(() => []);
    found.push(...inner.filter((name) => name.endsWith('.journal')).map((name) => join(folder, entry.name, name)));
  }
  return found;
}

async function isProgram(program: string): Promise<boolean> {
  if (program.includes('/')) return isAllowed(program, constants.X_OK);
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const folder of folders) if (await isAllowed(join(folder, program), constants.X_OK)) return true;
  return false;
}

const isReadable = (path: string) => isAllowed(path, constants.R_OK);

const isAllowed = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );
