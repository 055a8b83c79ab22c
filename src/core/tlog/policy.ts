import { AppError } from '../errors.ts';
import { cosignaturesOf, openCheckpoint, parseCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { COSIGNATURE, ED25519, formatVerifierKey, parseVerifierKey, splitNote, type VerifierKey } from './note.ts';

// Which logs are known, and whose cosignatures a checkpoint needs: C2SP tlog-policy (draft).

/** A log whose checkpoints count. Its key's name is the log's origin. */
export interface PolicyLog {
  readonly key: VerifierKey;
  readonly url: string | null;
}

/** A witness, under the name that the policy gives it. */
export interface PolicyWitness {
  readonly name: string;
  readonly key: VerifierKey;
  /** Where it takes checkpoints: its submission prefix. */
  readonly url: string | null;
}

/** Witnesses each checkpoint that at least `threshold` of its members, witnesses or groups, witnessed. */
export interface PolicyGroup {
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly string[];
}

export interface Policy {
  /** Any one of them must have signed. May be empty where the log is known otherwise. */
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  /** Each names only witnesses and groups before it. */
  readonly groups: readonly PolicyGroup[];
  /** Name of the witness or group that must have witnessed; null for `none`. */
  readonly quorum: string | null;
}

/** ML-DSA-44 cosignatures: a policy may name such a witness, and we count its word as not given. */
const ML_DSA_COSIGNATURE = 0x06;
const MAX_POLICY = 1 << 20;
const MAX_OF_A_KIND = 1024;
const NAME = /^[^\s#][^\s]{0,254}$/u;

class Reader {
  readonly logs: PolicyLog[] = [];
  readonly witnesses: PolicyWitness[] = [];
  readonly groups: PolicyGroup[] = [];
  quorum: string | null | undefined;
  readonly #names = new Set<string>();
  readonly #grouped = new Set<string>();

  /** Reads a policy's lines one after the other. */
  static read(text: string): Policy {
    const reader = new Reader();
    for (const [at, line] of text.split('\n').entries()) {
      const words = line.split(/[ \t]+/).filter((word) => word !== '');
      if (words.length === 0 || words[0]?.startsWith('#')) continue;
      try {
        reader.#take(words);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        throw new AppError('E_MALFORMED', `the policy's line ${at + 1}: ${error.message}`, { cause: error });
      }
    }
    const { logs, witnesses, groups, quorum } = reader;
    if (quorum === undefined) throw new AppError('E_MALFORMED', 'the policy has no quorum line');
    return { logs, witnesses, groups, quorum };
  }

  #take(words: readonly string[]): void {
    const [kind = '', ...rest] = words;
    if (kind === 'log') this.#log(rest);
    else if (kind === 'witness') this.#witness(rest);
    else if (kind === 'group') this.#group(rest);
    else if (kind === 'quorum') this.#quorum(rest);
    else throw bad(`"${kind.slice(0, 40)}" is none of log, witness, group, quorum`);
  }

  #log(words: readonly string[]): void {
    const [vkey = '', url = null] = some(words, 1, 2, 'log <vkey> [<url>]');
    const key = parseVerifierKey(vkey);
    if (key.type !== ED25519) throw bad(`the key of ${key.name} is no Ed25519 key of a log`);
    onlyOnce(this.logs, key);
    this.logs.push({ key, url });
  }

  #witness(words: readonly string[]): void {
    const [name = '', vkey = '', url = null] = some(words, 2, 3, 'witness <name> <vkey> [<url>]');
    const key = parseVerifierKey(vkey);
    if (key.type !== COSIGNATURE && key.type !== ML_DSA_COSIGNATURE)
      throw bad(`the key of ${key.name} is no key of a witness: its type is ${key.type}, not ${COSIGNATURE}`);
    onlyOnce(this.witnesses, key);
    this.#define(name);
    this.witnesses.push({ name, key, url });
  }

  #group(words: readonly string[]): void {
    const [name = '', count = '', ...members] = some(words, 3, MAX_OF_A_KIND, 'group <name> all|any|<k> <name>...');
    for (const member of members) {
      this.#known(member);
      if (this.#grouped.has(member)) throw bad(`${member} is in a group already`);
      this.#grouped.add(member);
    }
    const threshold = count === 'all' ? members.length : count === 'any' ? 1 : numberOf(count);
    if (threshold < 1 || threshold > members.length) throw bad(`${count} of ${members.length} members`);
    this.#define(name);
    this.groups.push({ name, threshold, members });
  }

  #quorum(words: readonly string[]): void {
    const [name = ''] = some(words, 1, 1, 'quorum <name>|none');
    if (this.quorum !== undefined) throw bad('a second quorum line');
    if (name !== 'none') this.#known(name);
    this.quorum = name === 'none' ? null : name;
  }

  #define(name: string): void {
    if (name === 'none' || !NAME.test(name)) throw bad(`"${name.slice(0, 40)}" is no name for a witness or group`);
    if (this.#names.has(name)) throw bad(`${name} is defined twice`);
    if (this.#names.size >= MAX_OF_A_KIND) throw bad(`over ${MAX_OF_A_KIND} witnesses and groups`);
    this.#names.add(name);
  }

  #known(name: string): void {
    if (!this.#names.has(name)) throw bad(`${name.slice(0, 80)} is not defined before`);
  }
}

