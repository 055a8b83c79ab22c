import { expect, test } from 'vitest';
import { listeners } from '../listeners/index.ts';
import type { Source } from '../state/sources.ts';
import { shownSource } from './view.ts';

const source = {
  stream: 's',
  name: 's',
  trust: 'none',
  state: 'active',
  hosts: [],
  firstSeenMs: null,
  lastSeenMs: null,
};

test('only of protocols that answer is it said that a sender knows what was kept', () => {
  const said = (type: string) => shownSource({ ...source, type } as unknown as Source, listeners).isAcknowledged;
  const silent = listeners.map(({ name }) => name).filter((name) => !said(name));
  expect(silent).toEqual(['gelf-tcp', 'gelf-udp', 'syslog-tcp', 'syslog-tls', 'syslog-udp']);
});
