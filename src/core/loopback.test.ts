import { expect, test } from 'vitest';
import { isLoopback } from './loopback.ts';

test.each(['localhost', '127.0.0.1', '127.8.9.10', '::1', '[::1]'])('%s is this machine', (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each([
  '',
  '0.0.0.0',
  '::',
  '127.example.org',
  '127.0.0.1.example.org',
  'localhost.example.org',
  '192.0.2.7',
  '::2',
])('%s may be another', (host) => {
  expect(isLoopback(host)).toBe(false);
});
