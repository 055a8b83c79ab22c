import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, rowOf, Scene, STREAM } from '../fixtures/scene.ts';
import { memorySchema } from './watched.ts';

describe('format drift', () => {
  const good = { programs: { sshd: { parsed: 10, enveloped: 0 } } };
  const gone = { programs: { sshd: { parsed: 0, enveloped: 10 } } };

  test('a program whose lines are not understood any more, until they are again', () => {
    const scene = new Scene();
    scene.sendsSteadily(40, 5000, good);
    scene.sendsSteadily(20, 5000, gone);
    expect(scene.kinds).toEqual(['format_drift begin']);
    expect(scene.found[0]?.words).toMatch(/^0 % of its last 50 lines of sshd are understood, of 100 % before/);
    expect(scene.found[0]?.detail).toEqual({ programs: ['sshd'] });
    expect(scene.states.get(STREAM)).toBe('drifting');
    scene.sendsSteadily(20, 5000, good);
    expect(scene.kinds).toEqual(['format_drift begin', 'format_drift end']);
  });

  test('a stream of which nothing can be read any more', () => {
    const scene = new Scene();
    scene.sendsSteadily(40, 5000, { programs: { app: { enveloped: 10 } } });
    scene.sendsSteadily(10, 5000, { programs: { '': { unparsed: 10 } } });
    expect(scene.found[0]).toMatchObject({ kind: 'format_drift', detail: { programs: ['all'] } });
  });

  test('is no word for a program of which little was ever understood, for a burst of other lines, or for few lines', () => {
    const scene = new Scene();
    scene.sendsSteadily(60, 5000, { programs: { kernel: { parsed: 4, enveloped: 6 }, app: { enveloped: 10 } } });
    scene.sendsSteadily(2, 5000, { programs: { kernel: { enveloped: 500 } } });
    scene.sendsSteadily(10, 5000, { programs: { sudo: { parsed: 3 } } });
    scene.sendsSteadily(10, 5000, { programs: { sudo: { enveloped: 3 } } });
    expect(scene.kinds).toEqual([]);
  });
});

describe('gaps in numbers', () => {
  const from = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at);

  test('are told with how many are missing and where', () => {
    const scene = new Scene();
    scene.sends({ records: 50, numbers: from(1, 50) });
    scene.sends({ records: 10, numbers: from(54, 10) });
    scene.passes(2 * MINUTE);
    expect(scene.found).toMatchObject([
      { kind: 'sequence_gap', ledgerIndex: 50, detail: { missing: 3, after: 50, next: 54, series: 'host a' } },
    ]);
    expect(scene.found[0]?.words).toBe(
      "3 messages did not come, by the sender's own numbers (host a, the first after 50).",
    );
    scene.sends({ records: 10, numbers: from(64, 10) });
    scene.passes(2 * MINUTE);
    expect(scene.found).toHaveLength(1);
  });

  test('are told also when they are in what came first of all', () => {
    const scene = new Scene();
    scene.sends({ records: 37, numbers: [...from(1, 30), ...from(34, 7)] });
    scene.passes(MINUTE);
    expect(scene.found).toMatchObject([{ kind: 'sequence_gap', ledgerIndex: 30, detail: { missing: 3 } }]);
  });

  test('are none when numbers overtake each other, begin anew, or are of several senders under one name', () => {
    const scene = new Scene();
    scene.sends({ records: 50, numbers: from(1, 50) });
    scene.sends({ numbers: [53, 51] });
    scene.sends({ numbers: [52] });
    scene.passes(2 * MINUTE);
    scene.sends({ numbers: from(1, 30) });
    scene.passes(2 * MINUTE);
    for (let at = 0; at < 40; at += 1)
      scene.sends({ numbers: [1000 + at, 900_000_000 + at], stream: 'relp/198.51.100.9' });
    for (let at = 0; at < 40; at += 1) scene.sends({ numbers: [1000 + at, 1400 + at], stream: 'relp/198.51.100.8' });
    scene.passes(2 * MINUTE);
    expect(scene.kinds.filter((kind) => kind !== 'silence begin')).toEqual([]);
  });

  test('are found over a restart only where all between was counted', () => {
    const scene = new Scene();
    scene.sends({ records: 50, numbers: from(1, 50) });
    const memory = memorySchema.parse(JSON.parse(JSON.stringify(scene.watch.memory())));
    for (const [countedTo, gaps] of [
      [50, 1],
      [80, 0],
    ] as const) {
      const again = new Scene();
      again.watch.load([rowOf(STREAM)], [], memory, countedTo);
      again.sends({ records: 30, numbers: from(61, 30) });
      again.passes(MINUTE);
      expect(again.kinds).toEqual(Array.from({ length: gaps }, () => 'sequence_gap once'));
    }
  });
});

describe('steps of clocks', () => {
  test('ahead and back, told once each', () => {
    const scene = new Scene();
    scene.sendsSteadily(20, 10_000, { lags: [100, 120, 80] });
    scene.sendsSteadily(20, 10_000, { lags: [-3_600_000, -3_599_900] });
    scene.sendsSteadily(20, 10_000, { lags: [100] });
    expect(scene.found.map(({ words }) => words)).toEqual([
      'the time in its lines jumped by 60 minutes ahead: its clock was set.',
      'the time in its lines jumped by 60 minutes back: its clock was set, or its lines are held up on their way.',
    ]);
    expect(scene.found[0]?.detail['byMs']).toBeGreaterThan(3_599_000);
  });

  test('is no word for a queue that is worked off, for one odd line, or for a file', () => {
    const scene = new Scene();
    scene.sendsSteadily(20, 10_000, { lags: [100] });
    for (let lag = HOUR; lag > 0; lag -= 2 * MINUTE) {
      scene.sends({ lags: [lag, lag - 1000] });
      scene.passes(5000);
    }
    scene.sendsSteadily(20, 10_000, { lags: [100, 90, 1e12] });
    scene.sendsSteadily(20, 10_000, { lags: [1e9], stream: 'file/a', trust: 'local' });
    expect(scene.kinds).toEqual([]);
  });
});
