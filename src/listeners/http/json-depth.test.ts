import { fc, test as property } from '@fast-check/vitest';
import { afterEach, describe, expect, test } from 'vitest';
import type { Source } from '../../core/stages.ts';
import elasticsearch from '../elasticsearch.ts';
import { type OpenDoor, openDoor, TOKEN, TOKENS } from '../fixtures/door.ts';
import gelf from '../gelf-http.ts';
import loki from '../loki.ts';
import otlp from '../otlp-http.ts';
import hec from '../splunk-hec.ts';
import { isTooDeep, MAX_DEPTH } from './json-depth.ts';

let door: OpenDoor | null = null;
afterEach(async () => {
  await door?.stop();
  door = null;
});

const nested = (levels: number, inner = '') => '['.repeat(levels) + inner + ']'.repeat(levels);

describe('isTooDeep', () => {
  property.prop([fc.json({ maxDepth: 6 }), fc.integer({ min: 0, max: 2 * MAX_DEPTH })])(
    'counts levels, and no brackets of texts',
    (inner, levels) => {
      const plain = JSON.stringify({ a: JSON.stringify(nested(levels, JSON.stringify('"\\[{'))) });
      expect(isTooDeep(Buffer.from(plain))).toBe(false);
      const depth = deepest(JSON.parse(inner));
      expect(isTooDeep(Buffer.from(nested(levels, inner)))).toBe(levels + depth > MAX_DEPTH);
    },
  );
});

function deepest(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(deepest));
}

const BOMB = nested(2_000_000);
const AUTH = { bearer: `Bearer ${TOKEN}`, splunk: `Splunk ${TOKEN}` };
const CHANNEL = 'fe0ecfad-13d5-401b-847d-77833bd77131';

test.each<[string, unknown, string, string, Record<string, string>, RegExp]>([
  ['GELF', gelf, '/gelf', `{"a":${BOMB}}`, { authorization: AUTH.bearer }, /^400 JSON of more than 200 levels/],
  [
    'OTLP',
    otlp,
    '/v1/logs',
    `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${BOMB}}]}]}]}`,
    { authorization: AUTH.bearer, 'content-type': 'application/json' },
    /^400 .*200 levels/,
  ],
  [
    'Loki',
    loki,
    '/loki/api/v1/push',
    `{"streams":[{"stream":{},"values":${BOMB}}]}`,
    { authorization: AUTH.bearer, 'content-type': 'application/json' },
    /^400 .*200 levels/,
  ],
  ['HEC', hec, '/services/collector/event', `{"event":${BOMB}}`, { authorization: AUTH.splunk }, /^400 /],
  [
    "HEC's acks",
    hec,
    `/services/collector/ack?channel=${CHANNEL}`,
    `{"acks":${BOMB}}`,
    { authorization: AUTH.splunk },
    /^400 /,
  ],
  [
    '_bulk',
    elasticsearch,
    '/_bulk',
    `{"create":{"_index":"x"}}\n{"a":${BOMB}}\n`,
    { authorization: AUTH.bearer, 'content-type': 'application/x-ndjson' },
    /^200 .*"errors":true.*200 levels/,
  ],
])('%s takes no millions of brackets', async (name, source, path, body, headers, answer) => {
  const more = name === '_bulk' ? { maxDocumentBytes: 16 << 20 } : name.includes('ack') ? { acknowledge: true } : {};
  door = await openDoor(source as Source, { tokens: TOKENS, ...more });
  const response = await fetch(`${door.base}${path}`, { method: 'POST', body, headers });
  expect(`${response.status} ${await response.text()}`).toMatch(answer);
  expect(door.records).toEqual([]);
  expect(door.notes.filter(({ kind }) => kind === 'refused')).toHaveLength(1);
});
