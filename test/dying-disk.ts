import type { Disk, DiskFile } from '../src/ledger/disk.ts';

/** A disk that calls `die` before its call number `at`, counted from 0; `calls` counts all. */
export function dyingDisk(
  disk: Disk,
  at: number,
  die: () => void,
): { readonly disk: Disk; readonly calls: () => number } {
  let calls = 0;
  const step = () => {
    if (calls === at) die();
    calls += 1;
  };
  const dying = (file: DiskFile): DiskFile => ({
    write: async (parts, position) => {
      step();
      await file.write(parts, position);
    },
    sync: async () => {
      step();
      await file.sync();
    },
    read: (length, position) => file.read(length, position),
    size: () => file.size(),
    close: () => file.close(),
  });
  return {
    disk: {
      open: async (path, how, mode) => {
        if (how !== 'read') step();
        return dying(await disk.open(path, how, mode));
      },
      rename: async (from, to) => {
        step();
        await disk.rename(from, to);
      },
      remove: async (path) => {
        step();
        await disk.remove(path);
      },
      syncFolder: async (path) => {
        step();
        await disk.syncFolder(path);
      },
      list: (folder) => disk.list(folder),
      makeFolder: (path) => disk.makeFolder(path),
      exists: (path) => disk.exists(path),
    },
    calls: () => calls,
  };
}
