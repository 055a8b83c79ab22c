import type { LeftOut } from '../redaction/redactor.ts';
import { count } from '../words.ts';
import type { Spared } from './cases.ts';
import type { Contacts } from './contact.ts';
import { leftOutLines } from './left-out.ts';
import type { Reporter } from './reporter.ts';

/** First line of README.txt: a folder with it was made by this program, and may be written anew. */
export const MARK = 'Drafts of abuse reports, written by Spoor';

/** One network in the index. */
export interface Listed {
  readonly file: string;
  readonly title: string;
  readonly addresses: number;
  readonly reports: number;
  readonly contacts: Contacts | null;
}

export interface ReadmeOptions {
  readonly listed: readonly Listed[];
  readonly spared: Spared;
  readonly leftOut: LeftOut;
  readonly reporter: Reporter | null;
  readonly lookedUp: boolean;
}

/** The index of a folder of drafts: which networks, whom to write to, what was left out. */
export function readme({ listed, spared, leftOut, reporter, lookedUp }: ReadmeOptions): string {
  return [
    MARK,
    '',
    'Nothing was sent. Read each letter before you send it: you know your people and your partners, the program does not.',
    'The folder is written anew by the next run with --abuse: copy what you change.',
    '',
    `Letters: ${count(listed.length, 'network')}`,
    ...listed.flatMap(indexLines),
    ...(listed.length === 0 ? ['  none: no address is to be reported'] : []),
    '',
    reporter === null
      ? 'XARF reports (*.xarf.json): none. They must name who reports: --reporter "Name <mail@your.domain>".'
      : 'XARF reports (*.xarf.json, https://xarf.org, version 4): one for each address, for desks that read them by machine.',
    lookedUp
      ? 'Mail addresses come from the registries (RDAP). Networks without one have the reason in their letter.'
      : 'Mail addresses: not looked up. --rdap asks the registries, which then know what addresses you ask about.',
    '',
    ...sparedLines(spared),
    '',
    ...leftOutLines(leftOut, 'all log lines'),
    '',
    'What no program can know: a password that somebody typed as a plain word in the place of a name, a name of your firm',
    'in a path. Look for them.',
    '',
  ].join('\n');
}

function indexLines({ file, title, addresses, reports, contacts }: Listed): string[] {
  const mails = [...new Set(contacts?.found.map(({ mails: [first = ''] }) => first) ?? [])];
  const to = mails.length > 0 ? mails.join(', ') : contacts === null ? 'not looked up' : contacts.problem;
  const files = reports === 0 ? '' : `, ${count(reports, 'XARF report')}`;
  return [`  ${file}`, `    ${title}: ${count(addresses, 'address', 'addresses')}${files}`, `    to: ${to}`];
}

function sparedLines({ addresses, unlisted }: Spared): string[] {
  return [
    'Not reported:',
    `- ${count(addresses, 'address', 'addresses')}: private, kept by --keep, with a good login that nothing speaks against, or that did too little`,
    ...(unlisted > 0
      ? [
          `- ${count(unlisted, 'more address', 'more addresses')} that the story counts and does not list (--top 0 lists all)`,
        ]
      : []),
  ];
}
