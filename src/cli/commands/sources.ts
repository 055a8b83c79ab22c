import type { Command } from 'commander';
import type { ShownSource, ShownSourceEvent, SourcePage } from '../../api/view.ts';
import { grouped } from '../../core/grouped.ts';
import { counted, printable } from '../../core/text.ts';
import { dataOption } from '../data-option.ts';
import { askServer, layoutOf } from '../server-client.ts';
import type { CliCommand } from './index.ts';

interface SourcesOptions {
  readonly data?: string;
  readonly json?: boolean;
  readonly events?: boolean;
  readonly all?: boolean;
}

/** Sources that are shown on a terminal unless all are asked for. */
const SHOWN = 100;
const PAGE = 1000;

/** `spoor sources`: who sends, since when, how much of it is understood. */
export default {
  name: 'sources',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('sources'))
      .argument('[stream]', 'only those whose stream holds this text')
      .description(
        'who sends: first and last record, rate, share that is understood, what was refused, how the sender is known',
      )
      .option('--events', 'what was seen of them: silence, drift of format, gaps, cut connections, steps of clocks')
      .option('--all', `all of them, not the first ${SHOWN}`)
      .option('--json', 'as JSON, all of them')
      .action(async (stream: string | undefined, { data, json, events, all }: SourcesOptions) => {
        if (events) {
          process.stdout.write(await eventsText(layoutOf(data), json === true));
          exit(0);
          return;
        }
        const layout = layoutOf(data);
        const { sources, total } = await askSources(layout, stream ?? '', json === true || all === true);
        process.stdout.write(
          json
            ? `${JSON.stringify(sources)}\n`
            : sourcesText(sources, await askEvents(layout, 'open=true&limit=10000')),
        );
        const left = total - sources.length;
        if (left > 0)
          process.stdout.write(
            `and ${left.toLocaleString('en')} more: spoor sources STREAM finds by name, --all shows them\n`,
          );
        exit(0);
      });
  },
} satisfies CliCommand;

async function askEvents(layout: ReturnType<typeof layoutOf>, query: string): Promise<ShownSourceEvent[]> {
  const path = `/api/v1/source-events?${query}`;
  return ((await askServer(layout, 'GET', path)) as { events: ShownSourceEvent[] }).events;
}

async function eventsText(layout: ReturnType<typeof layoutOf>, json: boolean): Promise<string> {
  const events = await askEvents(layout, 'limit=1000');
  if (json) return `${JSON.stringify(events)}\n`;
  const lines = events.map(
    ({ at, endedAt, stream, kind, words }) =>
      `${at.slice(0, 19)}Z ${endedAt === null ? 'lasts' : '     '} ${kind.replaceAll('_', ' ').padEnd(14)} ${stream}: ${words}`,
  );
  return lines.map((line) => `${printable(line, 500)}\n`).join('') || 'nothing was seen of any source yet\n';
}

async function askSources(layout: ReturnType<typeof layoutOf>, holding: string, all: boolean) {
  const sources: ShownSource[] = [];
  for (let cursor = ''; ; ) {
    const query = new URLSearchParams({
      q: holding,
      limit: String(all ? PAGE : SHOWN),
      ...(cursor !== '' && { cursor }),
    });
    const page = (await askServer(layout, 'GET', `/api/v1/sources?${query}`)) as SourcePage;
    sources.push(...page.sources);
    if (!all || page.next === null) return { sources, total: page.total };
    cursor = page.next;
  }
}

function sourcesText(sources: readonly ShownSource[], events: readonly ShownSourceEvent[]): string {
  const open = grouped(events, ({ stream }) => stream);
  return sources.map((source) => told(source, open.get(source.stream) ?? [])).join('') || 'nobody has sent yet\n';
}

function told(source: ShownSource, open: readonly ShownSourceEvent[]): string {
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
    `  ${counted(records, 'record')}, ${all === 0 ? 'none read yet' : `${Math.floor((100 * parsed) / all)} % understood`}${source.ratePerHour === null ? '' : `, about ${Math.round(source.ratePerHour).toLocaleString('en')} an hour`}`,
    `  ${source.firstSeen ?? 'never'} to ${source.lastSeen ?? 'never'}${hosts.length > 0 ? `, hosts ${hosts.slice(-5).join(' ')}` : ''}`,
    ...(losses.length > 0 ? [`  ${losses.join(', ')}`] : []),
    ...(source.isAcknowledged
      ? []
      : ['  its protocol has no acknowledgements: what is lost on the way is not known here']),
    ...open.map(({ kind, at, words }) => `  ${kind.replaceAll('_', ' ')} since ${at.slice(0, 19)}Z: ${words}`),
  ];
  return lines.map((line) => `${printable(line, 300)}\n`).join('');
}

/** A clock that is off by less than two seconds is not worth a word: lines wait that long on their way. */
function clockWords(skewMs: number | null): string {
  if (skewMs === null || Math.abs(skewMs) < 2000) return '';
  return `clock ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'ahead' : 'behind'}`;
}
