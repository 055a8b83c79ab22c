import { toEcs } from '../src/core/event.ts';
import type { ScoreRow } from './row.ts';
import { FieldTally, type OnMiss } from './suite.ts';
import { casesOf, decodeLines } from './web-cases.ts';

/** Filebeat's tests read stamps without a zone as two hours behind. */
const FILEBEAT_ZONE = '-02:00';
const NOW = '2026-06-30T12:00:00Z';

/** What is compared of a Filebeat record, where it says it. Web modules are scored with the web suites. */
const FIELDS = [
  '@timestamp',
  'source.ip',
  'source.port',
  'user.name',
  'user.effective.name',
  'user.id',
  'event.outcome',
  'event.action',
  'process.name',
  'process.pid',
  'process.executable',
  'process.args',
  'host.hostname',
  'host.name',
];

interface LineCase {
  readonly module: string;
  readonly fileset: string;
  readonly line: string;
  readonly expect: Readonly<Record<string, unknown>>;
}

/** The records that Filebeat makes of system logs and of single audit lines. */
export async function scoreFilebeat(corpusDir: string, onMiss: OnMiss): Promise<ScoreRow[]> {
  const tally = new FieldTally(onMiss);
  for (const { module, fileset, line, expect } of casesOf<LineCase>(corpusDir, 'ecs_filebeat.jsonl')) {
    if (module !== 'system' && module !== 'auditd') continue;
    const [event] = await decodeLines(line.split('\n'), FILEBEAT_ZONE, NOW);
    const document = event === undefined ? {} : toEcs(event);
    for (const field of FIELDS)
      if (expect[field] !== undefined)
        tally.compare(`${module} ${fileset}`, field, expect[field], document[field], line);
  }
  return tally.rows('ecs_filebeat', '>= 95 %');
}

interface AuditCase {
  readonly name: string;
  readonly lines: readonly string[];
  readonly expect: {
    readonly '@timestamp': string;
    readonly sequence: number;
    readonly result?: string;
    readonly summary?: { readonly action?: string };
    readonly process?: Readonly<Record<string, unknown>>;
    readonly source?: Readonly<Record<string, unknown>>;
    readonly destination?: Readonly<Record<string, unknown>>;
    readonly network?: Readonly<Record<string, unknown>>;
    readonly ecs?: {
      readonly event?: Readonly<Record<string, unknown>>;
      readonly user?: { readonly [role: string]: Readonly<Record<string, unknown>> | undefined };
    };
  };
}

/** go-libaudit's names of what ECS calls otherwise. */
const PROCESS_FIELDS: Readonly<Record<string, string>> = {
  exe: 'executable',
  ppid: 'parent.pid',
  cwd: 'working_directory',
};

/** An expected audit event in our words. */
function inEcs({ expect }: AuditCase): [field: string, value: unknown][] {
  const { result, summary, ecs } = expect;
  const pairs: [string, unknown][] = [
    ['@timestamp', expect['@timestamp']],
    ['auditd.log.sequence', expect.sequence],
    ['event.action', summary?.action],
    ['event.outcome', result === 'fail' ? 'failure' : result],
    ['event.category', ecs?.event?.['category']],
    ['event.type', ecs?.event?.['type']],
    ['user.effective.id', ecs?.user?.['effective']?.['id']],
    ['user.effective.name', ecs?.user?.['effective']?.['name']],
    ['user.target.name', ecs?.user?.['target']?.['name']],
  ];
  for (const [key, value] of Object.entries(expect.process ?? {}))
    pairs.push([`process.${PROCESS_FIELDS[key] ?? key}`, value]);
  for (const part of ['source', 'destination', 'network'] as const)
    for (const [key, value] of Object.entries(expect[part] ?? {})) pairs.push([`${part}.${key}`, value]);
  return pairs.filter(([, value]) => value !== undefined);
}

/** Groups of audit records, each of which must come out as one event. */
export async function scoreAudit(corpusDir: string, onMiss: OnMiss): Promise<ScoreRow[]> {
  const tally = new FieldTally(onMiss);
  let joined = 0;
  const cases = casesOf<AuditCase>(corpusDir, 'ecs_audit.jsonl');
  for (const found of cases) {
    const events = await decodeLines(found.lines, 'UTC', NOW);
    if (events.length === 1) joined += 1;
    else onMiss(`ecs_audit ${found.name}: ${events.length} events`);
    const document = events[0] === undefined ? {} : toEcs(events[0]);
    for (const [field, wanted] of inEcs(found)) tally.compare('fields', field, wanted, document[field], found.name);
  }
  return [
    { suite: 'ecs_audit', name: 'records joined into one event', right: joined, total: cases.length, bar: '>= 95 %' },
    ...tally.rows('ecs_audit', '>= 95 %'),
  ];
}
