import { type Kysely, sql } from 'kysely';
import { AppError } from '../core/errors.ts';
import { migrate, migrations } from './migrations/index.ts';

// A copy of all tables that another PostgreSQL can take in, whatever its version: rows as the JSON that PostgreSQL itself makes of them.

const ROWS = 2000;

/** A table, and its columns that hold something of their own. */
export interface DumpedTable {
  readonly name: string;
  readonly columns: readonly string[];
}

/** What a dump is of. Tables come after those that they refer to. */
export interface DumpedState {
  /** Steps of the schema that the tables are of. */
  readonly migrations: readonly string[];
  readonly tables: readonly DumpedTable[];
}

/** Some rows of a table: a JSON object a line. */
export interface DumpedRows {
  readonly table: string;
  readonly lines: string;
}

/** Reads all tables as they are at one moment. `begin` is told what comes, then `take` of the rows. */
export async function dumpState<T>(
  db: Kysely<T>,
  begin: (state: DumpedState) => void,
  take: (rows: DumpedRows) => Promise<void>,
): Promise<void> {
  await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (at) => {
      const state = { migrations: await migrationsOf(at), tables: await tablesOf(at) };
      begin(state);
      for (const { name, columns } of state.tables) await dumpTable(at, { name, columns }, take);
    });
}

async function dumpTable<T>(
  at: Kysely<T>,
  { name, columns }: DumpedTable,
  take: (rows: DumpedRows) => Promise<void>,
): Promise<void> {
  const wanted = sql`select ${sql.join(columns.map((column) => sql.ref(column)))} from ${sql.table(name)}`;
  await sql`declare dumped no scroll cursor for select row_to_json(held)::text as line from (${wanted}) as held`.execute(
    at,
  );
  for (let lines: string[] | null = null; lines === null || lines.length > 0; ) {
    const { rows } = await sql<{ line: string }>`fetch ${sql.lit(ROWS)} from dumped`.execute(at);
    lines = rows.map(({ line }) => line);
    if (lines.length > 0) await take({ table: name, lines: lines.join('\n') });
  }
  await sql`close dumped`.execute(at);
}

async function migrationsOf<T>(at: Kysely<T>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from spoor_migration order by name`.execute(at);
  return rows.map(({ name }) => name);
}

async function tablesOf<T>(at: Kysely<T>): Promise<DumpedTable[]> {
  const { rows } = await sql<DumpedTable>`
    select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relname not like 'spoor\\_migration%'
      and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    group by c.relname order by c.relname`.execute(at);
  const refers = await sql<{ from: string; to: string }>`
    select f.relname as from, t.relname as to
    from pg_constraint k join pg_class f on f.oid = k.conrelid join pg_class t on t.oid = k.confrelid
    where k.contype = 'f' and f.relnamespace = current_schema()::regnamespace and f.oid <> t.oid`.execute(at);
  return inOrder(rows, refers.rows);
}

/** Those that others refer to come first. */
function inOrder(
  tables: readonly DumpedTable[],
  refers: readonly { readonly from: string; readonly to: string }[],
): DumpedTable[] {
  const done = new Set<string>();
  const ordered: DumpedTable[] = [];
  for (let left = [...tables]; left.length > 0; left = left.filter(({ name }) => !done.has(name))) {
    const ready = left.filter(({ name }) => refers.every(({ from, to }) => from !== name || done.has(to)));
    if (ready.length === 0) throw new AppError('E_CONFIG', `tables refer to each other: ${left[0]?.name}`);
    for (const table of ready) {
      done.add(table.name);
      ordered.push(table);
    }
  }
  return ordered;
}

/**
 * Takes a dump in: makes the tables as they were, fills them from `rows`, then brings them up to date, so that a dump of an older Spoor is
 * upgraded as its database would have been. Throws E_CONFIG for one of a newer Spoor, and where the database holds something already.
 */
export async function restoreState<T>(
  db: Kysely<T>,
  { migrations: steps, tables }: DumpedState,
  rows: AsyncIterable<DumpedRows>,
): Promise<void> {
  const strange = steps.find((step) => !migrations.some(({ name }) => name === step));
  if (strange !== undefined)
    throw new AppError(
      'E_CONFIG',
      `the backup is of a newer Spoor (${strange.slice(0, 80)}): restore it with that one`,
    );
  await mustBeEmpty(db);
  await migrate(
    db,
    migrations.filter(({ name }) => steps.includes(name)),
  );
  const columns = new Map(tables.map((table) => [table.name, table.columns]));
  await db.transaction().execute(async (at) => {
    for await (const { table, lines } of rows) {
      const known = columns.get(table);
      if (known === undefined) throw new AppError('E_MALFORMED', `the backup names no table ${table.slice(0, 80)}`);
      await insert(at, { name: table, columns: known }, lines);
    }
    for (const table of tables) await continueNumbers(at, table);
  });
  await migrate(db);
}

async function mustBeEmpty<T>(db: Kysely<T>): Promise<void> {
  const { rows } = await sql`
    select 1 from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') limit 1`.execute(
    db,
  );
  if (rows.length > 0)
    throw new AppError('E_CONFIG', 'the database holds tables already: a backup is restored into an empty one');
}

async function insert<T>(at: Kysely<T>, { name, columns }: DumpedTable, lines: string): Promise<void> {
  const list = sql.join(columns.map((column) => sql.ref(column)));
  const json = `[${lines.replaceAll('\n', ',')}]`;
  await sql`insert into ${sql.table(name)} (${list}) overriding system value
    select ${list} from json_populate_recordset(null::${sql.table(name)}, ${json}::json)`.execute(at);
}

/** Numbers that the database gives go on after the highest. */
async function continueNumbers<T>(at: Kysely<T>, { name, columns }: DumpedTable): Promise<void> {
  for (const column of columns) {
    const { rows } = await sql<{ sequence: string | null }>`
      select pg_get_serial_sequence(${`"${name}"`}, ${column}) as sequence`.execute(at);
    const sequence = rows[0]?.sequence ?? null;
    if (sequence === null) continue;
    const highest = sql`select max(${sql.ref(column)}) from ${sql.table(name)}`;
    await sql`select setval(${sequence}, coalesce((${highest}), 0) + 1, false)`.execute(at);
  }
}
