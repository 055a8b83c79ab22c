import type { SessionDraft, StepDraft } from '../draft.ts';
import { keysIn } from '../keys.ts';
import { NEVER_ENTERED, SERVICE_ACCOUNTS } from '../service-names.ts';
import type { Action } from '../story.ts';
import { tellsOf } from '../techniques.ts';
import { quotePath } from './words.ts';

/** The key that opened a login. */
export function removeKeyUsed(
  { host, user, method, fingerprint }: SessionDraft,
  reason = `it opened the login as ${user}`,
): Action[] {
  if (method !== 'publickey' || fingerprint === '') return [];
  const command = `ssh-keygen -lf ${homeOf(user)}/.ssh/authorized_keys`;
  const safe = /^[\w.-]{1,64}$/.test(user) && !user.startsWith('-') ? command : '';
  return [{ kind: 'remove_key', host, target: fingerprint, reason, command: safe }];
}

// The homes of services lie anywhere: the shell knows them.
export function homeOf(user: string): string {
  if (user === 'root') return '/root';
  return SERVICE_ACCOUNTS.has(user) || NEVER_ENTERED.has(user) ? `~${user}` : `/home/${user}`;
}

/** Keys that a command laid down: by fingerprint where it spells them out, and the file that it wrote to. */
export function removeKeysWritten(host: string, { text }: StepDraft): Action[] {
  const keys = keysIn(text);
  if (keys.length === 0 && !tellsOf(text).some(({ title }) => title === 'Login key added')) return [];
  const file = /[\w~./-]{0,200}authorized_keys/.exec(text.slice(0, 4096))?.[0] ?? '~/.ssh/authorized_keys';
  const path = file.startsWith('~') ? file : quotePath(file);
  const reason = `the intruder added it to ${file}`;
  if (keys.length > 0)
    return keys.map(({ fingerprint, ending }) => {
      const command = `sed -i.spoor '\\#${ending}#d' ${path}`;
      return { kind: 'remove_key', host, target: fingerprint, reason, command };
    });
  const command = `ssh-keygen -lf ${path}`;
  return [{ kind: 'remove_key', host, target: file, reason: 'the intruder added a login key', command }];
}
