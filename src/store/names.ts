import { AppError } from '../core/errors.ts';

/** Where the tables are, and in which form. */
export interface SchemaForm {
  readonly database: string;
  /** Name of the cluster as ClickHouse's `remote_servers` has it; null for one server. */
  readonly cluster: string | null;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** An identifier that is safe in SQL. Throws E_CONFIG for anything but letters, digits and `_`, as `what` it was meant. */
export function identifier(name: string, what: string): string {
  if (!NAME.test(name))
    throw new AppError('E_CONFIG', `${what} "${name.slice(0, 80)}" is no name: use letters, digits and _, at most 64`);
  return `\`${name}\``;
}

/** A table's full name for reading and for inserting: with a cluster, the Distributed one. */
export function tableName({ database }: SchemaForm, table: string): string {
  return `${identifier(database, 'database')}.${identifier(table, 'table')}`;
}

/** The table that holds the rows: with a cluster, the local one of each shard. */
export function localTable(form: SchemaForm, table: string): string {
  return tableName(form, form.cluster === null ? table : `${table}_local`);
}

/** ` ON CLUSTER x`, or nothing. */
export function onCluster({ cluster }: SchemaForm): string {
  return cluster === null ? '' : ` ON CLUSTER ${identifier(cluster, 'cluster')}`;
}
