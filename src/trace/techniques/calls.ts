import { type Token, wordsOf } from './shell-words.ts';

/** One program that a command line runs. */
export interface Call {
  /** As written: `/usr/bin/rm`. */
  readonly path: string;
  /** Without its folder: `rm`. '' for a redirection that stands alone. */
  readonly name: string;
  readonly args: readonly string[];
  /** Files that `>` empties. */
  readonly writes: readonly string[];
  /** Files that `>>` adds to. */
  readonly appends: readonly string[];
  /** Whose output it reads. */
  readonly from: Call | null;
  /** Calls in `$(…)`, backticks and `<(…)` among its words. */
  readonly inner: readonly Call[];
  /** Folder that an earlier `cd` of the line went to; ''. */
  readonly folder: string;
}

/** A command line with the programs it runs, also those behind sudo, `sh -c`, xargs and their like. */
export interface Line {
  readonly text: string;
  readonly calls: readonly Call[];
}

const MAX_CALLS = 256;
const MAX_DEPTH = 6;
const RESERVED = new Set(['if', 'then', 'elif', 'else', 'do', 'while', 'until', '!', '{', '}', 'time', 'fi', 'done']);
const ASSIGNMENT = /^[A-Za-z_]\w{0,99}\+?=/;

/** Programs that run what follows: letters of options that take a value, and how many operands come first. */
const WRAPPERS: ReadonlyMap<string, readonly [valued: string, operands: number]> = new Map([
  ['sudo', ['ughpCrtUDRT', 0]],
  ['doas', ['uC', 0]],
  ['env', ['uC', 0]],
  ['nohup', ['', 0]],
  ['setsid', ['', 0]],
  ['nice', ['n', 0]],
  ['ionice', ['cnp', 0]],
  ['timeout', ['sk', 1]],
  ['exec', ['a', 0]],
  ['command', ['', 0]],
  ['builtin', ['', 0]],
  ['stdbuf', ['', 0]],
  ['xargs', ['IndPLaEs', 0]],
  ['watch', ['n', 0]],
  ['chroot', ['', 1]],
  ['unshare', ['', 0]],
  ['busybox', ['', 0]],
  ['toybox', ['', 0]],
  ['strace', ['oepsu', 0]],
  ['flock', ['wE', 1]],
  ['chronic', ['', 0]],
]);

/** Shells, by the names that they are called by. */
export const SHELL = /^-?(?:ba|da|z|k|mk|a|tc|c|rba|fi|po)?sh$/;

/** Reads a command line. Never fails: what is no shell's grammar is read as words. */
export function readLine(text: string): Line {
  const reader = new Reader();
  reader.read(text, 0);
  return { text, calls: reader.calls };
}

interface Parts {
  readonly words: Token[];
  readonly writes: string[];
  readonly appends: string[];
}

const noParts = (): Parts => ({ words: [], writes: [], appends: [] });

class Reader {
  readonly calls: Call[] = [];
  #folder = '';

  /** Reads a script; gives the last call of it. */
  read(text: string, depth: number): Call | null {
    if (depth > MAX_DEPTH) return null;
    let parts = noParts();
    const ends = { from: null as Call | null, last: null as Call | null };
    const tokens = wordsOf(text);
    for (let at = 0; at < tokens.length; at += 1) {
      const token = tokens[at] as Token;
      if (!token.operator) parts.words.push(token);
      else if (/[<>]/.test(token.text)) at += redirect(parts, token.text, tokens[at + 1]);
      else {
        const ended = this.#end(parts, ends.from, depth);
        ends.last = ended ?? ends.last;
        if (/^\|&?$/.test(token.text)) ends.from = ends.last;
        else if (ended !== null) ends.from = null;
        parts = noParts();
      }
    }
    return this.#end(parts, ends.from, depth) ?? ends.last;
  }

  #end(parts: Parts, from: Call | null, depth: number): Call | null {
    const { words, writes, appends } = parts;
    if (words.length === 0 && writes.length === 0 && appends.length === 0) return null;
    const begin = this.calls.length;
    for (const { inner } of words) for (const script of inner) this.read(script, depth + 1);
    const inner = this.calls.slice(begin);
    return this.#build(
      words.map(({ text }) => text),
      { writes, appends, from, inner, folder: this.#folder },
      depth,
    );
  }

  #build(given: readonly string[], around: Omit<Call, 'path' | 'name' | 'args'>, depth: number): Call | null {
    let skip = 0;
    while (skip < given.length && (RESERVED.has(given[skip] as string) || ASSIGNMENT.test(given[skip] as string)))
      skip += 1;
    const [path = '', ...args] = given.slice(skip);
    if (this.calls.length >= MAX_CALLS || depth > MAX_DEPTH) return null;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const call: Call = { ...around, path, name, args };
    this.calls.push(call);
    if (name === 'cd' || name === 'pushd') this.#folder = args.find((arg) => !arg.startsWith('-')) ?? '';
    return this.#behind(call, around, depth + 1) ?? call;
  }

  // What a wrapper or a shell was told to run.
  #behind(call: Call, around: Omit<Call, 'path' | 'name' | 'args'>, depth: number): Call | null {
    const { name, args } = call;
    if (name === 'eval') return this.read(args.join(' '), depth);
    if (SHELL.test(name) || name === 'su' || name === 'runuser') {
      const script = scriptAt(args);
      if (script === 0) return null;
      const text = args[script] as string;
      return /[\s;&|<>]/.test(text) ? this.read(text, depth) : this.#build(args.slice(script), around, depth);
    }
    if (name === 'find') return this.#found(args, around, depth);
    const wrapper = WRAPPERS.get(name);
    if (wrapper === undefined) return null;
    const rest = args.slice(operandAt(args, ...wrapper));
    if (rest.length === 0) return null;
    return rest.length === 1 && /\s/.test(rest[0] as string)
      ? this.read(rest[0] as string, depth)
      : this.#build(rest, around, depth);
  }

  #found(args: readonly string[], around: Omit<Call, 'path' | 'name' | 'args'>, depth: number): Call | null {
    const begin = args.findIndex((arg) => /^-(?:exec|ok)(?:dir)?$/.test(arg));
    if (begin < 0) return null;
    const end = args.findIndex((arg, at) => at > begin && (arg === ';' || arg === '+'));
    return this.#build(args.slice(begin + 1, end < 0 ? undefined : end), around, depth);
  }
}

// Gives how many tokens the redirection took beside its operator.
function redirect({ writes, appends }: Parts, operator: string, target: Token | undefined): number {
  if (target === undefined || target.operator) return 0;
  if (operator.includes('>>')) appends.push(target.text);
  else if (operator.includes('>') && !operator.includes('<')) writes.push(target.text);
  return 1;
}

/** Index of what follows `-c` (`-lc`, `--command`); 0 when there is none. */
function scriptAt(args: readonly string[]): number {
  const at = args.findIndex((arg) => /^-[a-z]{0,8}c$/.test(arg) || arg === '--command');
  return at >= 0 && at + 1 < args.length ? at + 1 : 0;
}

/** Index of the first word that is neither option, option's value, assignment nor one of the wrapper's own operands. */
function operandAt(args: readonly string[], valued: string, operands: number): number {
  let at = 0;
  let left = operands;
  for (; at < args.length; at += 1) {
    const arg = args[at] as string;
    if (/^-[A-Za-z]$/.test(arg) && valued.includes(arg[1] as string)) at += 1;
    else if (!arg.startsWith('-') && !ASSIGNMENT.test(arg)) {
      if (left === 0) return at;
      left -= 1;
    }
  }
  return at;
}
