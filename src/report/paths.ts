import { printable } from '../core/text.ts';
import type { Citation, Story } from '../trace/story.ts';
import { cutStart } from './layout.ts';

const MAX_PATH = 4096;

/**
 * Short names of the inputs: the folder that all share is said once, what is left is shown whole where there is room,
 * else as first folder and file name (`gate/…/auth.log`), as long as no other input has the same short name.
 */
export class PathNames {
  /** The shared folder with its slash; '' when there is none. Printable. */
  readonly folder: string;
  readonly #shared: number;
  readonly #common: string;
  readonly #holders = new Map<string, number>();

  constructor(paths: readonly string[]) {
    const folders = paths.map((path) => path.split('/').slice(0, -1));
    this.#shared = folders.length === 0 ? 0 : sharedLength(folders);
    this.#common = (folders[0] ?? []).slice(0, this.#shared).join('/');
    this.folder = this.#shared > 0 ? printable(`${this.#common}/`, MAX_PATH) : '';
    for (const path of new Set(paths)) {
      const short = this.#elided(path);
      this.#holders.set(short, (this.#holders.get(short) ?? 0) + 1);
    }
  }

  /** The path without the shared folder, cut to `most` columns. Printable. */
  short(path: string, most: number): string {
    const whole = printable(this.#rest(path).join('/'), MAX_PATH);
    if (whole.length <= most) return whole;
    const elided = this.#elided(path);
    return cutStart((this.#holders.get(elided) ?? 0) > 1 ? whole : elided, most);
  }

  /** `gate/…/auth.log:8841`, in at most `most` columns; '' without a file. */
  cite(citation: Citation | undefined, most: number): string {
    if (!citation?.file) return '';
    const number = `:${citation.line}`;
    return `${this.short(citation.file, Math.max(4, most - number.length))}${number}`;
  }

  #rest(path: string): string[] {
    const parts = path.split('/');
    return parts.slice(0, this.#shared).join('/') === this.#common ? parts.slice(this.#shared) : parts;
  }

  #elided(path: string): string {
    const rest = this.#rest(path);
    return printable(rest.length > 2 ? `${rest[0]}/…/${rest[rest.length - 1]}` : rest.join('/'), MAX_PATH);
  }
}

function sharedLength(folders: readonly (readonly string[])[]): number {
  const [first = [], ...others] = folders;
  let length = first.length;
  for (const folder of others) while (!first.slice(0, length).every((part, at) => part === folder[at])) length -= 1;
  return length;
}

/** Names for the inputs of a story. */
export function pathsOf(story: Story): PathNames {
  return new PathNames(story.inputs.map(({ path }) => path));
}
