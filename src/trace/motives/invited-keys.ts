import { addTo } from '../../core/grouped.ts';
import type { StepDraft } from '../draft.ts';
import type { NamedSession } from '../findings.ts';
import { keysIn } from '../keys.ts';
import type { Citer } from '../noted.ts';
import { readLine } from '../techniques/calls.ts';
import { operands, option, programs } from '../techniques/rule.ts';
import type { Hop, Motive } from '../tracks.ts';
import { doneByIntruders } from './done.ts';
import { listed, loginLines, many, motive, stepLines } from './telling.ts';

export interface KeyFacts {
  readonly sessions: readonly NamedSession[];
  readonly loose: readonly StepDraft[];
  readonly hops: readonly Hop[];
  readonly citer: Citer;
}

/** A key that an intruder used opens more than one door. */
export function sharedKeys({ sessions, loose, citer }: KeyFacts): Motive[] {
  const written = writtenKeys(sessions, loose);
  const stolen = new Set(sessions.filter(({ suspect }) => suspect).map(({ draft }) => draft.fingerprint));
  const doors = new Map<string, NamedSession[]>();
  for (const session of sessions) {
    const { fingerprint } = session.draft;
    if (fingerprint === '' || !stolen.has(fingerprint) || written.has(fingerprint)) continue;
    addTo(doors, fingerprint, session);
  }
  return [...doors].flatMap(([fingerprint, opened]) => {
    const accounts = [...new Set(opened.map(({ draft }) => `${draft.user} on ${draft.host}`))];
    if (accounts.length < 2) return [];
    return [
      motive('invited', {
        title: 'One key opens several accounts',
        detail: `${fingerprint} opened ${listed(accounts)}`,
        mend: 'Give every person and machine a key of their own, and each key only where it is needed; take this one out of every authorized_keys.',
        hosts: opened.map(({ draft }) => draft.host),
        count: accounts.length,
        confidence: 'high',
        evidence: loginLines(firstOfEach(opened), citer),
      }),
    ];
  });
}

function firstOfEach(opened: readonly NamedSession[]): NamedSession[] {
  return [
    ...new Map(opened.toReversed().map((one) => [`${one.draft.user} ${one.draft.host}`, one])).values(),
  ].toReversed();
}

/** Keys that intruders laid down themselves are no carelessness of the owner. */
function writtenKeys(sessions: readonly NamedSession[], loose: readonly StepDraft[]): Set<string> {
  const typed = sessions.flatMap(({ draft, suspect }) => (suspect ? draft.steps : []));
  const steps = [...typed, ...loose.filter(({ kind }) => kind === 'command')];
  const keys = steps.flatMap(({ text }) => (text.includes('AAAA') ? keysIn(text) : []));
  return new Set(keys.map(({ fingerprint }) => fingerprint));
}

/** A private key lay on a host that was entered, and opened the next one; or an intruder read or used one there. */
export function lyingKeys({ hops, sessions, loose, citer }: KeyFacts): Motive[] {
  const led = hops.filter(({ method, depth, from }) => method === 'publickey' && depth > 1 && from.host !== '');
  const used = doneByIntruders(sessions, loose).filter(({ step }) => usesKey(step));
  if (led.length === 0 && used.length === 0) return [];
  const ways = [...new Set(led.map(({ from, to }) => `from ${from.host} to ${to.host || to.address}`))];
  const opened = led.length > 0 ? `a key led ${listed(ways)}` : '';
  const seen = used.length > 0 ? `an intruder read or used private keys there (${many(used.length, 'command')})` : '';
  return [
    motive('invited', {
      title: 'Private keys lie on servers',
      detail: [opened, seen].filter(Boolean).join('; '),
      mend: 'Keep private keys off servers: go through them with `ssh -J` (ProxyJump), give each key a passphrase, and make those that lay there anew.',
      hosts: [...led.map(({ from }) => from.host), ...used.map(({ host }) => host)],
      count: led.length + used.length,
      confidence:
        used.some(({ sure }) => sure) || led.some(({ confidence }) => confidence !== 'low') ? 'high' : 'medium',
      evidence: [
        ...led.flatMap(({ evidence }) => evidence.slice(0, 2)),
        ...stepLines(
          used.map(({ step }) => step),
          citer,
        ),
      ],
    }),
  ];
}

const PRIVATE_KEY =
  /(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ed25519)[\w.-]{0,30}|identity|[\w.-]{1,60}(?:\.pem|\.ppk|_(?:rsa|ed25519|ecdsa)))$/;
const takesKey = programs('ssh scp sftp rsync autossh sshpass');
const readsKey = programs('cat less more head tail cp mv scp base64 tar strings vi vim nano');

/** Is a private key read, or handed to ssh? */
function usesKey({ text, kind }: StepDraft): boolean {
  if (kind !== 'command' && kind !== 'sudo') return false;
  return readLine(text.slice(0, 4096)).calls.some((call) => {
    if (takesKey(call) && PRIVATE_KEY.test(option(call, 'i') ?? '')) return true;
    return readsKey(call) && operands(call).some((word) => PRIVATE_KEY.test(word));
  });
}

/** Keys of a kind that OpenSSH itself no longer takes (7.0 for DSA). */
export function weakKeys({ sessions, citer }: KeyFacts): Motive[] {
  const weak = sessions.filter(({ draft }) => /^(?:DSA|ssh-dss|RSA1)$/i.test(draft.keyType));
  if (weak.length === 0) return [];
  return [
    motive('invited', {
      title: 'Keys of a broken kind are taken',
      detail: `${many(weak.length, 'login')} with a DSA or RSA1 key`,
      mend: 'Make new keys with `ssh-keygen -t ed25519`, remove the old ones from authorized_keys, and bring OpenSSH up to date.',
      hosts: weak.map(({ draft }) => draft.host),
      count: weak.length,
      confidence: 'high',
      evidence: loginLines(weak.slice(0, 5), citer),
    }),
  ];
}
