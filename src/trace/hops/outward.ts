import { canonicalIp } from '../../core/ip.ts';
import type { StepDraft } from '../draft.ts';
import { type Token, wordsOf } from '../techniques/shell-words.ts';

/** A command that opens a session on another host. */
export interface Outward {
  readonly step: StepDraft;
  /** Where it was run. */
  readonly host: string;
  /** Who ran it. */
  readonly user: string;
  /** An address in canonical text, or a name in lower case. */
  readonly target: string;
  readonly isAddress: boolean;
  /** The account asked for; the runner's own where the command names none. */
  readonly account: string;
  readonly program: string;
  /** Run by a schedule: nobody sat at it. */
  readonly scheduled: boolean;
  /** NaN in a history without times. */
  readonly time: number;
}

interface Target {
  readonly program: string;
  readonly target: string;
  readonly account: string;
}

/** How a program names its target: `login` as a word of its own, `copy` in front of a path's colon. */
interface Manner {
  readonly form: 'login' | 'copy';
  /** Letters of options that take a value. */
  readonly valued: string;
  /** The option that names the account; '' for none. */
  readonly userOption: string;
}

const SSH: Manner = { form: 'login', valued: 'BbcDEeFIiJLlmOoPpQRSWw', userOption: 'l' };
const PROGRAMS: ReadonlyMap<string, Manner> = new Map([
  ['ssh', SSH],
  ['slogin', SSH],
  ['autossh', { ...SSH, valued: `${SSH.valued}M` }],
  ['mosh', { form: 'login', valued: 'p', userOption: '' }],
  ['ssh-copy-id', { form: 'login', valued: 'iFpot', userOption: '' }],
  ['sftp', { form: 'login', valued: 'BbcDFiJloPRSsX', userOption: '' }],
  ['scp', { form: 'copy', valued: 'cDFiJloPSX', userOption: '' }],
  ['rsync', { form: 'copy', valued: 'efTBM', userOption: '' }],
  ['telnet', { form: 'login', valued: 'belnSX', userOption: 'l' }],
  ['rlogin', { form: 'login', valued: 'el', userOption: 'l' }],
  ['rsh', { form: 'login', valued: 'l', userOption: 'l' }],
]);
/** Words that run the command behind them. */
const RUNNERS = new Set(
  'sudo doas env nohup setsid exec command time nice ionice timeout stdbuf proxychains proxychains4 torsocks torify sshpass screen tmux script expect watch then do else if while ! ( {'.split(
    ' ',
  ),
);
const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'busybox']);
const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?$/i;
const MAX_LINE = 4096;
const HINT = /ssh|scp|sftp|rsync|mosh|telnet|slogin|rlogin|rsh/;

/** The sessions on other hosts that a step asked for; most steps ask for none. */
export function outwardOf(step: StepDraft): Outward[] {
  if (step.kind !== 'command' && step.kind !== 'sudo' && step.kind !== 'cron') return [];
  if (step.outcome === 'failure' && step.kind === 'sudo') return [];
  if (!HINT.test(step.text)) return [];
  const { host, time } = step.noted;
  const user = step.user || step.asUser;
  const runner = step.asUser || user;
  return targetsIn(step.text).map(({ program, target, account }) => {
    const address = canonicalIp(target);
    return {
      step,
      host,
      user,
      target: address ?? target.toLowerCase(),
      isAddress: address !== null,
      account: account || runner,
      program,
      scheduled: step.kind === 'cron',
      time,
    };
  });
}

/** Targets that a command line names, in their order. */
function targetsIn(line: string, depth = 0): Target[] {
  if (depth > 2) return [];
  const found: Target[] = [];
  let words: Token[] = [];
  const tokens = wordsOf(line.slice(0, MAX_LINE));
  const finish = () => {
    found.push(...targetsOf(words, depth));
    words = [];
  };
  for (const token of tokens) {
    for (const inner of token.inner) found.push(...targetsIn(inner, depth + 1));
    if (!token.operator) words.push(token);
    else if (!/[<>]/.test(token.text)) finish();
  }
  finish();
  return found;
}

