// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look so
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { readConfig } from './config.ts';
import { nearest } from './config-schema.ts';
import type { AppError } from './errors.ts';
import { Secret, secret } from './secret.ts';

const tcp = z.strictObject({
  type: z.literal('syslog-tcp').describe('Kind.'),
  host: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1').describe('Address to bind.'),
  port: z.int().min(0).max(65535).default(601).describe('TCP port; 0 takes a free one.'),
});
const file = z.strictObject({
  type: z.literal('file').describe('Kind.'),
  paths: z.array(z.string().min(1)).min(1).describe('Files; globs are allowed.'),
  mode: z.enum(['tail', 'all']).optional().describe('Where to begin.'),
  interval: z
    .string()
    .regex(/^\d+s$/, 'a time in seconds (5s)')
    .optional(),
});
const schema = z.strictObject({
  name: z.string().default('spoor').describe('Name.'),
  sources: z
    .array(z.discriminatedUnion('type', [tcp, file]))
    .default([])
    .describe('Where records come from.'),
  clickhouse: z
    .strictObject({ url: z.url({ protocol: /^https?$/ }), password: secret().describe('Its password.') })
    .optional(),
  labels: z.record(z.string(), z.string()).default({}),
  any: z.union([z.number(), z.boolean()]).optional(),
});

const secrets = {
  env: { PASSWORD: 'hunter2', EMPTY: '' },
  readFile: (path: string) => {
    if (path === '/run/password') return 'correct horse\n';
    if (path === '/run/empty') return '\n';
    throw Object.assign(new Error(`hunter2 ${path}`), { code: 'EACCES' });
  },
};
const read = (text: string) => readConfig(text, 'spoor.yml', schema, secrets);

function refused(text: string): string {
  try {
    read(text);
  } catch (error) {
    expect(error).toMatchObject({ name: 'AppError', code: 'E_CONFIG' });
    expect((error as AppError).message).not.toMatch(/hunter2|correct horse/);
    return (error as AppError).message;
  }
  return expect.fail(`was read: ${text}`);
}

