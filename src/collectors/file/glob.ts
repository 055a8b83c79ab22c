import { posix } from 'node:path';
import { AppError } from '../../core/errors.ts';

/** A pattern of absolute paths. */
export interface Glob {
  /** The folder before the first wildcard: where a walk begins. */
  readonly base: string;
  /** How many folders below `base` may have to be walked. */
  readonly depth: number;
  matches(path: string): boolean;
}

/** How deep `**` reaches. */
const MAX_DEPTH = 12;
const MAX_PATTERN = 1024;
const WILD = /[*?[]/;

/**
 * Reads a pattern: `*` and `?` stand for text and one character within a name, `[abc]` for one of these, a whole `**` for any number of
 * folders. A wildcard does not stand for a leading dot. Throws E_CONFIG when the path is not absolute, or ends in a folder.
 */
export function parseGlob(pattern: string): Glob {
  const path = posix.normalize(pattern);
  if (!path.startsWith('/') || path.endsWith('/') || pattern.length > MAX_PATTERN || pattern.includes('\0'))
    throw new AppError('E_CONFIG', `"${pattern.slice(0, 80)}" is no absolute path of a file: write /var/log/*.log`);
  const names = path.slice(1).split('/');
  const firstWild = names.findIndex((name) => WILD.test(name));
  const literal = firstWild === -1 ? names.length - 1 : firstWild;
  const wild = names.slice(literal);
  const last = names.length - 1;
  // Each part ends at a slash, so that the expression stays linear in the path.
  const source = names.map((name, at) => (name === '**' ? anyFolders(at === last) : nameSource(name, at === last)));
  const expression = new RegExp(`^/${source.join('')}$`, 's');
  return {
    base: `/${names.slice(0, literal).join('/')}`,
    depth: wild.includes('**') ? MAX_DEPTH : wild.length - 1,
    matches: (tested) => expression.test(tested),
  };
}

const anyFolders = (last: boolean) => (last ? '(?:[^/.][^/]*/)*[^/.][^/]*' : '(?:[^/.][^/]*/)*');

function nameSource(name: string, last: boolean): string {
  let source = WILD.test(name.charAt(0)) ? '(?!\\.)' : '';
  for (let at = 0; at < name.length; at += 1) {
    const char = name.charAt(at);
    const close = char === '[' ? name.indexOf(']', at + 2) : -1;
    if (close !== -1) {
      source += `(?!/)${classSource(name.slice(at + 1, close))}`;
      at = close;
    } else source += charSource(char, source);
  }
  return last ? source : `${source}/`;
}

function charSource(char: string, before: string): string {
  if (char === '*') return before.endsWith('[^/]*') ? '' : '[^/]*';
  return char === '?' ? '[^/]' : literalSource(char);
}

function classSource(inner: string): string {
  const negated = inner.startsWith('!') || inner.startsWith('^');
  const chars = (negated ? inner.slice(1) : inner).replace(/[\\\]^]/g, '\\$&');
  try {
    const source = `[${negated ? '^' : ''}${chars}]`;
    new RegExp(source);
    return source;
  } catch (error) {
    throw new AppError('E_CONFIG', `"[${inner.slice(0, 80)}]" in a pattern is no range of characters`, {
      cause: error,
    });
  }
}

const literalSource = (char: string) => char.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
