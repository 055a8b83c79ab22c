import { isBlockable } from '../../core/ip.ts';
import type { NamedSession } from '../findings.ts';
import type { Citer } from '../noted.ts';
import type { Citation } from '../story.ts';
import type { Ref } from '../tally.ts';
import type { Motive } from '../tracks.ts';
import { type Crowd, UNLIMITED } from './crowd.ts';
import { isDefaultName } from './known-names.ts';
import { hostsOf, linesOf, listed, loginLines, many, motive } from './telling.ts';

/** What about the ways to log in made it easy. */
export interface LoginFacts {
  readonly sessions: readonly NamedSession[];
  readonly crowd: Crowd;
  readonly citer: Citer;
  readonly citeRef: (ref: Ref) => Citation;
}

const byPassword = ({ draft }: NamedSession) =>
  draft.method === 'password' || draft.method.startsWith('keyboard-interactive');
const bySsh = ({ draft }: NamedSession) => draft.service === 'sshd' || draft.service === '';
const fromOutside = ({ draft }: NamedSession) => isBlockable(draft.address);
const intrudersFirst = (a: NamedSession, b: NamedSession) => Number(b.suspect) - Number(a.suspect);
const placesOf = (sessions: readonly NamedSession[]) => sessions.map(({ draft }) => draft.host);

/** Passwords were taken from outside: one guess that is right, and they are in. */
export function passwordLogins({ sessions, crowd, citer, citeRef }: LoginFacts): Motive[] {
  const let_in = sessions.filter((one) => byPassword(one) && bySsh(one) && fromOutside(one)).sort(intrudersFirst);
  const intruders = let_in.filter(({ suspect }) => suspect).length;
  const { total: guessing, worst: guessed } = crowd.passwords;
  const mend =
    'In /etc/ssh/sshd_config set `PasswordAuthentication no` and `KbdInteractiveAuthentication no`, give everybody a key, then restart sshd.';
  if (let_in.length > 0)
    return [
      motive('invited', {
        title: 'Logins by password from outside',
        detail: `${many(let_in.length, 'login')} by password from outside, ${intruders.toLocaleString('en-US')} of them an intruder’s`,
        mend,
        hosts: placesOf(let_in),
        count: let_in.length,
        confidence: 'high',
        evidence: loginLines(let_in.slice(0, 5), citer),
      }),
    ];
  if (guessing === 0) return [];
  return [
    motive('invited', {
      title: 'Passwords may be tried from outside',
      detail: `${many(guessing, 'address', 'addresses')} could try passwords; whether a right one would have been taken, the logs do not say`,
      mend,
      hosts: hostsOf(guessed),
      count: guessing,
      confidence: 'medium',
      evidence: linesOf(guessed, citeRef, 'password', 'authentication failure'),
    }),
  ];
}

/** root logged in by ssh, from outside or as an intruder. */
export function rootLogins({ sessions, citer }: LoginFacts): Motive[] {
  const root = sessions.filter(
    (one) => one.draft.user === 'root' && bySsh(one) && one.draft.address !== '' && (one.suspect || fromOutside(one)),
  );
  if (root.length === 0) return [];
  root.sort(intrudersFirst);
  const intruders = root.filter(({ suspect }) => suspect).length;
  const guessable = root.some(byPassword);
  return [
    motive('invited', {
      title: 'Root may log in',
      detail: `${many(root.length, 'login')} as root over ssh, ${intruders.toLocaleString('en-US')} of them an intruder’s`,
      mend: 'In /etc/ssh/sshd_config set `PermitRootLogin no`, log in as yourself and use sudo, then restart sshd.',
      hosts: placesOf(root),
      count: root.length,
      confidence: intruders > 0 || guessable ? 'high' : 'low',
      evidence: loginLines(root.slice(0, 5), citer),
    }),
  ];
}

/** Accounts with a name that is tried everywhere, into which a password let somebody. */
export function defaultAccounts({ sessions, citer }: LoginFacts): Motive[] {
  const found = sessions.filter(
    (one) =>
      one.draft.user !== 'root' &&
      isDefaultName(one.draft.user) &&
      byPassword(one) &&
      (one.suspect || fromOutside(one)),
  );
  if (found.length === 0) return [];
  found.sort(intrudersFirst);
  const names = [...new Set(found.map(({ draft }) => draft.user))];
  return [
    motive('invited', {
      title: 'Accounts with names that are tried everywhere',
      detail: `${listed(names)}: ${many(found.length, 'login')} by password, ${many(found.filter(({ suspect }) => suspect).length, 'of them an intruder’s', 'of them an intruder’s')}`,
      mend: `Lock what nobody needs (\`usermod -L -e 1 NAME\`), and name in /etc/ssh/sshd_config who may come: \`AllowUsers\`.`,
      hosts: placesOf(found),
      count: names.length,
      confidence: 'high',
      evidence: loginLines(found.slice(0, 5), citer),
    }),
  ];
}

/** Addresses that could try as fast as they liked. */
export function noLimit({ crowd, citeRef }: LoginFacts): Motive[] {
  const { total, worst: fast } = crowd.fast;
  const [worst] = fast;
  if (worst === undefined) return [];
  const most = fast.reduce((best, one) => (one.tally.guesses > best.tally.guesses ? one : best), worst);
  return [
    motive('invited', {
      title: 'Nothing limits how often one address may try',
      detail: `${many(total, 'address', 'addresses')} tried ${UNLIMITED} times or more within 10 minutes; ${most.address} tried ${many(most.tally.guesses, 'time')} in all`,
      mend: 'Install fail2ban with its jail `sshd` enabled; with OpenSSH 9.8 or newer `PerSourcePenalties yes` in /etc/ssh/sshd_config does the like.',
      hosts: hostsOf(fast),
      count: total,
      confidence: 'high',
      evidence: linesOf([most, ...fast], citeRef, 'Failed', 'failure'),
    }),
  ];
}

/** From how many addresses a login could be asked for that have no business there. */
export function openToAll({ crowd, citeRef }: LoginFacts): Motive[] {
  const { total, worst } = crowd.outside;
  if (total < 3) return [];
  return [
    motive('invited', {
      title: 'Logins can be reached from everywhere',
      detail: `${many(total, 'address', 'addresses')} from outside could ask for a login`,
      mend: 'Let only networks that you know reach port 22 (`ufw allow from 192.0.2.0/24 to any port 22 proto tcp`, then `ufw delete allow 22/tcp`), or put it behind a VPN.',
      hosts: hostsOf(worst),
      count: total,
      confidence: 'high',
      evidence: linesOf(worst, citeRef),
    }),
  ];
}
