import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tooMuch } from './rights.ts';
import { VIEWS } from './view-columns.ts';

const form = { database: 'spoor', cluster: null };

test('a reader that was made as the guide says has no right too much', () => {
  const guide = readFileSync('docs/guides/sql.md', 'utf8');
  const grants = [...guide.matchAll(/^ {4}(GRANT .*);$/gm)].map(([, grant = '']) => grant);
  expect(grants.length).toBe(2 + VIEWS.length); // both databases of views, and what is below each view
  expect(tooMuch(grants, form)).toEqual([]);
  expect(
    tooMuch(
      ['GRANT SELECT(host, time) ON spoor_sql.events TO reader', 'GRANT SELECT ON `spoor_sql`.* TO reader'],
      form,
    ),
  ).toEqual([]);
});

test.each([
  'GRANT ALL ON *.* TO reader',
  'GRANT SELECT ON *.* TO reader',
  'GRANT SELECT ON spoor.* TO reader',
  'GRANT SELECT ON system.* TO reader',
  'GRANT SELECT, INSERT ON spoor_sql.* TO reader',
  'GRANT SELECT ON spoor_sql.* TO reader WITH GRANT OPTION',
  'GRANT SHOW TABLES, SELECT ON spoor.events TO reader',
  'GRANT READ, WRITE ON FILE TO reader',
  'GRANT URL ON *.* TO reader',
  'GRANT other_role TO reader',
  'GRANT dictGet ON spoor.* TO reader',
  '',
])('%s is too much', (grant) => {
  expect(tooMuch([grant], form)).toEqual([grant]);
});
