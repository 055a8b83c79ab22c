import { expect, test } from 'vitest';
import type { Finding, Story } from '../trace/story.ts';
import { DOUBT } from '../trace/verdict.ts';
import { stories } from './fixtures/index.ts';
import { openQuestion, webWayIn } from './open-question.ts';
import { overview } from './terminal.ts';

const { attacked, breached, quiet } = stories as Record<'attacked' | 'breached' | 'quiet', Story>;
const found = (title: string): Finding => ({
  ...(breached.findings[0] as Finding),
  title,
  host: 'shop',
  session: null,
});
const asks = `${DOUBT}mina on web1 from 203.0.113.9 (her password from a new address)`;
const first = (story: Story) =>
  overview(story, { columns: 140, color: false })
    .split('\n')
    .find((line) => line.trim() !== '');

test('a verdict without a break-in says what it leaves open', () => {
  const calm = { ...attacked, findings: [] };
  const answered = { ...calm, findings: [found('Attacks that the web server answered with success')] };
  const doubtful = { ...calm, reasons: ['one address attacked', asks] };
  expect([calm, answered, doubtful, { ...quiet, reasons: [asks] }, breached].map(openQuestion)).toEqual([
    null,
    'web',
    'login',
    'login',
    null,
  ]);
  expect(first(calm)).toContain('Nobody got in, as far as these logs tell.');
  expect(first(answered)).toContain('the web server answered attacks, which need a look.');
  expect(first(doubtful)).toContain('No break-in is proven; one login needs a look.');
  expect(first({ ...quiet, reasons: [asks] })).toContain('one login needs a look');
});

test('who came in through a web server is said to have done so', () => {
  const throughWeb = stories['through-web'] as Story;
  const none = { ...throughWeb, findings: throughWeb.findings.filter(({ title }) => title === 'Program fetched') };
  const alsoByLogin = { ...throughWeb, entries: breached.entries };
  expect([throughWeb, none, alsoByLogin, breached].map((story) => webWayIn(story)?.id)).toEqual([
    'f2', // the first in time
    undefined,
    undefined,
    undefined,
  ]);
  expect(first(throughWeb)).toContain('came in through the web server of shop on 9 Mar 2026 at 01:04:12 (UTC)');
  expect(first(none)).toContain('Somebody was inside');
});

test('where no address attacked, none is said to have tried', () => {
  const none = { ...attacked, totals: { ...attacked.totals, attackers: 0, failures: 2 } };
  expect(first(none)).toContain('2 failed logins.');
  expect(first(none)).not.toContain('0 addresses');
});
