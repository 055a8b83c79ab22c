import { stringify } from 'csv-stringify/sync';
import { cell } from '../core/text.ts';
import type { Citation, Story } from '../trace/story.ts';

type Value = string | number | boolean | null | undefined;
type Row = Readonly<Record<string, Value>>;

const cited = (evidence: readonly Citation[]): Row => ({ file: evidence[0]?.file, line: evidence[0]?.line });
const joined = (items: readonly string[]): string => items.join(' ');

function attackers({ attackers: all }: Story): Row[] {
  return all.map(({ place, kinds, names, hosts, categories, evidence, ...rest }) => ({
    ...rest,
    country: place.country,
    asn: place.asn,
    organisation: place.organisation,
    kinds: joined(kinds),
    names: joined(names),
    hosts: joined(hosts),
    categories: joined(categories),
    ...cited(evidence),
  }));
}

function sessions({ sessions: all }: Story): Row[] {
  return all.map(({ key, place, steps, evidence, ...rest }) => ({
    ...rest,
    keyType: key?.type,
    keyFingerprint: key?.fingerprint,
    country: place.country,
    asn: place.asn,
    organisation: place.organisation,
    ...cited(evidence),
  }));
}

function steps({ sessions: all }: Story): Row[] {
  return all.flatMap(({ id, host, steps: done }) =>
    done.map(({ techniques, evidence, ...rest }) => ({
      session: id,
      host,
      ...rest,
      techniques: joined(techniques),
      ...cited([evidence]),
    })),
  );
}

function entries({ entries: all }: Story): Row[] {
  return all.map(({ place, reasons, evidence, ...rest }) => ({
    ...rest,
    country: place.country,
    asn: place.asn,
    organisation: place.organisation,
    reasons: reasons.join('; '),
    ...cited(evidence),
  }));
}

function findings({ findings: all }: Story): Row[] {
  return all.map(({ techniques, evidence, request: _, ...rest }) => ({
    ...rest,
    techniques: joined(techniques),
    ...cited(evidence),
  }));
}

function missing({ missing: all }: Story): Row[] {
  return all.map(({ evidence, ...rest }) => ({ ...rest, line: evidence[0]?.line }));
}

function inputs({ inputs: all }: Story): Row[] {
  return all.map(({ parsers, hosts, samples, ...rest }) => ({
    ...rest,
    parsers: joined(Object.keys(parsers)),
    hosts: joined(hosts),
  }));
}

const TABLES: Readonly<Record<string, readonly [columns: string, rows: (story: Story) => Row[]]>> = {
  attackers: [
    'address country asn organisation kinds first last failures successes successAfterFailure invalidNames probes requests hostileRequests webFailures blockedPackets peakPer10Minutes namesTotal names hosts categories file line',
    attackers,
  ],
  sessions: [
    'id host user service method keyType keyFingerprint certificate address port country asn organisation terminal start end seconds state root count stepsTotal file line',
    sessions,
  ],
  steps: ['session host at kind text user asUser outcome techniques file line', steps],
  entries: [
    'id at host user method address country asn organisation session failuresBefore guessingSeconds confidence reasons file line',
    entries,
  ],
  findings: ['id at host level title detail count techniques session file line', findings],
  missing: ['kind host file line from to detail suspicion', missing],
  actions: ['kind host target reason command', ({ actions }) => actions.map((action) => ({ ...action }))],
  inputs: ['path container size mtime sha256 lines events unparsed envelopeOnly parsers hosts from to refused', inputs],
};

/**
 * The story as tables by name, each a CSV text (RFC 4180, CRLF) with a header. For eyes and spreadsheets: control
 * characters are spelled out and no cell begins a formula, so the exact text is in the JSON alone. Lists are joined by
 * a space; `file` and `line` are of the first line of evidence.
 */
export function csvTables(story: Story): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(TABLES).map(([name, [columns, rows]]) => [name, toCsv(columns.split(' '), rows(story))]),
  );
}

function toCsv(columns: readonly string[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => cell(row[column])));
  return stringify([[...columns], ...cells], { record_delimiter: 'windows', escape_formulas: true });
}
