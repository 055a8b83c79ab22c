import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EcsFields, Event } from '../core/event.ts';
import { outwardRole } from './outbound.ts';
import { sumOutbound } from './outbound-sum.ts';
import { OutboundTable } from './outbound-table.ts';

function packet(line: number, time: number, host: string, to: string, port: number): Event {
  const fields: EcsFields = {
    'event.category': ['network'],
    'event.type': ['connection'],
    'event.action': 'firewall',
    'network.direction': 'egress',
    'network.transport': 'tcp',
    'source.ip': '10.0.0.9',
    'source.port': 40_000,
    'destination.ip': to,
    'destination.port': port,
    'spoor.tcp.flags': 'SYN',
  };
  return {
    line,
    lines: 1,
    count: 1,
    parser: 'firewall',
    time,
    certainty: 'exact',
    host,
    process: 'kernel',
    pid: 0,
    message: '',
    fields,
    shape: null,
    address: '10.0.0.9',
    user: undefined,
    raw: `line ${line}`,
  };
}

const event = fc.record({
  task: fc.integer({ min: 0, max: 5 }),
  time: fc.integer({ min: 0, max: 1_000_000 }),
  host: fc.constantFrom('a', 'b', ''),
  to: fc.constantFrom('203.0.113.1', '203.0.113.2', '2001:db8::1', '10.0.0.1'),
  port: fc.constantFrom(80, 443),
});

test('any number of threads gives the same sums, first lines and times', () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 400 }),
      fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 6, maxLength: 6 }),
      (events, threads) => {
        const ordered = events
          .map((one, line) => ({ ...one, line }))
          .sort((a, b) => a.task - b.task || a.line - b.line);
        const read = (threadOf: (task: number) => number) => {
          const tables = [new OutboundTable(), new OutboundTable(), new OutboundTable()];
          for (const { task, line, time, host, to, port } of ordered) {
            const made = packet(line, time, host, to, port);
            tables[threadOf(task)]?.add(made, outwardRole(made.fields), task);
          }
          return sumOutbound(tables.map((table) => table.pack()));
        };
        const whole = read(() => 0);
        expect(read((task) => threads[task] ?? 0)).toEqual(whole);
        const outside = events.filter(({ to }) => to !== '10.0.0.1').length;
        expect(whole.talks.reduce((sum, { count }) => sum + count, 0)).toBe(outside);
      },
    ),
    { numRuns: 50 },
  );
});