function bad(what: string): AppError {
  return new AppError('E_MALFORMED', what);
}

function some(words: readonly string[], least: number, most: number, form: string): readonly string[] {
  if (words.length < least || words.length > most) throw bad(`it is not "${form}"`);
  return words;
}

function numberOf(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw bad(`"${text.slice(0, 40)}" is none of all, any, or a number`);
  return Number(text);
}

// The same public key under two names would be counted twice.
function onlyOnce(known: readonly { readonly key: VerifierKey }[], key: VerifierKey): void {
  const same = known.find((other) => other.key.bytes.equals(key.bytes));
  if (same) throw bad(`the key of ${key.name} is listed already`);
  if (known.length >= MAX_OF_A_KIND) throw bad(`over ${MAX_OF_A_KIND} keys`);
}

/** Reads a policy file. Throws E_MALFORMED with the line. */
export function parsePolicy(text: string): Policy {
  if (text.length > MAX_POLICY) throw bad('the policy is over a megabyte');
  if (CONTROL.test(text)) throw bad('the policy holds a control character other than tab and line feed');
  return Reader.read(text);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a policy holds none but tab and line feed
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;

/** The policy as a file. Throws E_MALFORMED when it could not be read again (a name with a space, say). */
export function formatPolicy(policy: Policy): string {
  const word = (url: string | null) => (url === null ? '' : ` ${url}`);
  const count = ({ threshold, members }: PolicyGroup) =>
    threshold === members.length ? 'all' : threshold === 1 ? 'any' : String(threshold);
  const text = [
    ...policy.logs.map(({ key, url }) => `log ${formatVerifierKey(key)}${word(url)}\n`),
    ...policy.witnesses.map(({ name, key, url }) => `witness ${name} ${formatVerifierKey(key)}${word(url)}\n`),
    ...policy.groups.map((group) => `group ${group.name} ${count(group)} ${group.members.join(' ')}\n`),
    `quorum ${policy.quorum ?? 'none'}\n`,
  ].join('');
  parsePolicy(text);
  return text;
}

/** Do these witnesses, by their names in the policy, make its quorum? */
export function meetsQuorum({ groups, quorum }: Policy, witnessed: Iterable<string>): boolean {
  const met = new Set(witnessed);
  // A group names only what stands before it, so one pass is enough.
  for (const { name, threshold, members } of groups)
    if (members.filter((member) => met.has(member)).length >= threshold) met.add(name);
  return quorum === null || met.has(quorum);
}

/** A witness's word for a checkpoint. */
export interface WitnessedBy {
  readonly witness: PolicyWitness;
  /** When, seconds since 1970, by the witness's clock. */
  readonly seconds: bigint;
}

/** A checkpoint that one of the policy's logs signed. Whether enough witnesses did as well is `met`. */
export interface PolicyVerdict {
  readonly checkpoint: SignedCheckpoint;
  /** In the order of the policy; of each witness the latest. */
  readonly witnessedBy: readonly WitnessedBy[];
  /** Names of the policy's witnesses that did not cosign. */
  readonly missing: readonly string[];
  readonly met: boolean;
}

/**
 * Reads a checkpoint and judges it by a policy: signed by one of its logs (of `origin` only, when that is given) and cosigned by whom.
 * Throws E_MALFORMED, and E_TAMPERED for a signature or cosignature that is wrong and for the log of none.
 */
export function judgeCheckpoint(text: string, policy: Policy, origin?: string): PolicyVerdict {
  const stated = parseCheckpoint(splitNote(text).text).origin;
  const keys = policy.logs.map(({ key }) => key).filter(({ name }) => name === stated);
  if (keys.length === 0)
    throw new AppError('E_TAMPERED', `the policy knows no log ${stated.slice(0, 80)}, of which the checkpoint is`);
  const checkpoint = openCheckpoint(text, keys, origin ?? stated);
  const latest = new Map<VerifierKey, bigint>();
  for (const { key, seconds } of cosignaturesOf(
    checkpoint.note,
    policy.witnesses.map(({ key }) => key),
  ))
    if (seconds >= (latest.get(key) ?? 0n)) latest.set(key, seconds);
  const witnessedBy = policy.witnesses.flatMap((witness) => {
    const seconds = latest.get(witness.key);
    return seconds === undefined ? [] : [{ witness, seconds }];
  });
  const names = witnessedBy.map(({ witness }) => witness.name);
  const missing = policy.witnesses.map(({ name }) => name).filter((name) => !names.includes(name));
  return { checkpoint, witnessedBy, missing, met: meetsQuorum(policy, names) };
}
