import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnswer } from './answer.ts';
import { readBootstrap } from './bootstrap.ts';
import { vcard } from './fixtures/vcard.ts';
import { forbidden, guardedGet } from './guarded-get.ts';

describe('who may be asked', () => {
  test.each([
    ['https://rdap.example/ip/192.0.2.1', false, null],
    ['https://9.9.9.9/', false, null],
    ['http://rdap.example/', false, 'it is not https'],
    ['http://rdap.example/', true, 'it is not https'],
    ['https://127.0.0.1/', false, 'it leads to this machine'],
    ['http://localhost:80/', false, 'it leads to this machine'],
    ['http://localhost:8080/', true, null],
    ['https://0.0.0.0/', true, 'it leads into an inner network'],
    ['https://100.64.0.1/', true, 'it leads into an inner network'],
  ])('%s, of this machine: %s', (url, loopback, expected) => {
    expect(forbidden(new URL(url), { loopback })).toBe(expected);
  });

  test('a name that leads inside is not connected to', async () => {
    const get = guardedGet({ loopback: false, timeoutMs: 2000, maxBytes: 1000 });
    await expect(get(new URL('https://localhost./'), new AbortController().signal)).rejects.toThrow(
      /inner network|cannot be resolved/,
    );
  });
});

test('the longest prefix wins, and https before http', () => {
  const { serverOf } = readBootstrap([
    {
      services: [
        [['203.0.0.0/8'], ['https://wide.example']],
        [
          ['203.0.113.0/24', 'rubbish', 7],
          ['http://narrow.example/', 'https://narrow.example/rdap/'],
        ],
      ],
    },
    {
      services: [
        [['64500-64600'], ['https://wide.example/']],
        [['64501'], ['https://narrow.example/']],
        'rubbish',
        [['1'], ['no url']],
      ],
    },
  ]);
  expect(['203.0.113.9', '203.1.0.1', '2001:db8::1'].map(serverOf)).toEqual([
    'https://narrow.example/rdap/',
    'https://wide.example/',
    null,
  ]);
  expect([64501, 64500, 1].map(serverOf)).toEqual(['https://narrow.example/', 'https://wide.example/', null]);
});

test('any answer is read without an error, and mail addresses are plain', () => {
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 6 },
      fc.string({ unit: 'binary' }),
      fc.constantFrom('abuse', 'email', 'a@b.example', 'ip network', 'vcard', '203.0.113.0', null, 7),
      fc.array(tie('node'), { maxLength: 5 }),
      fc.record(
        { roles: fc.constant(['abuse']), vcardArray: tie('node'), entities: tie('node') },
        { requiredKeys: [] },
      ),
      fc.constant({ roles: ['abuse'], vcardArray: vcard('x@y.example') }),
    ),
  })).node;
  fc.assert(
    fc.property(value, fc.string({ unit: 'binary' }), (entities, name) => {
      const { mails = [], name: shown = '' } = readAnswer({ objectClassName: 'ip network', name, entities }) ?? {};
      for (const mail of mails) expect(mail).toMatch(/^[\x21-\x7e]+@[a-z.]+$/);
      expect(shown).not.toMatch(/\p{Cc}/u);
    }),
  );
});
