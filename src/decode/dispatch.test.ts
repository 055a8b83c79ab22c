import { describe, expect, test } from 'vitest';
import type { EcsFields } from '../core/event.ts';
import type { Message, MessageParser, Parser } from '../core/stages.ts';
import { createDispatch, parseMessage } from './dispatch.ts';

const asked: string[] = [];
const parser = (
  name: string,
  programs: readonly string[],
  more: Partial<MessageParser> & { says?: EcsFields | null } = {},
): MessageParser => ({
  kind: 'message',
  name,
  programs,
  ...more,
  parse: () => {
    asked.push(name);
    return more.says ?? null;
  },
});
const message = (appName: string, text = 'text'): Message => ({ appName, hostname: 'web1', pid: 1, message: text });
const ask = (parsers: readonly Parser[], of: Message) => {
  asked.length = 0;
  return { said: parseMessage(createDispatch(parsers), of)?.parser ?? null, asked: [...asked] };
};

describe('who is asked', () => {
  const pam = parser('pam', [], { prefixes: ['pam_unix(', 'pam_sss('], says: { a: 'pam' } });
  const silent = parser('silent', [], { prefixes: ['pam_unix('] });
  const sshd = parser('sshd', ['sshd', 'sshd-session'], { says: { a: 'sshd' } });
  const also = parser('also', ['sshd'], { says: { a: 'also' } });
  const stranger = parser('stranger', [], { anyProgram: true, says: { a: 'stranger' } });

  test('the parser of the program', () => {
    expect(ask([pam, sshd, stranger], message('sshd-session'))).toEqual({ said: 'sshd', asked: ['sshd'] });
  });

  test('that of the beginning before it, under any program', () => {
    expect(ask([sshd, pam], message('sshd', 'pam_unix(sshd:auth): x'))).toEqual({ said: 'pam', asked: ['pam'] });
    expect(ask([sshd, pam], message('other', 'pam_sss(x): y'))).toEqual({ said: 'pam', asked: ['pam'] });
  });

  test('the next where one says "not mine"', () => {
    expect(ask([silent, sshd], message('sshd', 'pam_unix(x)'))).toEqual({ said: 'sshd', asked: ['silent', 'sshd'] });
    expect(ask([parser('first', ['sshd']), also], message('sshd'))).toEqual({ said: 'also', asked: ['first', 'also'] });
  });

  test('those for any program, only where nobody names it', () => {
    expect(ask([sshd, stranger], message('tomas'))).toEqual({ said: 'stranger', asked: ['stranger'] });
    expect(ask([parser('first', ['sshd']), stranger], message('sshd'))).toEqual({ said: null, asked: ['first'] });
  });

  test('nobody, for a program that nobody names', () => {
    expect(ask([sshd], message('cron'))).toEqual({ said: null, asked: [] });
    expect(ask([], message('', ''))).toEqual({ said: null, asked: [] });
  });
});

describe('one format only', () => {
  const line: Parser = { kind: 'line', name: 'web', programs: ['nginx'], parse: () => null };
  const binary: Parser = { kind: 'binary', name: 'utmp', accepts: () => true, parse: () => [] };
  const both = [line, binary, parser('sshd', ['sshd'])];

  test('message parsers stay, for they speak inside an envelope', () => {
    const { lines, binaries, messages, linesByProgram } = createDispatch(both, 'web');
    expect([lines.length, binaries.length, [...messages.keys()], [...linesByProgram.keys()]]).toEqual([
      1,
      0,
      ['sshd'],
      ['nginx'],
    ]);
    expect(createDispatch(both, 'syslog').lines).toEqual([]);
  });

  test('a name that nobody has is a usage error that lists those there are', () => {
    expect(() => createDispatch(both, 'nope')).toThrow(
      expect.objectContaining({ code: 'E_USAGE', message: 'unknown format "nope": one of syslog, web, utmp, sshd' }),
    );
  });
});

test('a format of several lines that is asked for by name need not be told by its first lines', () => {
  const parsers: readonly Parser[] = [
    {
      kind: 'records',
      name: 'x',
      claims: () => false,
      accepts: () => false,
      open: () => ({ push: () => true, end: () => {} }),
    },
  ];
  expect(createDispatch(parsers).records[0]?.accepts?.('', [])).toBe(false);
  expect(createDispatch(parsers, 'x').records[0]?.accepts?.('', [])).toBe(true);
});
