import type { Command } from 'commander';
import picocolors from 'picocolors';
import type { SessionDeed, SessionsAnswer, ShownSession } from '../../api/summaries.ts';
import { fit as inColumns, printable } from '../../core/text.ts';
import { dataOption } from '../data-option.ts';
import { showingOf } from '../found-lines.ts';
import { askServer, layoutOf } from '../server-client.ts';
import { missingWords, pageSize, shortTime } from '../summary-words.ts';
import type { CliCommand } from './index.ts';

interface SessionsOptions {
  readonly data?: string;
  readonly host?: string;
  readonly since: string;
  readonly until?: string;
  readonly limit: string;
  readonly json?: boolean;
}

const MOST_DEEDS = 20;

/** `spoor sessions`: who came in and went, and what was done with the rights of others in between. */
export default {
  name: 'sessions',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('sessions'))
      .description('sessions of a person or of everybody, from login to logout, with what was done as another account')
      .argument('[person]', 'an account’s name, as the logs write it')
      .option('--host <name>', 'on this host only')
      .option('--since <time>', 'that began since: 30d, 2026-11-01, yesterday (UTC)', '30d')
      .option('--until <time>', 'and before; a day is meant whole')
      .option('--limit <n>', 'how many at most, the newest', '100')
      .option('--json', 'as JSON')
      .action(async (person: string | undefined, { data, host, since, until, limit, json }: SessionsOptions) => {
        const asked = new URLSearchParams({
          since,
          limit: pageSize(limit),
          ...(person && { person }),
          ...(host && { host }),
          ...(until && { until }),
        });
        const answer = (await askServer(layoutOf(data), 'GET', `/api/v1/sessions?${asked}`)) as SessionsAnswer;
        process.stdout.write(json ? `${JSON.stringify(answer)}\n` : told(answer));
        if (!json) process.stderr.write(missingWords(answer.missing));
        exit(0);
      });
  },
} satisfies CliCommand;

function told({ sessions, since, next }: SessionsAnswer): string {
  const from = shortTime(since);
  if (sessions.length === 0) return `No session that began since ${from} is known.\n`;
  const more = next === null ? '' : '… and older ones: --limit, --until\n';
  return `${sessions.map(sessionLines).join('')}${more}`;
}

function sessionLines(session: ShownSession): string {
  const { user, as, host, since, until, from, country, network, method, key, service, position, did, doubts } = session;
  const c = picocolors.createColors(showingOf(process.stdout).color);
  const who = as === '' ? user : `${user} as ${as}`;
  const end = until === null ? 'no end is known' : `${lasting(Date.parse(until) - Date.parse(since))}`;
  const place = [from || 'unknown', country, network].filter((text) => text !== '').join(' ');
  const how = [method, key].filter((text) => text !== '').join(' ') || `by ${service}`;
  const doubt = doubts.length === 0 ? '' : `  (${doubts.join('; ')})`;
  const head = `${c.dim(shortTime(since))} ${inColumns(end, 15)} ${c.yellow(inColumns(who || '?', 18))} ${c.cyan(inColumns(host || '?', 14))}`;
  const more = did.length > MOST_DEEDS ? `    … and ${did.length - MOST_DEEDS} more\n` : '';
  return `${head} ${printable(`${place}  ${how}  #${position}${doubt}`, 400)}\n${did.slice(0, MOST_DEEDS).map(deedLine).join('')}${more}`;
}

function deedLine({ at, by, as, command, outcome, position }: SessionDeed): string {
  const refused = outcome === 'failure' ? ' refused' : '';
  return `    ${shortTime(at).slice(11)} ${printable(`${by} ${as}${refused}  ${command}`.trimEnd(), 300)}  #${position}\n`;
}

function lasting(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  if (minutes < 2880) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} days`;
}
