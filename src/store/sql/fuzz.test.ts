import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { hasEngine, removeFolders } from '../fixtures/engine.ts';
import { CANARY, type SqlEngine, startSqlEngine } from './fixtures/sql-engine.ts';
import { judged, runSql } from './run.ts';

// Queries that are taken, changed at random. The judge looks at the tree as it is written; here the engine itself says, after it has resolved
// all names, which tables a query reads and which functions it runs.

let started: SqlEngine;
const never = new AbortController().signal;

const SEEDS = [
  "SELECT source_ip, count() AS n FROM events WHERE outcome = 'failure' GROUP BY source_ip ORDER BY n DESC LIMIT 3",
  'WITH bad AS (SELECT source_ip AS a FROM events GROUP BY a) SELECT e.host, uniq(e.user_name) FROM events AS e WHERE e.source_ip IN bad GROUP BY e.host',
  'SELECT host, lagInFrame(time) OVER (PARTITION BY host ORDER BY time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS p FROM events LIMIT 2',
  "SELECT a.host, b.events FROM events AS a LEFT JOIN sources_minute AS b ON a.host = b.host WHERE a.attrs['k'] = 'v' LIMIT 2",
  'SELECT arrayMap(x -> x + 1, range(3)) AS l, (SELECT max(time) FROM events) AS m FROM events ARRAY JOIN [1, 2] AS y LIMIT 1 UNION ALL SELECT [1], now64(6)',
  "SELECT toStartOfHour(time, 'UTC') AS h, countIf(outcome = 'success') FROM (SELECT * FROM events WHERE match(message, '^F')) GROUP BY h",
];
const PIECES = [
  ...[
    'other.secret',
    'spoor.secret',
    'system.one',
    'secret',
    'events',
    'system',
    'default',
    '`other`.`secret`',
    '`other.secret`',
  ],
  ...[
    "file('/etc/passwd')",
    "file('@')",
    'hostName()',
    'canary_function()',
    'currentUser()',
    "url('http://127.0.0.1:1/')",
    'numbers(3)',
  ],
  ...[
    'IN other.secret',
    'AS other',
    'AS events',
    'WITH other.secret AS e',
    'FROM other.secret',
    'JOIN other.secret ON 1',
    ', other.secret',
  ],
  ...[
    '* APPLY(file)',
    "COLUMNS('.*')",
    'FORMAT CSV',
    "INTO OUTFILE '/tmp/x'",
    'SETTINGS max_threads = 9',
    '; SELECT 1',
    '--',
    '/*',
    '*/',
    "'",
    '`',
  ],
  ...[
    '(',
    ')',
    'SELECT',
    'FROM',
    'WHERE',
    'UNION ALL',
    'AS',
    ',',
    '.',
    '1',
    'x',
    'host',
    '->',
    'OVER ()',
    '::UInt8',
    "::DateTime('file:/x')",
    '\n',
    '\0',
    '\u2028',
  ],
];

const RUNS = process.env['SPOOR_FULL'] === undefined ? 80 : 1000;

const cut = (sql: string): string[] => sql.match(/[A-Za-z_][A-Za-z0-9_]*|'[^']*'|\s+|./gs) ?? [];
const change = fc.record({
  at: fc.nat(200),
  kind: fc.constantFrom('in', 'instead', 'out', 'swap'),
  piece: fc.constantFrom(...PIECES),
  to: fc.nat(200),
});

function changed(sql: string, changes: readonly { at: number; kind: string; piece: string; to: number }[]): string {
  const tokens = cut(sql);
  for (const { at, kind, piece, to } of changes) {
    const here = at % (tokens.length + 1);
    if (kind === 'in') tokens.splice(here, 0, ' ', piece, ' ');
    else if (kind === 'instead') tokens.splice(here, 1, piece);
    else if (kind === 'out') tokens.splice(here, 1);
    else tokens.splice(here, 0, ...tokens.splice(to % (tokens.length + 1), 1));
  }
  return tokens.join('');
}

const FORBIDDEN =
  /TABLE_FUNCTION|table_name: (?!spoor_sql\.|system\.one)|function_name: (?:file|hostName|currentUser|canary_function|url)\b/;

describe.skipIf(!hasEngine)('SQL, changed at random', () => {
  beforeAll(async () => {
    started = await startSqlEngine(200);
  });
  afterAll(async () => {
    await started.stop();
    removeFolders();
  });

  test('what is taken reads views alone', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SEEDS),
        fc.array(change, { minLength: 0, maxLength: 3 }),
        async (seed, changes) => {
          const query = changed(seed, changes).replaceAll('@', started.secretFile);
          const sql = await judged(started.clear, query, never).catch((error: unknown) => error);
          if (typeof sql !== 'string') return;
          taken += 1;
          const tree = await started.clear.reader
            .query({ query: `EXPLAIN QUERY TREE ${sql}`, format: 'TabSeparatedRaw' })
            .then((result) => result.text())
            .catch(() => '');
          expect(FORBIDDEN.exec(tree)?.[0], sql).toBeUndefined();
          const answer = await runSql(started.clear, query, 10, never).catch((error: unknown) => {
            if (!(error instanceof AppError)) throw error;
            return error.message;
          });
          expect(JSON.stringify(answer)).not.toContain(CANARY);
        },
      ),
      { numRuns: RUNS },
    );
    expect(taken).toBeGreaterThan(RUNS / 10);
  });
});
