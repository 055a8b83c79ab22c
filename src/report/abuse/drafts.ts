import { stringify } from 'csv-stringify/sync';
import { cell, printable } from '../../core/text.ts';
import type { Story } from '../../trace/story.ts';
import { ownWords } from '../redaction/own.ts';
import { LeftOut, Redactor } from '../redaction/redactor.ts';
import { count, deedsOf } from '../words.ts';
import type { Case, NetworkCase, Spared } from './cases.ts';
import type { Contacts } from './contact.ts';
import { detailsOf } from './details.ts';
import { letter, MOST_LISTED, titleOf } from './letter.ts';
import { type Listed, readme } from './readme.ts';
import type { Reporter } from './reporter.ts';
import { xarfReport } from './xarf.ts';

const MAX_SHOWN = 2000; // characters of one line

export interface DraftOptions {
  /** Null: letters have gaps to fill in, and there are no XARF reports, which cannot be without. */
  readonly reporter: Reporter | null;
  readonly networks: readonly NetworkCase[];
  readonly spared: Spared;
  /** What look-ups found; absent for networks that were not looked up. */
  readonly contacts: ReadonlyMap<NetworkCase, Contacts>;
  /** Zones of single hosts, where stamps name none. */
  readonly hostZones: Readonly<Record<string, string>>;
}

/** Name of a file about a network: from ASCII letters and digits alone, whatever its organisation is called. */
export function fileNameOf({ asn, organisation, range }: NetworkCase): string {
  if (asn === null) return `net-${range.replace('::/', '/').replaceAll(/[/:]/g, '-')}`;
  const words =
    organisation
      .slice(0, 200)
      .normalize('NFKD')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  const name = words.join('-').slice(0, 40).replace(/-$/, '');
  return name === '' ? `AS${asn}` : `AS${asn}-${name}`;
}

/** All drafts of a story, by file name: a letter and XARF reports for each network, and README.txt. */
export function abuseDrafts(story: Story, options: DraftOptions): ReadonlyMap<string, string> {
  const { networks, reporter, contacts } = options;
  const cases = networks.flatMap((network) => network.cases);
  const words = ownWords(
    story,
    cases.flatMap(({ lines }) => lines.flatMap(({ event }) => event ?? [])),
  );
  for (const host of Object.keys(options.hostZones)) words.add(host, 'host');
  const redactor = new Redactor({ words, allowed: new Set(cases.map(({ address }) => address)) });
  const everything = new LeftOut();
  const files = new Map<string, string>();
  const listed: Listed[] = [];
  for (const network of networks) {
    const name = fileNameOf(network);
    const known = contacts.get(network) ?? null;
    const drafts = new NetworkDrafts(network, { story, redactor, everything, ...options });
    const table = network.cases.length > MOST_LISTED ? `${name}.csv` : '';
    files.set(`${name}.txt`, drafts.letter(table, known));
    if (table !== '') files.set(table, drafts.table());
    const reports = reporter === null ? new Map<string, string>() : drafts.reports(name, reporter);
    for (const [file, report] of reports) files.set(file, report);
    listed.push({
      file: `${name}.txt`,
      title: titleOf(network),
      addresses: network.cases.length,
      reports: reports.size,
      contacts: known,
    });
  }
  const lookedUp = contacts.size > 0;
  files.set('README.txt', readme({ listed, spared: options.spared, leftOut: everything, reporter, lookedUp }));
  return files;
}

interface Shared extends DraftOptions {
  readonly story: Story;
  readonly redactor: Redactor;
  readonly everything: LeftOut;
}

/** Drafts of one network: its lines are redacted once, for all of them. */
class NetworkDrafts {
  readonly #network: NetworkCase;
  readonly #shared: Shared;
  readonly #lines = new Map<Case, readonly string[]>();
  readonly #leftOut = new LeftOut();

  constructor(network: NetworkCase, shared: Shared) {
    this.#network = network;
    this.#shared = shared;
    for (const one of network.cases)
      this.#lines.set(
        one,
        one.lines.map(({ raw }) => this.#redacted(raw)),
      );
  }

  #redacted(raw: string): string {
    const { redactor, everything } = this.#shared;
    const before = new LeftOut();
    const text = redactor.redact(raw, before);
    everything.add(before);
    this.#leftOut.add(before);
    return printable(text, MAX_SHOWN);
  }

  /** In which zone the stamps of the lines are. Hosts with another are named as the lines name them. */
  #zones(): string {
    const { story, hostZones, redactor } = this.#shared;
    const others = Object.entries(hostZones).map(
      ([host, zone]) => `${zone} for ${printable(redactor.redact(host), 60)}`,
    );
    return `as written; times that name no zone are in ${[printable(story.zone, 60), ...others].join(', ')}`;
  }

  letter(table: string, contacts: Contacts | null): string {
    return letter(this.#network, {
      reporter: this.#shared.reporter,
      contacts,
      leftOut: this.#leftOut,
      title: titleOf(this.#network),
      linesOf: (one) => this.#lines.get(one) ?? [],
      portsOf: (one) => detailsOf(one, () => '').sourcePorts,
      zones: this.#zones(),
      table,
    });
  }

  table(): string {
    const columns = [
      'address',
      'first',
      'last',
      'kinds',
      'failures',
      'requests',
      'hostileRequests',
      'webFailures',
      'blockedPackets',
      'probes',
      'sourcePorts',
    ];
    const rows = this.#network.cases.map((one) => {
      const { attacker } = one;
      const counts = [
        attacker?.failures,
        attacker?.requests,
        attacker?.hostileRequests,
        attacker?.webFailures,
        attacker?.blockedPackets,
        attacker?.probes,
      ];
      const ports = detailsOf(one, () => '').sourcePorts.join(' ');
      return [one.address, one.first, one.last, attacker?.kinds.join(' '), ...counts, ports].map(cell);
    });
    return stringify([columns, ...rows], { record_delimiter: 'windows', escape_formulas: true });
  }

  /** XARF reports by file name, one for each address of which it is known when it attacked. */
  reports(name: string, reporter: Reporter): Map<string, string> {
    const { redactor } = this.#shared;
    const files = new Map<string, string>();
    for (const one of this.#network.cases) {
      const evidence = [`# Log lines ${this.#zones()}.`, ...(this.#lines.get(one) ?? []), ''].join('\n');
      const report = xarfReport(one, { reporter, redactor, evidence, description: descriptionOf(one) });
      if (report !== null)
        files.set(`${name}-${one.address.replaceAll(':', '-')}.xarf.json`, `${JSON.stringify(report, null, 2)}\n`);
    }
    return files;
  }
}

function descriptionOf({ attacker, entries, entered }: Case): string {
  const deeds = attacker === null ? [] : deedsOf(attacker);
  return [
    deeds.length > 0 ? `Seen from this address: ${deeds.join(', ')}.` : '',
    entries.length > 0 ? `${count(entries.length, 'unauthorised login')} succeeded from it.` : '',
    entered === null ? '' : 'An intruder entered this machine before, and went on from it.',
  ]
    .filter(Boolean)
    .join(' ');
}

/** Could `abuseDrafts` have written a file of this name? */
export function isDraftName(name: string): boolean {
  return name === 'README.txt' || /^(?:AS\d{1,10}|net-[0-9a-f])[\w.-]{0,150}\.(?:txt|csv|xarf\.json)$/.test(name);
}
