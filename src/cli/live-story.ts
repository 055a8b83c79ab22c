import { AppError } from '../core/errors.ts';
import { ProgressLine } from '../report/progress.ts';
import type { Story } from '../trace/story.ts';
import { type EvidenceOptions, instant } from './evidence.ts';
import { type LiveOptions, USUAL } from './live-options.ts';
import { askServer, layoutOf, refusalOf } from './server-client.ts';
import { serverEvents } from './server-events.ts';

/** Throws E_USAGE for what is said of files, together with --live. */
function checkLive(paths: readonly string[], options: EvidenceOptions): void {
  const { tz, now, geoip, threads, source } = options;
  const ofFiles = [
    ...(paths.length > 0 ? [`"${(paths[0] as string).slice(0, 80)}"`] : []),
    ...(tz.length > 0 ? ['--tz'] : []),
    ...(now === undefined ? [] : ['--now']),
    ...(geoip.length > 0 ? ['--geoip'] : []),
    ...(threads === undefined ? [] : ['--threads']),
  ];
  if (ofFiles.length > 0)
    throw new AppError(
      'E_USAGE',
      `--live reads what the server keeps, by its configuration: leave out ${ofFiles.join(', ')}`,
    );
  if (source.length > 1 || source.some(({ path }) => path !== ''))
    throw new AppError('E_USAGE', '--source with --live: name one sender, as spoor sources shows it');
}

/** Has the server of this machine tell a story, with progress on standard error. `top`: how many attackers it tells. */
export async function readLiveStory(
  paths: readonly string[],
  options: EvidenceOptions & LiveOptions & { readonly top: number },
  signal: AbortSignal,
): Promise<Story> {
  checkLive(paths, options);
  const layout = layoutOf(options.data);
  const progress = new ProgressLine(process.stderr, () => performance.now());
  const end = (id: string) => void askServer(layout, 'POST', `/api/v1/story/${id}/end`).catch(() => {}); // it has ended
  const texts: string[] = [];
  try {
    // A first Ctrl-C ends the reading only: the story comes then.
    for await (const { event, data } of serverEvents(
      layout,
      `/api/v1/story?${asked(options)}`,
      new AbortController().signal,
    )) {
      if (event === 'begun') onAbort(signal, () => end((data as { id: string }).id));
      else if (event === 'read') progress.update(shareOf(data as Read));
      else if (event === 'story') texts.push((data as { text: string }).text);
      else if (event === 'failed') throw failureOf(data as { status: number; detail: string });
      else if (event === 'done') return JSON.parse(texts.join('')) as Story;
    }
    throw new AppError('E_UNAVAILABLE', 'the server ended before the story was told');
  } finally {
    progress.end();
  }
}

interface Read {
  readonly records: number;
  readonly of: number;
  readonly bytes: number;
}

const failureOf = ({ status, detail }: { readonly status: number; readonly detail: string }) =>
  refusalOf(status, detail);

// How many bytes there are nobody knows before they are read: the records tell the share.
const shareOf = ({ records, of, bytes }: Read) => ({
  lines: records,
  bytes,
  totalBytes: records === 0 ? null : (bytes * of) / records,
});

function onAbort(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}

function asked(options: EvidenceOptions & { readonly top: number }): URLSearchParams {
  const { since = USUAL, until, host, source, keep, top } = options;
  const nowMs = Date.now();
  const at = (option: string, text: string) => new Date(instant(option, text, nowMs)).toISOString();
  const query = new URLSearchParams({ since: at('--since', since), top: String(Number.isFinite(top) ? top : 0) });
  if (until !== undefined) query.set('until', at('--until', until));
  if (host !== undefined) query.set('host', host);
  if (source[0] !== undefined) query.set('sender', source[0].label);
  if (options.case) query.set('case', options.case);
  if (keep.length > 0) query.set('keep', keep.join(','));
  return query;
}
