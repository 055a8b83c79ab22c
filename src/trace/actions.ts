import { aggregate, CidrSet } from '../core/cidr.ts';
import { isBlockable } from '../core/ip.ts';
import type { Judged } from './attackers.ts';
import type { Action, Entry } from './story.ts';
import { tellsOf } from './techniques.ts';
import { accountsMade, type Suspect } from './ways-in.ts';

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
    return Math.max(tally.tries, tally.invalidNames) + tally.hostile + tally.probes + tally.blocked >= WORTH_BLOCKING;
  });
  const entered = [...hostile].filter((address) => isBlockable(address) && !kept.has(address));
  return aggregate([...new Set([...chosen.map(({ address }) => address), ...entered])]);
}

/** What to do now, most urgent first. */
export function adviseActions(
  suspects: readonly Suspect[],
  entries: readonly Entry[],
  block: readonly string[],
  paths: readonly string[],
): Action[] {
  const actions = new Map<string, Action>();
  const add = (action: Action) => {
    const key = `${action.kind} ${action.host} ${action.target}`;
    if (!actions.has(key)) actions.set(key, action);
  };
  for (const host of new Set(entries.map((entry) => entry.host)))
    add({
      kind: 'preserve',
      host,
      target: host,
      reason: 'take an image before anything on it is changed',
      command: '',
    });
  for (const { draft } of suspects) {
    const made = accountsMade(draft).filter((account) => account !== '');
    for (const account of made)
      add({
        kind: 'remove_account',
        host: draft.host,
        target: account,
        reason: 'made by the intruder',
        command: `usermod -L -e 1 ${quote(account)}`,
      });
    for (const file of keyFiles(draft.steps.map(({ text }) => text)))
      add({
        kind: 'remove_key',
        host: draft.host,
        target: file,
        reason: 'the intruder added a login key',
        command: '',
      });
  }
  for (const { user, host, method } of entries) {
    if (user === '' || actions.has(`remove_account ${host} ${user}`)) continue;
    const reason = method === 'publickey' ? 'its key was used to enter' : 'its password is known to the intruder';
    add({
      kind: 'lock_account',
      host,
      target: user,
      reason,
      command: user === 'root' ? 'passwd -l root' : `usermod -L -e 1 ${quote(user)}`,
    });
  }
  if (block.length > 0) {
    const target = `${block.length.toLocaleString('en')} ${block.length === 1 ? 'network' : 'networks'}`;
    add({
      kind: 'block',
      host: '',
      target,
      reason: 'they attacked',
      command: `spoor investigate --blocklist nft ${paths.map(quote).join(' ')} | nft -f -`,
    });
  }
  return [...actions.values()];
}

/** authorized_keys files that commands wrote to. */
function keyFiles(commands: readonly string[]): string[] {
  const files = new Set<string>();
  for (const command of commands) {
    if (!tellsOf(command).some(({ title }) => title === 'Login key added')) continue;
    const file = /[\w~./-]{0,200}authorized_keys/.exec(command.slice(0, 4096))?.[0];
    files.add(file ?? '~/.ssh/authorized_keys');
  }
  return [...files];
}

/** A word that a shell takes as it stands; anything else is quoted. */
function quote(word: string): string {
  return /^[\w./-]{1,256}$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
