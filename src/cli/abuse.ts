import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import { isLoopback } from '../core/loopback.ts';
import { printable } from '../core/text.ts';
import { createDispatch } from '../decode/dispatch.ts';
import { guardedGet } from '../enrichers/rdap/guarded-get.ts';
import { IANA_BOOTSTRAP } from '../enrichers/rdap/iana.ts';
import { openRdap } from '../enrichers/rdap/lookup.ts';
import { gather } from '../evidence/index.ts';
import { parsers } from '../parsers/index.ts';
import { findCases, type NetworkCase, reportable } from '../report/abuse/cases.ts';
import type { Contacts } from '../report/abuse/contact.ts';
import { abuseDrafts } from '../report/abuse/drafts.ts';
import { findContacts, noContacts } from '../report/abuse/find-contacts.ts';
import { type LineReader, lineReader } from '../report/abuse/line-reader.ts';
import { linesNaming, mostTelling } from '../report/abuse/more-lines.ts';
import { readReporter } from '../report/abuse/reporter.ts';
import { count } from '../report/words.ts';
import type { Story } from '../trace/story.ts';
import type { AbuseOptions } from './abuse-options.ts';
import { checkDraftFolder, writeDrafts } from './draft-folder.ts';

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 2 * 2 ** 20;

/** Before anything is read: throws E_USAGE for what cannot work. */
export async function checkAbuse(options: AbuseOptions): Promise<void> {
  const { abuse, reporter, reporterOrg, rdap, rdapBootstrap } = options;
  if (
    abuse === undefined &&
    (reporter !== undefined || reporterOrg !== undefined || rdap || rdapBootstrap !== undefined)
  )
    throw new AppError('E_USAGE', '--reporter, --reporter-org, --rdap and --rdap-bootstrap need --abuse FOLDER');
  if (reporterOrg !== undefined && reporter === undefined)
    throw new AppError('E_USAGE', '--reporter-org needs --reporter "Name <mail@your.domain>"');
  if (rdapBootstrap !== undefined && rdap === undefined) throw new AppError('E_USAGE', '--rdap-bootstrap needs --rdap');
  if (reporter !== undefined) readReporter(reporter, reporterOrg);
  bootstrapOf(rdapBootstrap);
  if (abuse !== undefined) await checkDraftFolder(abuse);
}

function bootstrapOf(text = IANA_BOOTSTRAP): URL {
  const url = URL.canParse(text) ? new URL(text.endsWith('/') ? text : `${text}/`) : null;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return url;
  throw new AppError('E_USAGE', `--rdap-bootstrap "${text.slice(0, 80)}": give an https URL, or one of this machine`);
}

/**
 * Writes the drafts of `--abuse` and says so on standard error; nothing without that option. `paths` are read once more, for
 * lines. Throws E_OUTPUT, E_USAGE; look-ups that fail are told in the drafts.
 */
export async function writeAbuse(
  story: Story,
  paths: readonly string[],
  options: AbuseOptions,
  signal: AbortSignal,
): Promise<void> {
  const { abuse: folder, keep, reporter } = options;
  if (folder === undefined) return;
  const hostZones = hostZonesOf(options.tz);
  const endMs = story.to === null ? Date.now() : Date.parse(story.to);
  const readLine = lineReader({ dispatch: createDispatch(parsers), zone: story.zone, hostZones, endMs });
  const moreLines = await further(story, paths, options, readLine, signal);
  const { networks, spared } = findCases(story, { keep, readLine, moreLines });
  const contacts = options.rdap ? await lookUp(networks, options, signal) : new Map<NetworkCase, Contacts>();
  const from = reporter === undefined ? null : readReporter(reporter, options.reporterOrg);
  const drafts = abuseDrafts(story, { reporter: from, networks, spared, contacts, hostZones });
  await writeDrafts(folder, drafts);
  const addresses = networks.reduce((sum, { cases }) => sum + cases.length, 0);
  const what = `drafts to ${count(networks.length, 'network')} about ${count(addresses, 'address', 'addresses')}`;
  process.stderr.write(`spoor: ${what} written: read ${printable(folder, 200)}/README.txt\n`);
}

/** What can be read a second time is: files and folders, no pipes. */
async function further(
  story: Story,
  paths: readonly string[],
  { keep, source }: AbuseOptions,
  readLine: LineReader,
  signal: AbortSignal,
): Promise<Map<string, string[]>> {
  const again = [...paths, ...source.map(({ path }) => path)].filter(
    (path) => path !== '-' && !path.startsWith('/dev/') && !path.startsWith('/proc/'),
  );
  const addresses = reportable(story, keep);
  if (signal.aborted || addresses.size === 0) return new Map();
  return mostTelling(await linesNaming(gather(again.sort(), { signal }), addresses), story, readLine);
}

async function lookUp(
  networks: readonly NetworkCase[],
  { rdapBootstrap }: AbuseOptions,
  signal: AbortSignal,
): Promise<Map<NetworkCase, Contacts>> {
  const bootstrap = bootstrapOf(rdapBootstrap);
  const loopback = isLoopback(bootstrap.hostname);
  try {
    const rdap = await openRdap({
      bootstrap: bootstrap.href,
      get: guardedGet({ loopback, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES }),
      loopback,
      now: () => performance.now(),
      sleep: (ms) => pause(ms, undefined, { signal }),
      signal,
    });
    return await findContacts(networks, rdap);
  } catch (error) {
    const problem = printable((error as Error).message, 160);
    process.stderr.write(`spoor: nobody can be looked up (${problem}): the drafts name no mail addresses\n`);
    return noContacts(networks, `could not be looked up, ${problem}`);
  }
}

function hostZonesOf(tz: readonly string[]): Record<string, string> {
  const named = tz.filter((text) => text.includes('='));
  return Object.fromEntries(named.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]));
}
