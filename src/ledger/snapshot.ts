import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesOf } from './folder-files.ts';
import type { Ledger } from './ledger.ts';

/** A ledger's folder as it was at one moment. Paths are relative to it. */
export interface LedgerSnapshot {
  /** Records under the checkpoint that is in it. */
  readonly size: number;
  readonly checkpoint: string | null;
  /** Files that are replaced from time to time, with their content then. */
  readonly whole: readonly { readonly path: string; readonly bytes: Buffer; readonly mode: number }[];
  /** Files that stay, or only grow: what they held then are their first `size` bytes. Log files that are full go when they are packed. */
  readonly parts: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
}

/** Takes one of a ledger that is written to, between two seals. A log file may end in a record that was being written, as after a crash. */
export function snapshotOf(folder: string, ledger: Ledger): Promise<LedgerSnapshot> {
  return ledger.alone(async () => {
    const { fixed, strange, unfinished, torn } = filesOf(folder);
    const left = new Set([...strange, ...unfinished, ...torn]);
    const whole: LedgerSnapshot['whole'][number][] = [];
    const parts: LedgerSnapshot['parts'][number][] = [];
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      const path = relative(folder, join(entry.parentPath, entry.name));
      if (!entry.isFile() || left.has(path)) continue;
      const { size, mode } = statSync(join(folder, path));
      if (fixed.has(path)) whole.push({ path, bytes: readFileSync(join(folder, path)), mode: mode & 0o777 });
      else parts.push({ path, size, mode: mode & 0o777 });
    }
    return { size: ledger.sealed, checkpoint: ledger.checkpoint, whole, parts };
  });
}
