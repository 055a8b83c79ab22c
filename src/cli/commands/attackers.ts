import type { Command } from 'commander';
import { Option } from 'commander';
import type { AddressAnswer, AttackersAnswer, Tries } from '../../api/summaries.ts';
import { fit as inColumns, printable } from '../../core/text.ts';
import { dataOption } from '../data-option.ts';
import { askServer, layoutOf } from '../server-client.ts';
import { missingWords, pageSize, shortTime } from '../summary-words.ts';
import type { CliCommand } from './index.ts';

interface AttackersOptions {
  readonly data?: string;
  readonly by: 'address' | 'network';
  readonly since: string;
  readonly until?: string;
  readonly limit: string;
  readonly json?: boolean;
}

/** `spoor attackers`: who tries most, or what one address tried hour by hour. */
export default {
  name: 'attackers',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('attackers'))
      .description('who was refused most often; with an address, what it tried hour by hour')
      .argument('[address]', 'one address')
      .addOption(new Option('--by <what>', 'count each of these').choices(['address', 'network']).default('address'))
      .option('--since <time>', 'since when: 30d, 2026-11-01 (UTC, whole hours)', '30d')
      .option('--until <time>', 'until when; a day is meant whole')
      .option('--limit <n>', 'how many at most', '20')
      .option('--json', 'as JSON')
      .action(async (address: string | undefined, options: AttackersOptions) => exit(await run(address, options)));
  },
} satisfies CliCommand;

async function run(address: string | undefined, options: AttackersOptions): Promise<number> {
  const { data, by, since, until, limit, json } = options;
  const asked = new URLSearchParams({ since, limit: pageSize(limit), ...(until && { until }) });
  if (address === undefined) asked.set('by', by);
  const path =
    address === undefined ? `/api/v1/attackers?${asked}` : `/api/v1/attackers/${encodeURIComponent(address)}?${asked}`;
  const answer = (await askServer(layoutOf(data), 'GET', path)) as AttackersAnswer | AddressAnswer;
  if (json) process.stdout.write(`${JSON.stringify(answer)}\n`);
  else {
    process.stdout.write('hours' in answer ? toldOf(answer) : toldTop(answer));
    process.stderr.write(missingWords(answer.missing));
  }
  return 0;
}

const heads = (first: string) =>
  `${inColumns(first, 26)} ${['refused', 'let in', 'attacks', 'names', 'hosts'].map((head) => head.padStart(9)).join('')}  from\n`;

function toldTop({ attackers, since, next }: AttackersAnswer): string {
  if (attackers.length === 0) return `Nobody was refused since ${shortTime(since)}.\n`;
  const rows = attackers.map((one) => {
    const many = one.addresses > 1 ? `, ${one.addresses.toLocaleString('en')} addresses` : '';
    return `${inColumns(one.source, 26)} ${numbers(one)}  ${printable(`${placeOf(one)}${many}, ${shortTime(one.first)} to ${shortTime(one.last)}`, 300)}\n`;
  });
  return `${heads('who')}${rows.join('')}${next === null ? '' : '… and more: --limit\n'}`;
}

function toldOf({ hours, address, since, more }: AddressAnswer): string {
  if (hours.length === 0) return `${address} tried nothing since ${shortTime(since)}.\n`;
  const rows = hours.map(
    (one) => `${inColumns(shortTime(one.at), 26)} ${numbers(one)}  ${printable(placeOf(one), 200)}\n`,
  );
  return `${heads('hour (UTC)')}${rows.join('')}${more ? '… and older ones: --limit, --until\n' : ''}`;
}

const numbers = ({ failures, successes, alerts, users, hosts }: Tries) =>
  [failures, successes, alerts, users, hosts].map((one) => one.toLocaleString('en').padStart(9)).join('');
const placeOf = ({ country, network }: Tries) =>
  [country, network].filter((text) => text !== '').join(' ') || 'unknown';
