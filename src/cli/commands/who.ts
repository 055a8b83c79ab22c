import type { Command } from 'commander';
import picocolors from 'picocolors';
import type { PresentSession, WhoAnswer } from '../../api/asking.ts';
import { fit as inColumns, printable } from '../../core/text.ts';
import { dataOption } from '../data-option.ts';
import { showingOf } from '../found-lines.ts';
import { askServer, layoutOf } from '../server-client.ts';
import type { CliCommand } from './index.ts';

interface WhoOptions {
  readonly data?: string;
  readonly host?: string;
  readonly since?: string;
  readonly json?: boolean;
}

/** `spoor who`: who is in now, on which host, from where, with what. */
export default {
  name: 'who',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('who'))
      .description(
        'who is in now, and who is root now: from where, since when, with key or password; and what cannot be known',
      )
      .option('--host <name>', 'on this host only')
      .option('--since <time>', 'look at what came since: 7d, 2026-11-20', '7d')
      .option('--json', 'as JSON')
      .action(async ({ data, host, since, json }: WhoOptions) => {
        const asked = new URLSearchParams({ ...(host && { host }), ...(since && { since }) });
        const answer = (await askServer(layoutOf(data), 'GET', `/api/v1/who?${asked}`)) as WhoAnswer;
        process.stdout.write(json ? `${JSON.stringify(answer)}\n` : told(answer));
        exit(0);
      });
  },
} satisfies CliCommand;

const isRoot = ({ user, as }: PresentSession) => (as || user) === 'root' || /^administrator$/i.test(as || user);

function told({ at, sessions, unknown }: WhoAnswer): string {
  const c = picocolors.createColors(showingOf(process.stdout).color);
  const root = sessions.filter(isRoot);
  const others = sessions.filter((session) => !isRoot(session));
  const part = (title: string, of: readonly PresentSession[], none: string) =>
    `${c.bold(title)}\n${of.length === 0 ? `  ${none}\n` : of.map((session) => sessionLine(session, at)).join('')}`;
  return [
    part('root now', root, 'nobody is known to be'),
    part('in now', others, root.length === 0 ? 'nobody is known to be' : 'nobody else is known to be'),
    `${c.bold('what cannot be known')}\n${unknown.map((words) => `  ${printable(words, 400)}\n`).join('')}`,
  ].join('\n');
}

function sessionLine(
  { user, as, host, since, from, method, key, service, position, doubts }: PresentSession,
  at: string,
): string {
  const who = as === '' ? user : `${user} as ${as}`;
  const how = [method, key].filter((text) => text !== '').join(' ') || `by ${service}`;
  const long = lasting(Date.parse(at) - Date.parse(since));
  const doubt = doubts.length === 0 ? '' : `  (${doubts.join('; ')})`;
  const rest = `since ${since.slice(0, 16).replace('T', ' ')}Z, ${long}  ${how}  #${position}${doubt}`;
  return `  ${inColumns(who || '?', 18)} ${inColumns(host || '?', 16)} ${inColumns(from || 'unknown', 22)} ${printable(rest, 300)}\n`;
}

function lasting(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 2880) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} days`;
}
