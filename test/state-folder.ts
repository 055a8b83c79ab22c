import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder that PostgreSQL's account may pass through, as the tests may run as root. */
export function passableFolder(name = 'spoor-state-'): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), name));
  chmodSync(path, 0o711);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
