import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { posix } from 'node:path';
import type { SourceNote } from '../../core/stages.ts';

/** What is remembered as said already; then it is said again. */
const MAX_SAID = 20_000;
const MAX_SHOWN = 160;

interface Kept {
  readonly kind: SourceNote['kind'];
  readonly detail: string;
  count: number;
}

/** Says each thing once, and many of a kind in one note: ten thousand files that may not be read are one line. */
export class Troubles {
  readonly #note: (note: SourceNote) => void;
  readonly #said = new Set<string>();
  readonly #kept = new Map<string, Kept>();

  constructor(note: (note: SourceNote) => void) {
    this.#note = note;
  }

  /** Something that may not be read; it is tried again, and said again once it could be read in between. */
  mayNotRead(path: string): void {
    if (this.#isNew(`permission ${path}`))
      this.#keep('trouble', 'permission', () => `${shown(path)} may not be read: ${remedyFor(path)}`);
  }

  /** It could be read. */
  mayRead(path: string): void {
    this.#said.delete(`permission ${path}`);
  }

  /** Something that is not read, by choice or by a limit. */
  leftOut(reason: string, path: string, why: string): void {
    if (this.#isNew(`${reason} ${path}`)) this.#keep('refused', reason, () => `${shown(path)}: ${why}`);
  }

  /** Something that happened; it is said each time. */
  tell(kind: SourceNote['kind'], reason: string, path: string, what: string): void {
    this.#keep(kind, reason, () => `${shown(path)}: ${what}`);
  }

  /** Hands over what was kept since the last time. */
  flush(): void {
    for (const [key, { kind, detail, count }] of this.#kept) {
      const more = count > 1 ? ` (and ${count - 1} more)` : '';
      this.#note({ kind, reason: key.slice(key.indexOf(' ') + 1), count, detail: detail + more });
    }
    this.#kept.clear();
  }

  #isNew(key: string): boolean {
    if (this.#said.has(key)) return false;
    if (this.#said.size >= MAX_SAID) this.#said.clear();
    this.#said.add(key);
    return true;
  }

  #keep(kind: SourceNote['kind'], reason: string, detail: () => string): void {
    const kept = this.#kept.get(`${kind} ${reason}`);
    if (kept) kept.count += 1;
    else this.#kept.set(`${kind} ${reason}`, { kind, detail: detail(), count: 1 });
  }
}

/** A path for people: names are the sender's where he may make files. */
function shown(path: string): string {
  const plain = path.replace(/[^\x20-\x7e]/gu, '?');
  return plain.length > MAX_SHOWN ? `…${plain.slice(-MAX_SHOWN)}` : plain;
}

/** What makes a path readable: the group that may read it, or a rule for us alone. */
function remedyFor(path: string): string {
  const user = userName();
  for (const at of [path, posix.dirname(path)]) {
    const stat = statOf(at);
    if (stat && (stat.mode & 0o040) !== 0 && stat.gid !== 0)
      return `run "usermod -aG ${groupName(stat.gid)} ${user}" and restart`;
  }
  return `run "setfacl -m u:${user}:rX ${shown(path)}"`;
}

function statOf(path: string): { readonly mode: number; readonly gid: number } | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

function groupName(gid: number): string {
  try {
    const row = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((line) => line.split(':')[2] === String(gid));
    return row?.split(':')[0] ?? String(gid);
  } catch {
    return String(gid);
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'spoor'); // a container's user may have no name
  }
}