describe('a configuration', () => {
  test('that is empty is all defaults', () => {
    for (const text of ['', '# nothing\n', '---\n', '{}'])
      expect(read(text)).toEqual({ name: 'spoor', sources: [], labels: {} });
  });

  test('gives values, defaults and secrets, which nobody prints', () => {
    const value = read(`
name: web   # a comment
sources:
  - { type: syslog-tcp, port: 0 }
  - type: file
    paths: [/var/log/*.log]
clickhouse:
  url: https://ch.example:8443
  password: \${env:PASSWORD}
`);
    expect(value.sources).toEqual([
      { type: 'syslog-tcp', host: '127.0.0.1', port: 0 },
      { type: 'file', paths: ['/var/log/*.log'] },
    ]);
    expect(value.clickhouse?.password.reveal()).toBe('hunter2');
    for (const text of [
      JSON.stringify(value),
      inspect(value, { depth: 9, showHidden: true }),
      `${value.clickhouse?.password}`,
    ]) {
      expect(text).not.toContain('hunter2');
      expect(text).toContain('[secret]');
    }
    const byFile = read('clickhouse: { url: "http://a", password: "${file:/run/password}" }');
    expect(byFile.clickhouse?.password.reveal()).toBe('correct horse');
  });

  test.each([
    [
      'sources:\n  - type: syslog-tcp\n    prot: 5\n',
      'spoor.yml:3:5: sources[0].prot: unknown key; did you mean "port"?',
    ],
    ['soruces: []\n', 'spoor.yml:1:1: soruces: unknown key; did you mean "sources"?'],
    ['zzz: 1\n', 'spoor.yml:1:1: zzz: unknown key; known here: name, sources, clickhouse, labels, any'],
    [
      'sources:\n- type: file\n  paths: [a]\n  port: 1\n',
      'spoor.yml:4:3: sources[0].port: unknown key; known here: type, paths, mode, interval',
    ],
    [
      'sources:\n  - type: syslog-tcp\n    port: ninety\n',
      'spoor.yml:3:11: sources[0].port: found "ninety", wants a number (TCP port; 0 takes a free one)',
    ],
    [
      'sources: [{type: syslog-tcp, port: 70000}]',
      'spoor.yml:1:36: sources[0].port: found 70000, wants at most 65535 (TCP port; 0 takes a free one)',
    ],
    [
      'sources: [{type: syslog-tcp, port: 1.5}]',
      'spoor.yml:1:36: sources[0].port: found 1.5, wants a whole number (TCP port; 0 takes a free one)',
    ],
    [
      'sources: [{type: syslog-tpc}]',
      'spoor.yml:1:18: sources[0].type: found "syslog-tpc", wants one of syslog-tcp, file; did you mean "syslog-tcp"?',
    ],
    ['sources: [{port: 1}]', 'spoor.yml:1:11: sources[0].type: found nothing, wants one of syslog-tcp, file'],
    [
      'sources: [{type: file}]',
      'spoor.yml:1:11: sources[0].paths: is missing, wants a list (Files; globs are allowed)',
    ],
    [
      'sources: [{type: file, paths: []}]',
      'spoor.yml:1:31: sources[0].paths: found a list, wants at least 1 entries (Files; globs are allowed)',
    ],
    [
      'sources: [{type: file, paths: [a], mode: al}]',
      'spoor.yml:1:42: sources[0].mode: found "al", wants one of tail, all (Where to begin)',
    ],
    ['sources: [{type: file, paths: [a], interval: 5}]', 'spoor.yml:1:46: sources[0].interval: found 5, wants a text'],
    [
      'sources: [{type: file, paths: [a], interval: 5m}]',
      'spoor.yml:1:46: sources[0].interval: found "5m", wants a time in seconds (5s)',
    ],
    [
      'sources: [{type: syslog-tcp, host: web}]',
      'spoor.yml:1:36: sources[0].host: found "web", wants an IPv4 address, or an IPv6 address (Address to bind)',
    ],
    ['sources: {}', 'spoor.yml:1:10: sources: found a mapping, wants a list (Where records come from)'],
    [
      'clickhouse: {url: "ftp://a", password: "${env:PASSWORD}"}',
      'spoor.yml:1:19: clickhouse.url: found "ftp://a", wants a URL of the kind that is taken here',
    ],
    ['any: x', 'spoor.yml:1:6: any: found "x", wants a number, or true or false'],
    ['labels: { "a b": 1 }', 'spoor.yml:1:18: labels["a b"]: found 1, wants a text'],
    ['- a', 'spoor.yml:1:1: found a list, wants a mapping'],
    ['just text', 'spoor.yml:1:1: found "just text", wants a mapping'],
    ['name: a\nname: b\n', 'spoor.yml:2:1: Map keys must be unique'],
    ['name: "a\n', expect.stringMatching(/^spoor\.yml:2:1: Missing closing "quote/)],
    ['name: a\n--- \nname: b', expect.stringMatching(/^spoor\.yml:2:1: Source contains multiple documents/)],
    ['name: !secret hunter2', expect.stringMatching(/^spoor\.yml:1:7: Unresolved tag$/)],
    ['a: b: hunter2', expect.stringMatching(/^spoor\.yml:1:\d+: Nested mappings are not allowed/)],
    ['name: hunter2\n  }hunter2: [', expect.stringMatching(/^spoor\.yml:\d+:\d+: /)],
    ['__proto__: { name: x }', expect.stringMatching(/^spoor\.yml:1:1: __proto__: unknown key; /)],
    ['? [a]\n: b', expect.stringMatching(/^spoor\.yml:1:3: With stringKeys, all keys must be strings/)],
    ['a: &a [*a]', expect.stringMatching(/^spoor\.yml:1:8: a\[0\]\[0\]: nested too deeply/)],
  ])('%j is refused', (text, message) => {
    expect(refused(text)).toEqual(message);
  });

  test('all that is wrong is said at once, up to twenty', () => {
    expect(refused('zzz: 1\nname: [a]\nclickhouse: { url: x, password: "${env:NONE}" }').split('\n')).toEqual([
      'spoor.yml:3:33: clickhouse.password: environment variable NONE is not set',
      'spoor.yml:2:7: name: found a list, wants a text (Name)',
      'spoor.yml:3:20: clickhouse.url: found "x", wants a URL of the kind that is taken here',
      'spoor.yml:1:1: zzz: unknown key; known here: name, sources, clickhouse, labels, any',
    ]);
    const many = Array.from({ length: 50 }, (_, at) => `key${at}: 1`).join('\n');
    expect(refused(many).split('\n')).toHaveLength(21);
    expect(refused(many)).toMatch(/\nand 30 more$/);
  });

  test.each([
    ['hunter2', 'found plain text, wants ${env:NAME} or ${file:/path} (Its password)'],
    ['${env:EMPTY}', 'environment variable EMPTY is empty'],
    ['${env:toString}', 'environment variable toString is not set'],
    ['${file:relative}', 'secret file "relative" is no absolute path'],
    ['${file:/run/nothing}', 'secret file "/run/nothing" cannot be read (EACCES)'],
    ['${file:/run/empty}', 'secret file "/run/empty" is empty'],
    ['x${env:PASSWORD}', 'a reference stands alone: wants ${env:NAME} or ${file:/path}, nothing around it'],
  ])('a secret is only named: %s', (said, message) => {
    const text = `clickhouse:\n  url: http://a\n  password: ${said}\n`;
    expect(refused(text)).toBe(`spoor.yml:3:13: clickhouse.password: ${message}`);
  });

  test('a secret stands only where one is wanted', () => {
    expect(refused('name: ${env:PASSWORD}')).toBe(
      'spoor.yml:1:7: name: found a reference to a secret, which this key is not, wants a text (Name)',
    );
    expect(new Secret('a').toString()).toBe('[secret]');
  });

  test('bombs end', () => {
    const laughs = ['a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]'];
    for (let at = 1; at < 12; at += 1)
      laughs.push(
        `a${at}: &a${at} [${Array(9)
          .fill(`*a${at - 1}`)
          .join(', ')}]`,
      );
    expect(refused(laughs.join('\n'))).toMatch(/too many aliases/);
    expect(refused('a: &a [*a, *a, *a]')).toMatch(/too many aliases/);
    expect(refused('['.repeat(100_000))).toMatch(/nested too deeply|closing|end/i);
    expect(refused(`labels: ${'['.repeat(3000)}${']'.repeat(3000)}`)).toMatch(/nested too deeply/);
    expect(refused(`labels: ${'{a: '.repeat(60)}1${'}'.repeat(60)}`)).toMatch(/nested too deeply/);
    expect(refused(`# ${'x'.repeat(1_000_001)}`)).toMatch(/a million/);
  });

  test('any text is read or refused, never anything else', () => {
    const piece = fc.constantFrom(
      'name',
      'sources',
      ':',
      ' ',
      '\n',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '"',
      "'",
      '${env:PASSWORD}',
      'type: file',
      '!!x ',
      '|',
      '#',
      '\t',
      '? ',
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (given) => {
        try {
          read(given);
        } catch (error) {
          expect(error).toMatchObject({ code: 'E_CONFIG' });
          expect((error as Error).message).not.toContain('hunter2');
        }
      }),
      { numRuns: 500 },
    );
  });

  test('the nearest word is one that could be meant', () => {
    const words = ['port', 'host', 'paths', 'type'];
    expect(['prot', 'prt', 'Host', 'path', 'tpye', 'colour', ''].map((word) => nearest(word, words))).toEqual([
      'port',
      'port',
      'host',
      'paths',
      'type',
      null,
      null,
    ]);
  });
});
