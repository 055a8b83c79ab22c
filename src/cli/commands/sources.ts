import type { Command } from 'commander';
import type { ShownSource } from '../../api/view.ts';
import { printable } from '../../core/text.ts';
import { askServer, dataOption, layoutOf } from '../server-client.ts';
import type { CliCommand } from './index.ts';

interface SourcesOptions {
  readonly data?: string;
  readonly json?: boolean;
}

/** `spoor sources`: who sends, since when, how much of it is understood. */
export default {
  name: 'sources',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('sources'))
      .description(
        'who sends: first and last record, rate, share that is understood, what was refused, how the sender is known',
      )
      .option('--json', 'as JSON')
      .action(async ({ data, json }: SourcesOptions) => {
        const { sources } = (await askServer(layoutOf(data), 'GET', '/api/v1/sources')) as { sources: ShownSource[] };
        process.stdout.write(
          json ? `${JSON.stringify(sources)}\n` : sources.map(told).join('') || 'nobody has sent yet\n',
        );
        exit(0);
      });
  },
} satisfies CliCommand;

function told(source: ShownSource): string {
  const { stream, state, trust, records, parsed, unparsed, dropped, refused, retransmitted, hosts } = source;
  const all = parsed + unparsed;
  const losses = [
    dropped > 0 ? `${dropped} dropped` : '',
    ...Object.entries(refused).map(([reason, times]) => `${times} ${reason}`),
    retransmitted > 0 ? `${retransmitted} sent again` : '',
    clockWords(source.clockSkewMs),
  ].filter((text) => text !== '');
  const lines = [
    `${stream}  ${state}, known by ${trust}`,
    `  ${records.toLocaleString('en')} records, ${all === 0 ? 'none read yet' : `${Math.floor((100 * parsed) / all)} % understood`}${source.ratePerHour === null ? '' : `, about ${Math.round(source.ratePerHour).toLocaleString('en')} an hour`}`,
    `  ${source.firstSeen ?? 'never'} to ${source.lastSeen ?? 'never'}${hosts.length > 0 ? `, hosts ${hosts.slice(-5).join(' ')}` : ''}`,
    ...(losses.length > 0 ? [`  ${losses.join(', ')}`] : []),
  ];
  return lines.map((line) => `${printable(line, 300)}\n`).join('');
}

/** A clock that is off by less than two seconds is not worth a word: lines wait that long on their way. */
function clockWords(skewMs: number | null): string {
  if (skewMs === null || Math.abs(skewMs) < 2000) return '';
  return `clock ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'ahead' : 'behind'}`;
}
