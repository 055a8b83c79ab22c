import { type EcsFields, withFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { becomesAnother } from './auth/becoming.ts';
import { AUTHENTICATION, END, INFO, PROCESS, SESSION, START } from './auth/words.ts';
import { failure, krb5Failure } from './pam/failure.ts';
import { moduleMessage } from './pam/module.ts';

// Hot path: every login brings two or three of these, every guessed password one.

const OPENED = 'session opened for user ';
const CLOSED = 'session closed for user ';
const CHECK = 'check pass; user unknown';
const FAILURE = 'authentication failure; ';
const MORE = /^(?<more>\d{1,6}) more authentication failures?; /;
const RETRIES = /^service\([\w.-]{1,64}\) ignoring max retries; \d{1,6} > \d{1,6}$/;
const DROPBEAR = 'PAM password auth '; // dropbear's own word for a login
const MODULE_PID = /\[\d{1,10}\]$/; // Red Hat's pam_krb5 writes "pam_krb5[1354]: "
// "NAME(uid=N) by OPENER(uid=N)"; PAM before 1.4 gives the opener's id alone.
const SESSION_OF =
  /^(?<user>\S{1,256}?)(?:\(uid=(?<id>\d{1,10})\))? by (?<opener>[^\s()]{0,256})\(uid=(?<openerid>\d{1,10})\)(?: by .*)?$/s;

/**
 * Who sits at the keyboard (`user.name`) and whose rights the session has (`user.effective.name`). They differ for su,
 * sudo and their kin alone; elsewhere the opener is the service itself.
 */
function opened(text: string, service: string): EcsFields | null {
  const groups = SESSION_OF.exec(text)?.groups;
  if (!groups) return null;
  const { user, id, opener, openerid } = groups;
  const another = opener !== '' && becomesAnother(service);
  return {
    'event.category': SESSION,
    'event.type': START,
    'event.action': 'session_open',
    'user.name': another ? opener : user,
    'user.id': another ? openerid : id,
    'user.effective.name': another ? user : undefined,
    'user.effective.id': another ? id : undefined,
    'spoor.opener.name': opener === '' ? undefined : opener,
    'spoor.opener.id': openerid,
    'spoor.session.user': user,
    'spoor.session.service': service === '' ? undefined : service,
  };
}

function closed(user: string, service: string): EcsFields {
  return {
    'event.category': SESSION,
    'event.type': END,
    'event.action': 'session_close',
    'user.name': user,
    'spoor.session.user': user,
    'spoor.session.service': service === '' ? undefined : service,
  };
}

/** pam_unix says it before "authentication failure", which says more. */
function unknownUser(service: string): EcsFields {
  return {
    'event.category': AUTHENTICATION,
    'event.type': INFO,
    'event.action': 'pam_unknown_user',
    'event.outcome': 'failure',
    'event.reason': 'user unknown',
    'spoor.session.service': service === '' ? undefined : service,
  };
}

/** What stands after the module's name. Null: not a message that every module has. */
function shared(text: string, at: number, service: string): EcsFields | null {
  if (text.startsWith(OPENED, at)) return opened(text.slice(at + OPENED.length), service);
  if (text.startsWith(CLOSED, at)) return closed(text.slice(at + CLOSED.length), service);
  if (text.startsWith(FAILURE, at)) return failure(text, at, service, 0);
  if (text.startsWith(CHECK, at)) return unknownUser(service);
  const first = text.charCodeAt(at);
  if (first < 48 || first > 57) return null;
  const more = MORE.exec(text.slice(at, at + 48))?.groups?.['more'];
  return more === undefined ? null : failure(text, at, service, Number(more));
}

/** "pam_unix(sshd:auth): TEXT", "(pam_unix) TEXT", "pam_unix: TEXT" */
function ofModule(message: string): EcsFields | null {
  const bracketed = message.charCodeAt(0) === 0x28;
  const open = message.indexOf('(');
  const colon = bracketed ? message.indexOf(') ') : message.indexOf(': ');
  if (colon === -1 || colon > 100) return null;
  let service = '';
  if (!bracketed && open !== -1 && open < colon) {
    const end = message.indexOf(':', open);
    service = message.slice(open + 1, end < colon ? end : colon - 1);
  }
  const name = bracketed ? message.slice(1, colon) : message.slice(0, open !== -1 && open < colon ? open : colon);
  const at = colon + 2;
  const said = (name === 'pam_krb5' ? krb5Failure(message.slice(at), service) : null) ?? shared(message, at, service);
  if (said) return said;
  const own = moduleMessage(message.slice(at));
  return withFields(own, {
    'spoor.session.service': service === '' ? undefined : service,
    'spoor.pam.module': name.replace(MODULE_PID, ''),
  });
}

/** libpam's own: "PAM 2 more authentication failures; …", "PAM service(sshd) ignoring max retries; 6 > 3" */
function ofLibrary(message: string): EcsFields | null {
  if (message.startsWith(DROPBEAR)) return null;
  const said = shared(message, 4, '');
  if (said) return said;
  const retries = RETRIES.test(message.slice(4));
  return {
    'event.category': retries ? AUTHENTICATION : PROCESS,
    'event.type': INFO,
    'event.action': retries ? 'ssh_max_attempts' : 'pam_info',
    'event.outcome': retries ? 'failure' : undefined,
  };
}

/** Linux-PAM modules (pam_unix and its kin), under whatever program called them, in the tags of old and new. */
export default {
  kind: 'message',
  name: 'pam',
  programs: ['unix_chkpwd', 'pam_abl'], // pam_unix's helper, where the caller may not read the passwords itself, and a module with a name of its own
  prefixes: [
    'pam_',
    'PAM ',
    '(pam_',
    FAILURE,
    OPENED,
    CLOSED,
    CHECK,
    'Accepted google_authenticator for ',
    'Invalid verification code for ',
    ...['Successful', 'Failsafe', 'Failed', 'Aborted'].map((how) => `${how} Duo login for '`), // Duo's pam_duo and login_duo
    ...Array.from({ length: 9 }, (_, digit) => `${digit + 1} more authentication failure`),
  ],
  parse({ message, appName }) {
    if (message.startsWith('pam_') || message.startsWith('(pam_')) return ofModule(message);
    if (message.startsWith('PAM ')) return ofLibrary(message);
    return shared(message, 0, appName) ?? moduleMessage(message); // "sshd(pam_unix)[1]: …": the module was in the tag
  },
} satisfies MessageParser;
