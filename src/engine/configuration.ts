/** What the engine is told when it starts. Sizes are in bytes. */
export interface EngineLimits {
  /** Of all queries and merges together, as the engine counts it. */
  readonly memoryBytes: number;
  /** More elements for the configuration file: for tests, a cluster of one's own. */
  readonly extra?: string;
}

const MIB = 1_048_576;
/**
 * Rows of a part below which it is one file, not two for each column. One insert of the live path is 11 MB, and ClickHouse's own limit 10 MiB:
 * some 150 files to make, sync and remove, for a part that is merged within seconds.
 */
const ONE_FILE_BYTES = 64 * MIB;

/**
 * The engine's configuration file. Caches are a small part of memory: chDB's defaults are 5 GiB each. Tables are written so that what was
 * acknowledged outlives a power cut, and a batch that comes again under its token is taken once.
 */
export function serverConfiguration({ memoryBytes, extra = '' }: EngineLimits, usersFile: string): string {
  const cache = (part: number) => Math.max(4 * MIB, Math.floor(memoryBytes / part));
  return `<clickhouse>
  <users_config>${escapeXml(usersFile)}</users_config>
  <timezone>UTC</timezone>
  <send_crash_reports><enabled>false</enabled></send_crash_reports>
  <max_server_memory_usage>${memoryBytes}</max_server_memory_usage>
  <mark_cache_size>${cache(16)}</mark_cache_size>
  <primary_index_cache_size>${cache(32)}</primary_index_cache_size>
  <index_mark_cache_size>${cache(32)}</index_mark_cache_size>
  <text_index_tokens_cache_size>${cache(32)}</text_index_tokens_cache_size>
  <text_index_header_cache_size>${cache(32)}</text_index_header_cache_size>
  <text_index_postings_cache_size>${cache(16)}</text_index_postings_cache_size>
  <query_condition_cache_size>${cache(64)}</query_condition_cache_size>
  <compiled_expression_cache_size>${cache(64)}</compiled_expression_cache_size>
  <vector_similarity_index_cache_size>0</vector_similarity_index_cache_size>
  <parquet_metadata_cache_size>${4 * MIB}</parquet_metadata_cache_size>
  <iceberg_metadata_files_cache_size>${4 * MIB}</iceberg_metadata_files_cache_size>
  <merge_tree>
    <fsync_after_insert>1</fsync_after_insert>
    <fsync_part_directory>1</fsync_part_directory>
    <non_replicated_deduplication_window>10000</non_replicated_deduplication_window>
    <min_bytes_for_wide_part>${ONE_FILE_BYTES}</min_bytes_for_wide_part>
  </merge_tree>
  ${extra}
</clickhouse>
`;
}

/**
 * The default profile. `implicit_select` off: "select from" must be a mistake, as on a server. `async_insert` off: an insert is done when it
 * is answered. Parallel formatting keeps 200 MB for one result. Long lists come as parameters, hence the query size.
 */
export function usersConfiguration({ memoryBytes }: EngineLimits): string {
  return `<clickhouse>
  <profiles><default>
    <implicit_select>0</implicit_select>
    <async_insert>0</async_insert>
    <output_format_parallel_formatting>0</output_format_parallel_formatting>
    <max_query_size>${16 * MIB}</max_query_size>
    <max_memory_usage>${Math.floor(memoryBytes * 0.8)}</max_memory_usage>
    <max_bytes_before_external_group_by>${Math.floor(memoryBytes * 0.3)}</max_bytes_before_external_group_by>
    <max_bytes_before_external_sort>${Math.floor(memoryBytes * 0.3)}</max_bytes_before_external_sort>
    <deduplicate_blocks_in_dependent_materialized_views>1</deduplicate_blocks_in_dependent_materialized_views>
  </default></profiles>
  <users><default><password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></default></users>
  <quotas><default></default></quotas>
</clickhouse>
`;
}

const escapeXml = (text: string): string => text.replace(/[<&]/g, (char) => (char === '<' ? '&lt;' : '&amp;'));
