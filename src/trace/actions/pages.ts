import { pageOfUrl } from '../finding-of.ts';
import type { Action, Finding } from '../story.ts';
import { DUMPED, GUESSED_LOGIN, SHELL } from '../web-kinds.ts';
import { quotePath } from './words.ts';

/** Pages that are named, of one finding and of all. */
const MAX_PAGES = 3;
const MAX_ALL = 20;
/** A page that `find` takes as it stands. */
const PLAIN = /^(?:\/[\w@+-][\w.@+-]{0,100}){1,20}$/;

/** Where who came in through a web server comes in again: the page that let them, or the script that they left. */
export function closePages(breaches: readonly Finding[]): Action[] {
  const all = breaches.flatMap((finding) => {
    const pages = (finding.request?.urls ?? []).map(pageOfUrl).filter((page) => page !== '');
    return pages.slice(0, MAX_PAGES).map((page) => closePage(finding, page));
  });
  return [...new Map(all.map((action) => [`${action.host} ${action.target}`, action])).values()].slice(0, MAX_ALL);
}

function closePage({ title, host }: Finding, page: string): Action {
  if (title === GUESSED_LOGIN.title) {
    const reason =
      'a password was guessed there: change it, end the sessions of its account, and ask for a second factor';
    return { kind: 'inspect', host, target: `the login ${page}`, reason, command: '' };
  }
  if (title !== SHELL.title) {
    const what = title === DUMPED.title ? 'the database was read' : 'commands were run';
    const reason = `${what} through it: take it off the net until the hole is closed`;
    return { kind: 'inspect', host, target: `the page ${page}`, reason, command: '' };
  }
  const reason = 'the intruder runs commands by it; take it out when the disk is copied, and look for others';
  // The folder of the site is not in the log: the file is found by the end of its path.
  const command = PLAIN.test(page) ? `find / -xdev -path ${quotePath(`*${page}`)} -ls` : '';
  return { kind: 'inspect', host, target: `the script ${page}`, reason, command };
}
