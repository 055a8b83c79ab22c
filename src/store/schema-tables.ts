import { identifier, localTable, onCluster, type SchemaForm, tableName } from './names.ts';

/** A table in either form. */
export interface TableShape {
  readonly name: string;
  /** Columns and indexes. */
  readonly columns: readonly string[];
  /** `MergeTree` or one of its family, with its arguments where it has some: `SummingMergeTree((rows))`. */
  readonly engine: string;
  readonly partitionBy: string;
  readonly orderBy: string;
  readonly settings?: readonly string[];
  /** Expression that tells the shard. All rows of one insert must be of one shard, so that the insert is whole or not there. */
  readonly shardBy: string;
}

/** Replays are told by their tokens, also long after: a token is forgotten after as many newer ones. */
const DEDUPLICATION_WINDOW = 10_000;
const WEEK_SECONDS = 604_800;

const COMMON = [
  'fsync_after_insert = 1', // an insert that was answered is on the disk
  'fsync_part_directory = 1',
  'min_free_disk_bytes_to_perform_insert = 268435456', // a full disk must not stop merges and deletions
];

function withArguments(engine: string, form: SchemaForm): string {
  if (form.cluster === null) return engine;
  const [, family = '', given = ''] = /^([A-Za-z]+)(?:\((.*)\))?$/s.exec(engine) ?? [];
  const path = `'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'`;
  return `Replicated${family}(${given === '' ? path : `${path}, ${given}`})`;
}

function settingsOf(form: SchemaForm, own: readonly string[]): string {
  const window =
    form.cluster === null
      ? [`non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`]
      : [
          `replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`,
          `replicated_deduplication_window_seconds = ${WEEK_SECONDS}`,
        ];
  return [...window, ...COMMON, ...own].join(', ');
}

/** Statements that make a table: one for one server; with a cluster, the replicated local table and the Distributed one over it. */
export function createTable(form: SchemaForm, shape: TableShape): string[] {
  const { name, columns, engine, partitionBy, orderBy, settings = [], shardBy } = shape;
  const local = localTable(form, name);
  const create = `CREATE TABLE IF NOT EXISTS ${local}${onCluster(form)} (
  ${columns.join(',\n  ')}
) ENGINE = ${withArguments(engine, form)}
PARTITION BY ${partitionBy}
ORDER BY ${orderBy}
SETTINGS ${settingsOf(form, settings)}`;
  if (form.cluster === null) return [create];
  const names = [form.cluster, form.database, `${name}_local`].map((part) => identifier(part, 'name'));
  return [
    create,
    `CREATE TABLE IF NOT EXISTS ${tableName(form, name)}${onCluster(form)} AS ${local}
ENGINE = Distributed(${names.join(', ')}, ${shardBy})`,
  ];
}

/** A materialised view: fills `to` from what is inserted into `from`, in the same insert and under the same token. */
export interface ViewShape {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly select: string;
  readonly where?: string;
  readonly groupBy?: string;
}

/** How the rows of a summary are made of events. */
export type Making = Pick<ViewShape, 'select' | 'where' | 'groupBy'>;

/** The rows of a summary, of some of the events. `from`: a table or view of them; `also`: a condition of its own. */
export function selectOf({ select, where, groupBy }: Making, from: string, also?: string): string {
  const conditions = [where, also].filter((one) => one !== undefined);
  return [
    `SELECT ${select}`,
    `FROM ${from} AS events`,
    ...(conditions.length === 0 ? [] : [`WHERE ${conditions.join('\n  AND ')}`]),
    ...(groupBy === undefined ? [] : [`GROUP BY ${groupBy}`]),
  ].join('\n');
}

/** The statement that makes a materialised view, on every shard over the local table. */
export function createView(form: SchemaForm, { name, from, to, ...making }: ViewShape): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${tableName(form, name)}${onCluster(form)} TO ${localTable(form, to)} AS
${selectOf(making, localTable(form, from))}`;
}
