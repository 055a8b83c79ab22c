import { aggregate, CidrSet } from '../core/cidr.ts';
import { isBlockable } from '../core/ip.ts';
import type { Judged } from './attackers.ts';
import type { SessionDraft, StepDraft } from './draft.ts';
import { keysIn } from './keys.ts';
import type { Action, Entry } from './story.ts';
import { tellsOf } from './techniques.ts';
import { accountsMade, type Suspect, untimedOf } from './ways-in.ts';

const WORTH_BLOCKING = 3;

/**
 * Networks to block: every address that attacked often enough to be no accident; never a private or local one, one that
 * `keep` covers, or one from which somebody logged in whom nothing speaks against. Aggregated without widening.
 */
export function blockList(attackers: readonly Judged[], entries: readonly Entry[], keep: readonly string[]): string[] {
  const kept = CidrSet.from(keep);
  const hostile = new Set(entries.map(({ address }) => address));
  const chosen = attackers.filter(({ address, tally }) => {
    if (!isBlockable(address) || kept.has(address)) return false;
    if (hostile.has(address)) return true;
    if (tally.successes > 0) return false;
    return (
      Math.max(tally.failures, tally.invalidNames) + tally.hostile + tally.webFailures + tally.probes + tally.blocked >=
      WORTH_BLOCKING
    );
  });
  const entered = [...hostile].filter((address) => isBlockable(address) && !kept.has(address));
  return aggregate([...new Set([...chosen.map(({ address }) => address), ...entered])]);
}

export interface AdviceFacts {
  readonly suspects: readonly Suspect[];
  readonly entries: readonly Entry[];
  readonly loose: readonly StepDraft[];
  readonly block: readonly string[];
  /** What was handed in, for commands to paste. */
  readonly paths: readonly string[];
}

/** What to do now, most urgent first. */
export function adviseActions({ suspects, entries, loose, block, paths }: AdviceFacts): Action[] {
  const advice = new Advice();
  for (const host of new Set(entries.map((entry) => entry.host)))
    advice.add({
      kind: 'preserve',
      host,
      target: host,
      reason: 'copy its disk before you change anything on it',
      command: '',
    });
  for (const { draft } of suspects) {
    for (const account of accountsMade(draft)) if (account !== '') advice.lockMade(draft.host, account);
    for (const step of [...draft.steps, ...untimedOf(draft, loose)]) advice.removeKeys(draft.host, step.text);
  }
  for (const { draft } of suspects) advice.removeKeyUsed(draft);
  for (const entry of entries) advice.lock(entry);
  if (block.length > 0) {
    const target = `${block.length.toLocaleString('en')} ${block.length === 1 ? 'network' : 'networks'}`;
    const command = `spoor investigate --blocklist nft ${paths.map(quotePath).join(' ')} | nft -f -`;
    advice.add({ kind: 'block', host: '', target, reason: 'they attacked', command });
  }
  return advice.all();
}

/** Collects actions, each once. */
class Advice {
  readonly #actions = new Map<string, Action>();

  all(): Action[] {
    return [...this.#actions.values()];
  }

  add(action: Action): void {
    const key = `${action.kind} ${action.host} ${action.target}`;
    if (!this.#actions.has(key)) this.#actions.set(key, action);
  }

  /** An account that the intruder made: locked now, removed when the disk was copied. */
  lockMade(host: string, account: string): void {
    const reason = 'made by the intruder; remove it when the disk is copied';
    this.add({ kind: 'lock_account', host, target: account, reason, command: `usermod -L -e 1 ${quote(account)}` });
  }

  /** An account that was used to enter. Who came by key is kept out by the key alone. */
  lock({ host, user, method }: Entry): void {
    if (user === '' || method === 'publickey') return;
    const reason = method === 'password' ? 'the intruder knows its password' : 'it was used to enter';
    const command = user === 'root' ? 'passwd -l root' : `usermod -L -e 1 ${quote(user)}`;
    this.add({ kind: 'lock_account', host, target: user, reason, command });
  }

  /** The key that opened a login. */
  removeKeyUsed({ host, user, method, fingerprint }: SessionDraft): void {
    if (method !== 'publickey' || fingerprint === '') return;
    const command = `ssh-keygen -lf ${user === 'root' ? '/root' : `/home/${user}`}/.ssh/authorized_keys`;
    const safe = /^[\w.-]{1,64}$/.test(user) ? command : '';
    this.add({
      kind: 'remove_key',
      host,
      target: fingerprint,
      reason: `it opened the login as ${user}`,
      command: safe,
    });
  }

  /** Keys that a command laid down: by fingerprint where it spells them out, and the file that it wrote to. */
  removeKeys(host: string, text: string): void {
    const keys = keysIn(text);
    if (keys.length === 0 && !tellsOf(text).some(({ title }) => title === 'Login key added')) return;
    const file = /[\w~./-]{0,200}authorized_keys/.exec(text.slice(0, 4096))?.[0] ?? '~/.ssh/authorized_keys';
    const path = file.startsWith('~') ? file : quotePath(file);
    const reason = `the intruder added it to ${file}`;
    for (const { fingerprint, ending } of keys) {
      const command = `sed -i.spoor '\\#${ending}#d' ${path}`;
      this.add({ kind: 'remove_key', host, target: fingerprint, reason, command });
    }
    if (keys.length === 0)
      this.add({
        kind: 'remove_key',
        host,
        target: file,
        reason: 'the intruder added a login key',
        command: `ssh-keygen -lf ${path}`,
      });
  }
}

/** A name as a command's last words: quoted unless a shell takes it as it stands, and never read as an option. */
export function quote(name: string): string {
  return name.startsWith('-') ? `-- ${quoted(name)}` : quoted(name);
}

/** A path likewise, anywhere in a command. */
function quotePath(path: string): string {
  return quoted(path.startsWith('-') ? `./${path}` : path);
}

function quoted(word: string): string {
  return /^[\w./][\w./-]{0,255}$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
