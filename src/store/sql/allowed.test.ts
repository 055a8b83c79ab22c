import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasEngine, removeFolders } from '../fixtures/engine.ts';
import { allowed, isPlainLiteral, isPlainType, isSmallPattern } from './allowed.ts';
import { type SqlEngine, startSqlEngine } from './fixtures/sql-engine.ts';
import { judge } from './judge.ts';
import { judged, treeOf } from './run.ts';

interface EngineFunction {
  readonly name: string;
  readonly is_aggregate: number;
  readonly alias_to: string;
}

const never = new AbortController().signal;
let started: SqlEngine;
let functions: EngineFunction[];

const asked = async <T>(query: string): Promise<T[]> =>
  (await (await started.owner.query({ query, format: 'JSONEachRow' })).json()) as T[];

/** What each function of a list becomes in the tree, and whether that is taken. */
async function takenOf(names: readonly string[], call: (name: string) => string): Promise<string[]> {
  const taken: string[] = [];
  for (let at = 0; at < names.length; at += 100) {
    const list = names.slice(at, at + 100);
    const root = await treeOf(started.clear, `SELECT ${list.map(call).join(', ')}`, never);
    const calls = root.children[0]?.children[0]?.children[0]?.children ?? [];
    expect(calls.length).toBe(list.length);
    for (const [nth, node] of calls.entries())
      try {
        judge({ kind: 'SelectWithUnionQuery', name: '', alias: '', children: [node] }, []);
        taken.push(list[nth] ?? '');
      } catch {
        // not taken
      }
  }
  return taken;
}

describe.skipIf(!hasEngine)('functions', () => {
  beforeAll(async () => {
    started = await startSqlEngine(10);
    functions = await asked('SELECT name, is_aggregate, alias_to FROM system.functions');
  });
  afterAll(async () => {
    await started.stop();
    removeFolders();
  });

  test('of all that the engine has, those of the list alone are taken, as it writes them in the tree', async () => {
    expect(functions.length).toBeGreaterThan(1500);
    const names = functions.map(({ name }) => name).filter((name) => !/^(?:CAST|_CAST|if|lambda)$/i.test(name));
    const taken = await takenOf(names, (name) => `\`${name}\`('a', 'a')`);
    // With two texts as arguments: what takes a zone takes none that is computed, but 'a' could be one.
    const listed = names.filter((name) => allowed(name) !== null);
    expect(taken.filter((name) => !listed.includes(name))).toEqual([]);
    expect(listed.length).toBeGreaterThan(300);
    expect(listed.length).toBeLessThan(560);
  });

  test('what is on the list is there, or of another version', () => {
    const known = new Set(functions.map(({ name }) => name.toLowerCase()));
    expect(
      ['count', 'sum', 'uniq', 'match', 'todatetime', 'windowfunnel', 'has'].filter((name) => !known.has(name)),
    ).toEqual([]);
  });

  test('an alias of what is not taken is not taken either, and no name means another by its case', () => {
    const target = new Map(functions.map(({ name, alias_to }) => [name, alias_to || name]));
    const byAlias = functions.filter(
      ({ name, alias_to }) => alias_to !== '' && allowed(name) !== null && allowed(alias_to) === null,
    );
    expect(byAlias.map(({ name, alias_to }) => `${name}>${alias_to}`)).toEqual([]);
    const byLower = new Map<string, Set<string>>();
    for (const { name } of functions.filter((one) => allowed(one.name) !== null)) {
      const low = name.toLowerCase();
      byLower.set(low, (byLower.get(low) ?? new Set()).add((target.get(name) ?? name).toLowerCase()));
    }
    expect([...byLower].filter(([, targets]) => targets.size > 1)).toEqual([]);
  });

  test.each(['State', 'Merge', 'MergeState', 'SimpleState', 'ForEach', 'Resample', 'Map', 'ArgMin', 'ArgMax', 'Null'])(
    'no aggregate with -%s',
    (combinator) => {
      const names = functions
        .filter(({ is_aggregate }) => is_aggregate === 1)
        .map(({ name }) => `${name}${combinator}`);
      const taken = names.filter((name) => allowed(name) !== null);
      expect(taken.filter((name) => !['sumMap', 'minMap', 'maxMap'].includes(name))).toEqual([]);
    },
  );

  test('no table function', async () => {
    const tables = await asked<{ name: string }>('SELECT name FROM system.table_functions');
    expect(tables.length).toBeGreaterThan(80);
    const taken: string[] = [];
    for (const { name } of tables)
      await judged(started.clear, `SELECT 1 FROM \`${name}\`(1)`, never).then(
        () => taken.push(name),
        () => {},
      );
    expect(taken).toEqual([]);
  });

  test('no function that is taken with free arguments opens a zone by its file', async () => {
    const arguments_ = ["t, 'file:/nope'", "t, t, 'file:/nope'", "t, 3, 'file:/nope'"];
    const opened: string[] = [];
    const names = functions
      .filter(({ name, is_aggregate }) => is_aggregate === 0 && (allowed(name)?.freeArguments ?? 0) > 3)
      .map(({ name }) => name);
    const one = async (name: string) => {
      for (const given of arguments_)
        await asked(
          `SELECT \`${name}\`(${given}) FROM (SELECT toDateTime('2026-01-01 00:00:00') AS t, '2026-01-01 00:00:00' AS s)`,
        ).catch((error: Error) => {
          if (/Cannot load time zone/.test(error.message)) opened.push(`${name}(${given})`);
        });
    };
    for (let at = 0; at < names.length; at += 8) await Promise.all(names.slice(at, at + 8).map(one));
    expect(opened).toEqual([]);
  });
});

test('types, zones and patterns that are plain', () => {
  for (const type of ['UInt8', 'Nullable(Int64)', 'Array(LowCardinality(String))', 'DateTime64(3)', 'Decimal(18, 4)'])
    expect(isPlainType(type), type).toBe(true);
  for (const type of [
    'AggregateFunction(sum, UInt8)',
    "DateTime('UTC')",
    'Enum8(1)',
    'JSON',
    'Dynamic',
    '',
    'x',
    'Object',
    'Nothing',
  ])
    expect(isPlainType(type), type).toBe(false);
  for (const literal of ["'UTC'", "'Europe/Berlin'", "'Etc/GMT+5'", 'UInt64_3', 'Int64_-3'])
    expect(isPlainLiteral(literal)).toBe(true);
  for (const literal of [
    "'file:/etc/passwd'",
    "'libc:localtime'",
    "'../x'",
    "'/etc/localtime'",
    "''",
    'Tuple_(UInt64_1)',
  ])
    expect(isPlainLiteral(literal), literal).toBe(false);
  expect([
    isSmallPattern("'^a{3}b+$'"),
    isSmallPattern("'(a{20}){20}'"),
    isSmallPattern("'a{,500}'"),
    isSmallPattern("'a{500,}'"),
  ]).toEqual([true, false, false, false]);
});
