import type { Level } from '../story.ts';
import type { Call, Line } from './calls.ts';

/** What a command says about its author's intent. */
export interface Tell {
  readonly title: string;
  readonly level: Level;
  /** MITRE ATT&CK techniques. */
  readonly techniques: readonly string[];
}

/** A tell, and which command lines give it. */
export interface Rule extends Tell {
  readonly test: (line: Line) => boolean;
}

/** A rule on one of the programs that a line runs. */
export function rule(title: string, level: Level, techniques: string, test: (call: Call) => boolean): Rule {
  return { title, level, techniques: techniques.split(' '), test: ({ calls }) => calls.some(test) };
}

/** A rule on the line as a whole, for what is no shell's grammar. Every pattern must match. */
export function textRule(title: string, level: Level, techniques: string, ...patterns: readonly RegExp[]): Rule {
  return {
    title,
    level,
    techniques: techniques.split(' '),
    test: ({ text }) => patterns.every((pattern) => pattern.test(text)),
  };
}

/** Is the call of one of these programs (a set of words parted by spaces)? */
export function programs(names: string): (call: Call) => boolean {
  const set = new Set(names.split(' '));
  return ({ name }) => set.has(name);
}

/** The words that are no options. */
export function operands({ args }: Call): string[] {
  return args.filter((arg) => !arg.startsWith('-'));
}

/** Value of an option, as `-o VALUE`, `-oVALUE`, `--long VALUE` or `--long=VALUE`; undefined when it is absent. */
export function option({ args }: Call, short: string, long = ''): string | undefined {
  for (const [at, arg] of args.entries()) {
    const value = long && arg.startsWith('--') ? longValue(arg, `--${long}`) : shortValue(arg, short);
    if (value !== undefined) return value || (args[at + 1] ?? '');
  }
  return undefined;
}

// Text behind the option's name; '' when the value is the next word.
function longValue(arg: string, name: string): string | undefined {
  if (arg === name) return '';
  return arg.startsWith(`${name}=`) ? arg.slice(name.length + 1) : undefined;
}

function shortValue(arg: string, letter: string): string | undefined {
  if (letter === '' || !/^-[A-Za-z]/.test(arg)) return undefined;
  const found = arg.indexOf(letter, 1);
  return found > 0 && /^[A-Za-z]*$/.test(arg.slice(1, found)) ? arg.slice(found + 1) : undefined;
}

/** Is one of these letters among its short options (`-rf`), or the long one there? */
export function flag({ args }: Call, letters: string, long = ''): boolean {
  return args.some(
    (arg) =>
      (/^-[A-Za-z0-9]{1,12}$/.test(arg) && [...letters].some((letter) => arg.includes(letter, 1))) ||
      (long !== '' && (arg === `--${long}` || arg.startsWith(`--${long}=`))),
  );
}

/**
 * Files whose content the call changes: by redirection, tee, dd, copying, fetching or editing in place. `appended` says
 * whether what `>>` and `tee -a` add to counts.
 */
export function written(call: Call, appended = true): string[] {
  const named = WRITERS.get(call.name)?.(call, appended) ?? [];
  const files = [...call.writes, ...(appended ? call.appends : []), ...named];
  return files.filter((file) => file !== '');
}

const copied = (call: Call) => {
  const words = operands(call);
  return [option(call, 't', 'target-directory') ?? '', words.length > 1 ? (words.at(-1) as string) : ''];
};
/** The first word of an editing command is its script, unless an option gave that. */
const edited = (call: Call) =>
  editsInPlace(call) ? operands(call).slice(call.args.some((arg) => /^-[A-Za-z0]{0,6}[ef]$/.test(arg)) ? 0 : 1) : [];

/** Files that a program writes, by its arguments. */
const WRITERS: ReadonlyMap<string, (call: Call, appended: boolean) => readonly string[]> = new Map([
  ['tee', (call: Call, appended: boolean) => (appended || !flag(call, 'a', 'append') ? operands(call) : [])],
  ['dd', ({ args }: Call) => args.filter((arg) => arg.startsWith('of=')).map((arg) => arg.slice(3))],
  ...['cp', 'mv', 'install', 'ln', 'rsync', 'scp'].map((name) => [name, copied] as const),
  ['curl', (call: Call) => [option(call, 'o', 'output') ?? '']],
  ['wget', (call: Call) => [option(call, 'O', 'output-document') ?? '']],
  ...['sed', 'perl', 'ruby', 'awk', 'gawk', 'mawk'].map((name) => [name, edited] as const),
]);

/** sed, perl, ruby and awk that write back what they read. */
function editsInPlace({ name, args }: Call): boolean {
  if (name === 'sed') return args.some((arg) => /^-[nErsuz]{0,6}i/.test(arg) || arg.startsWith('--in-place'));
  if (name === 'perl' || name === 'ruby') return args.some((arg) => /^-[pnlaw0]{0,6}i/.test(arg));
  return /^[gmn]?awk$/.test(name) && args.includes('inplace');
}

/** What feeds the call, nearest first. */
export function upstream(call: Call): Call[] {
  const chain: Call[] = [];
  for (let from = call.from; from !== null && chain.length < 32; from = from.from) chain.push(from);
  return chain;
}
