import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, rowOf, Scene, START, STREAM } from './fixtures/scene.ts';
import { StreamCounts } from './stream-counts.ts';

describe('silence', () => {
  test('of a steady sender is told once, within its first hour, and ends with its next record', () => {
    const scene = new Scene();
    scene.sendsSteadily(20, MINUTE);
    const lastMs = scene.nowMs - MINUTE;
    scene.passes(HOUR);
    expect(scene.kinds).toEqual(['silence begin']);
    expect(scene.found[0]).toMatchObject({ stream: STREAM, atMs: lastMs });
    expect(scene.found[0]?.words).toMatch(/^nothing came for 1\d minutes; it used to send every 5\d seconds/);
    expect(scene.states.get(STREAM)).toBe('silent');
    scene.sends();
    expect(scene.kinds).toEqual(['silence begin', 'silence end']);
    expect(scene.states.get(STREAM)).toBe('active');
  });

  test('is not our own pause, not that of a listener that is down, and not a lag of ours', () => {
    const scene = new Scene();
    scene.sendsSteadily(20, MINUTE);
    scene.watch.listening('relp', null);
    scene.passes(5 * HOUR);
    scene.watch.listening('relp', scene.nowMs);
    scene.passes(5 * MINUTE);
    expect(scene.kinds).toEqual([]);
    for (let at = 0; at < 100; at += 1) scene.watch.look(START); // what is counted ends there, whatever the time is
    expect(scene.watch.take().findings).toEqual([]);
    scene.passes(10 * MINUTE);
    expect(scene.kinds).toEqual(['silence begin']);
  });

  test('is no word for a file that was read from its beginning, nor for an hourly job', () => {
    const scene = new Scene();
    const file = { stream: 'file/var/log/dpkg.log', trust: 'local' } as const;
    scene.sends({ ...file, records: 100_000, old: 100_000 });
    scene.sendsSteadily(30, HOUR, { records: 20 });
    scene.passes(HOUR);
    expect(scene.kinds).toEqual([]);
  });

  test('is not told of streams that many share, nor of what is imported', () => {
    const scene = new Scene();
    for (const stream of ['relp/others', 'relp/other', 'import-case/auth.log', 'relp'])
      scene.sendsSteadily(20, MINUTE, { stream });
    scene.passes(HOUR);
    expect(scene.found).toEqual([]);
  });

  test('whatever comes when: it begins and ends in turn, and never ends before it began', () => {
    const step = fc.record({
      wait: fc.integer({ min: 1, max: 40 * MINUTE }),
      records: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const scene = new Scene();
        for (const { wait, records } of steps) {
          if (records > 0) scene.sends({ records });
          scene.passes(wait);
        }
        const phases = scene.found.filter(({ kind }) => kind === 'silence');
        for (const [at, { phase, atMs }] of phases.entries()) {
          expect(phase).toBe(at % 2 === 0 ? 'begin' : 'end');
          expect(atMs).toBeGreaterThanOrEqual(phases[at - 1]?.atMs ?? 0);
        }
      }),
    );
  });
});

describe('cut connections', () => {
  const reset = { kind: 'disconnected', reason: 'reset' } as const;

  test('a sender that is gone without a goodbye is told after longer than its habit', () => {
    const scene = new Scene();
    scene.notes({});
    scene.sends({ records: 20 });
    scene.notes(reset);
    scene.passes(50_000);
    scene.notes({});
    scene.notes(reset);
    scene.passes(95_000);
    expect(scene.kinds).toEqual([]);
    scene.passes(10_000);
    expect(scene.kinds).toEqual(['cut_connection begin']);
    expect(scene.states.get(STREAM)).toBe('cut');
    scene.notes({});
    expect(scene.kinds).toEqual(['cut_connection begin', 'cut_connection end']);
  });

  test('is no word for a goodbye, for our own stop, for a stranger, or while another connection is open', () => {
    const scene = new Scene();
    scene.sends({ records: 20 });
    for (const reason of ['closed', 'stopped', 'refused']) {
      scene.notes({});
      scene.notes({ kind: 'disconnected', reason });
      scene.passes(10 * MINUTE);
    }
    scene.notes({});
    scene.notes({});
    scene.notes(reset);
    scene.notes({ via: 'relp:[2001:db8::1]:7' });
    scene.notes({ ...reset, via: 'relp:[2001:db8::1]:7' });
    scene.passes(HOUR);
    expect(scene.kinds).toEqual([]);
  });

  test('a million connections of strangers are forgotten', () => {
    const scene = new Scene();
    for (let at = 0; at < 50_000; at += 1) {
      const via = `relp:10.${at >> 16}.${(at >> 8) & 255}.${at & 255}:1`;
      scene.watch.noted('relp', { kind: 'connected', reason: 'connected', via });
      scene.watch.noted('relp', { kind: 'disconnected', reason: 'closed', via });
    }
    scene.passes(HOUR);
    expect(scene.kinds).toEqual([]);
  });
});

test('what was open before a restart ends after it', () => {
  const scene = new Scene();
  scene.watch.load(
    [rowOf(STREAM)],
    [
      { stream: STREAM, kind: 'silence' },
      { stream: STREAM, kind: 'cut_connection' },
      { stream: STREAM, kind: 'format_drift' },
    ],
    null,
    0,
  );
  scene.sends();
  expect(scene.kinds).toEqual(['format_drift end', 'silence end', 'cut_connection end']);
  expect(scene.states.get(STREAM)).toBe('active');
});

test('a sender that is new is told', () => {
  const scene = new Scene();
  const { watch } = scene;
  watch.counted(
    [{ stream: STREAM, trust: 'address', records: 1, bytes: 1, parsed: 0, unparsed: 0, firstMs: START, lastMs: START }],
    new Map([[STREAM, new StreamCounts({ kind: 'raw', fields: {}, payload: Buffer.alloc(0) })]]),
    { to: 1, tickUs: 0 },
  );
  expect(watch.take().findings).toMatchObject([{ kind: 'first_seen', phase: 'once', atMs: START, stream: STREAM }]);
});
