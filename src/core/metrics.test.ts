import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Metrics } from './metrics.ts';

// A reader of the text format, written from its description and not from ours.
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/;
const PAIR = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"/g;
const unescaped = (text: string) => text.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));

function read(text: string) {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels = '', value] = SAMPLE.exec(line) ?? expect.fail(line);
      return { name, labels: [...labels.matchAll(PAIR)].map(([, key, raw = '']) => [key, unescaped(raw)]), value };
    });
}

describe('metrics', () => {
  test('are written in the text format, in a stable order', () => {
    const metrics = new Metrics();
    const records = metrics.counter('spoor_records_total', 'Records taken.\nBy "stream" \\.', ['stream', 'lane']);
    records.add(3, 'b', 'slow');
    records.add(2, 'a"\\\n', 'fast');
    records.add(1, 'b', 'slow');
    metrics.counter('spoor_starts_total', 'Starts.');
    const lag = metrics.gauge('spoor_lag_seconds', 'Lag.');
    metrics.onCollect(() => lag.set(1.5));
    const size = metrics.histogram('spoor_batch_records', 'Batches.', [10, 100]);
    size.observe(5, 2);
    size.observe(100, 1);
    size.observe(1e6, 1);
    expect(metrics.text()).toBe(`# HELP spoor_batch_records Batches.
# TYPE spoor_batch_records histogram
spoor_batch_records_bucket{le="10"} 2
spoor_batch_records_bucket{le="100"} 3
spoor_batch_records_bucket{le="+Inf"} 4
spoor_batch_records_sum 1000110
spoor_batch_records_count 4
# HELP spoor_lag_seconds Lag.
# TYPE spoor_lag_seconds gauge
spoor_lag_seconds 1.5
# HELP spoor_records_total Records taken.\\nBy "stream" \\\\.
# TYPE spoor_records_total counter
spoor_records_total{stream="a\\"\\\\\\n",lane="fast"} 2
spoor_records_total{stream="b",lane="slow"} 4
# HELP spoor_starts_total Starts.
# TYPE spoor_starts_total counter
spoor_starts_total 0
`);
  });

  test('any label value comes back as it was', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 20 }), (values) => {
        const metrics = new Metrics();
        const counter = metrics.counter('a_total', 'A.', ['of']);
        for (const [at, value] of values.entries()) counter.add(at, value);
        const got = new Map(read(metrics.text()).map(({ labels, value }) => [labels[0]?.[1], value]));
        expect(got).toEqual(new Map(values.map((value, at) => [value, String(at)])));
      }),
      { numRuns: 30 },
    );
  });

  test('series beyond the limit are one, and nothing is lost of the sum', () => {
    const metrics = new Metrics({ maxSeries: 5 });
    const counter = metrics.counter('a_total', 'A.', ['peer']);
    for (let at = 0; at < 1000; at += 1) counter.add(1, `peer ${at}`);
    counter.add(1, 'peer 0');
    const samples = read(metrics.text());
    expect(samples).toHaveLength(5);
    expect(samples.find(({ labels }) => labels[0]?.[1] === 'other')?.value).toBe('996');
    expect(samples.find(({ labels }) => labels[0]?.[1] === 'peer 0')?.value).toBe('2');
    counter.add(1, 'x'.repeat(1_000_000));
    expect(metrics.text().length).toBeLessThan(1000);
  });

  test('gauges show what is no number, and forget', () => {
    const metrics = new Metrics();
    const gauge = metrics.gauge('a', 'A.', ['of']);
    gauge.set(Number.NaN, 'nan');
    gauge.set(Number.NEGATIVE_INFINITY, 'low');
    gauge.add(Number.POSITIVE_INFINITY, 'high');
    expect(read(metrics.text()).map(({ value }) => value)).toEqual(['+Inf', '-Inf', 'NaN']);
    gauge.clear();
    expect(read(metrics.text())).toEqual([]);
  });

  test('mistakes of ours are told', () => {
    const metrics = new Metrics();
    const counter = metrics.counter('a_total', 'A.', ['of']);
    expect(metrics.counter('a_total', 'A.', ['of'])).toBe(counter);
    expect(() => counter.add(-1, 'x')).toThrow(/cannot take -1/);
    expect(() => counter.add(Number.NaN, 'x')).toThrow();
    expect(() => counter.add(1)).toThrow(/0 label values for \(of\)/);
    expect(() => metrics.gauge('a_total', 'A.')).toThrow(/made before/);
    expect(() => metrics.counter('a', 'A.')).toThrow(/_total/);
    expect(() => metrics.gauge('a b', 'A.')).toThrow(/no name/);
    for (const label of ['le', '__a', 'a-b', '']) expect(() => metrics.gauge('g', 'A.', [label])).toThrow(/no label/);
    expect(() => metrics.histogram('h', 'A.', [2, 1])).toThrow(/rise/);
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  if (!promtool) process.stderr.write('metrics: SKIPPED promtool (Debian package prometheus) is not installed\n');
  test.skipIf(!promtool)('Prometheus itself reads them', () => {
    const metrics = new Metrics();
    metrics.counter('spoor_records_total', 'Records.\n"\\', ['stream']).add(1e21, 'a"\\\n\u{1f600}');
    metrics.gauge('spoor_lag_seconds', 'Lag.').set(Number.NEGATIVE_INFINITY);
    metrics.histogram('spoor_insert_seconds', 'Inserts.', [0.001, 1e-7 + 1], ['table']).observe(0.5, 3, 'events');
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: metrics.text(),
      encoding: 'utf8',
    });
    expect(stdout + stderr).toBe('');
    expect(status).toBe(0);
  });
});
