import type { Command } from 'commander';
import type { Status } from '../../api/view.ts';
import { counted, printable } from '../../core/text.ts';
import { dataOption } from '../data-option.ts';
import { askServer, layoutOf } from '../server-client.ts';
import type { CliCommand } from './index.ts';

interface StatusOptions {
  readonly data?: string;
  readonly json?: boolean;
}

/** `spoor status`: how the server is. */
export default {
  name: 'status',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('status'))
      .description('how the server is: what is kept, what is indexed, which part does not run')
      .option('--json', 'as JSON')
      .action(async ({ data, json }: StatusOptions) => {
        const status = (await askServer(layoutOf(data), 'GET', '/api/v1/status')) as Status;
        process.stdout.write(json ? `${JSON.stringify(status)}\n` : told(status));
        exit(status.ledger.tampered === null && status.parts.every(({ state }) => state === 'running') ? 0 : 1);
      });
  },
} satisfies CliCommand;

/** What is to be known of an index beside how far it is. */
function indexWords({ horizon, outdated, reindex }: Status['index']): string[] {
  const { state, days = 0, daysDone = 0 } = reindex ?? {};
  return [
    ...(horizon === null
      ? []
      : [`index    whole from ${horizon} on: what is older was given up, and is in the ledger alone`]),
    ...(outdated === null ? [] : [`index    ${outdated}`]),
    ...(state === 'running' ? [`index    a reindex is under way: ${daysDone} of ${counted(days, 'day')}`] : []),
  ];
}

const count = (n: number) => n.toLocaleString('en');

function listLine({ name, entries, gotAt, checkedAt, failure }: Status['lists'][number]): string {
  const age = gotAt === null ? 'never loaded' : `of ${gotAt.slice(0, 16)}Z, seen ${checkedAt?.slice(0, 16)}Z`;
  const said = failure === null ? age : `${age}; FAILED: ${failure}`;
  return `${failure === null ? ' ' : '!'} ${name.padEnd(20)} ${count(entries).padStart(11)} ${entries === 1 ? 'entry  ' : 'entries'}  ${said}`;
}

function scrubLine({ at, of, beganAt, lastFinishedAt }: Status['ledger']['scrub']): string {
  const last =
    lastFinishedAt === null ? 'not read again as a whole yet' : `all read again by ${lastFinishedAt.slice(0, 16)}Z`;
  return `ledger   ${last}${beganAt === null ? '' : `; a reading is at record ${count(at)} of ${count(of)}`}`;
}

function cosignedWords({ witnessed, cosigned }: Status['ledger']): string {
  if (!witnessed) return '';
  return cosigned === null
    ? ', none known to be cosigned since the start'
    : `, ${count(cosigned.size)} cosigned at ${cosigned.at.slice(0, 19)}Z`;
}

function told({ version, address, data, ledger, index, lists, parts, unprotected, troubles }: Status): string {
  const lines = [
    `Spoor ${version}, ${address}, data in ${data}`,
    `ledger   ${ledger.origin}: ${counted(ledger.size, 'record')}, ${count(ledger.sealed)} under a signed checkpoint${cosignedWords(ledger)}`,
    ...(ledger.tampered === null ? [] : [`ledger   TAMPERED: ${ledger.tampered}`, `         ${ledger.todo}`]),
    scrubLine(ledger.scrub),
    `index    ${counted(index.indexed, 'record')}${index.lag === 0 ? ', nothing waits' : `, ${counted(index.lag, 'waits', 'wait')}`}`,
    ...indexWords(index),
    '',
    ...parts.map(
      ({ name, state, detail }) => `${state === 'running' ? ' ' : '!'} ${name.padEnd(20)} ${state.padEnd(9)} ${detail}`,
    ),
    ...(lists.length === 0 ? [] : ['', 'lists', ...lists.map(listLine)]),
    ...(unprotected.length === 0 ? [] : ['', 'NOT YET PROTECTED', ...unprotected.map((why) => `  ${why}`)]),
    ...(troubles.length === 0
      ? []
      : ['', 'troubles, newest first', ...troubles.slice(0, 10).map(({ at, what }) => `  ${at} ${what}`)]),
  ];
  return lines.map((line) => `${printable(line, 1200)}\n`).join('');
}