function targetsOf(tokens: readonly Token[], depth: number): Target[] {
  const words = tokens.map(({ text }) => text);
  const at = words.findIndex((word) => PROGRAMS.has(base(word)));
  const script = words.indexOf('-c');
  if (script > 0 && (at === -1 || at > script) && words.slice(0, script).some((word) => SHELLS.has(base(word))))
    return targetsIn(words[script + 1] ?? '', depth + 1);
  if (at === -1 || !isRun(words.slice(0, at))) return [];
  const program = base(words[at] as string);
  return readTargets(program, PROGRAMS.get(program) as Manner, words.slice(at + 1));
}

const base = (word: string) => word.slice(word.lastIndexOf('/') + 1);

/** Is what stands before a program such that the program is what runs? */
function isRun(before: readonly string[]): boolean {
  const first = before.find((word) => !/^\w+=/.test(word));
  return first === undefined || RUNNERS.has(base(first));
}

function readTargets(program: string, manner: Manner, words: readonly string[]): Target[] {
  const { plain, options } = readOptions(manner, words);
  const named = manner.userOption === '' ? '' : (options.get(manner.userOption) ?? '');
  const configured = /^user[= ](?<user>\S+)$/i.exec(options.get('o') ?? '')?.groups?.['user'] ?? '';
  const jumps = (options.get('J') ?? '').split(',').filter((jump) => jump !== '' && jump !== 'none');
  const targets = manner.form === 'login' ? plain.slice(0, 1) : plain.filter((word) => isRemote(word));
  return [...jumps, ...targets].flatMap((word): Target[] => {
    const split = splitTarget(word, manner.form === 'copy' || program === 'sftp');
    return split ? [{ program, target: split.target, account: split.account || named || configured }] : [];
  });
}

/** Words that are no options, and the values of those that have one. Of `-o` the one that names a user is kept. */
function readOptions({ valued, form }: Manner, words: readonly string[]) {
  const plain: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    if (word === '--') return { plain: [...plain, ...words.slice(at + 1)], options };
    if (!word.startsWith('-') || word === '-') plain.push(word);
    else at += readOption(word, valued, words[at + 1] ?? '', options);
    if (form === 'login' && plain.length > 0) break; // what follows is the remote command
  }
  return { plain, options };
}

/** Gives how many words the option's value takes beside its own. */
function readOption(word: string, valued: string, next: string, into: Map<string, string>): 0 | 1 {
  if (word.startsWith('--')) return 0;
  const letter = [...word.slice(1)].findIndex((char) => valued.includes(char));
  if (letter === -1) return 0;
  const own = word.slice(letter + 2);
  const name = word[letter + 1] as string;
  const value = own || next;
  if (name !== 'o' || /^user[= ]/i.test(value)) into.set(name, value);
  return own === '' ? 1 : 0;
}

const isRemote = (word: string) => /^(?:[^/:]{1,320}:|\[[^\]]{1,64}\]:|(?:ssh|scp|sftp|rsync):\/\/)/.test(word);

const WRITTEN =
  /^(?:(?:ssh|scp|sftp|rsync|telnet):\/\/)?(?:(?<account>[^@\s/]{1,64})@)?(?:\[(?<bracketed>[0-9a-f:.%]{2,64})\]|(?<target>[^\s/]{1,253}))/i;

function splitTarget(word: string, withPath: boolean): { target: string; account: string } | null {
  const groups = WRITTEN.exec(word)?.groups;
  if (!groups) return null;
  const account = groups['account'] ?? '';
  const written = groups['bracketed'] ?? groups['target'] ?? '';
  const colon = withPath || word.includes('://') || canonicalIp(written) === null ? written.indexOf(':') : -1;
  const target = groups['bracketed'] ?? (colon === -1 ? written : written.slice(0, colon));
  if (canonicalIp(target) === null && !NAME.test(target)) return null; // a variable, a pattern
  return { target, account: /[$*`]/.test(account) ? '' : (account.split(':')[0] ?? '') };
}
