import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Zone } from '../core/zone.ts';
import webAccess from './web-access.ts';

const context = { zone: new Zone('UTC'), year: () => 2024 };
const parse = (line: string) => webAccess.parse(line, context);

/** As Apache's ap_escape_logitem writes it: quotes and backslashes with a backslash, the rest in hex. */
function apacheEscaped(text: string): string {
  return text.replace(/["\\]/g, '\\$&').replace(/[^ -~]/gu, hex);
}

/** As nginx's ngx_http_log_escape writes it: everything in hex. */
function nginxEscaped(text: string): string {
  return text.replace(/["\\]|[^ -~]/gu, hex);
}

function hex(character: string): string {
  return [...Buffer.from(character, 'utf8')]
    .map((byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}

const hostile = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      '\\',
      ' ',
      '-',
      '[',
      ']',
      '2',
      '0',
      'x',
      '/',
      ',',
      '203.0.113.66',
      ' - - [',
      '" 200 5 "',
    ),
    maxLength: 40,
  }),
  fc.constantFrom(
    '" 200 5 "',
    '203.0.113.66 - - [01/Jan/2001:00:00:00 +0000] "GET / HTTP/1.1" 200 1',
    '\\',
    '\\"',
    ' 203.0.113.66 -',
  ),
);
const peer = fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::7', '2001:db8:0:1::9'));

test('nothing that a client sends moves the peer, the status or the fields', () => {
  fc.assert(
    fc.property(
      peer,
      hostile,
      hostile,
      hostile,
      hostile,
      fc.constantFrom(apacheEscaped, nginxEscaped),
      (address, user, target, referrer, agent, escaped) => {
        const name = escaped(user) || '-';
        const line = `${address} - ${name} [10/May/2024:12:00:01 +0200] "GET /${escaped(target)} HTTP/1.1" 404 17 "${escaped(referrer)}" "${escaped(agent)}"`;
        const parsed = parse(line);
        expect(parsed?.time).toBe(Date.parse('2024-05-10T10:00:01Z'));
        expect(parsed?.fields).toMatchObject({
          'source.ip': address,
          'http.response.status_code': 404,
          'http.response.body.bytes': 17,
        });
        expect(parsed?.fields['url.original']).toBe(`/${target}`);
        if (agent !== '' && agent !== '-') expect(parsed?.fields['user_agent.original']).toBe(agent);
        if (referrer !== '' && referrer !== '-') expect(parsed?.fields['http.request.referrer']).toBe(referrer);
      },
    ),
    { numRuns: 500 },
  );
});

test('a list of forwarded addresses never outranks the peer of the connection', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.ipV4(), fc.constantFrom('localhost', 'unknown', '10.0.0.9')), { maxLength: 4 }),
      (forged) => {
        const list = [...forged, '203.0.113.20', '10.0.0.1'].join(', ');
        const parsed = parse(
          `www.example.com ${list} - - [10/May/2024:12:00:01 +0200] "GET / HTTP/1.1" 200 17 "-" "-"`,
        );
        expect(parsed?.fields['source.ip']).toBe('203.0.113.20');
      },
    ),
  );
});

test('any line ends in an answer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      parse(text);
      parse(`192.0.2.7 - - [10/May/2024:12:00:01 +0200] "${text}`);
      parse(`192.0.2.7 - - [10/May/2024:12:00:01 +0200] "GET / HTTP/1.1" 200 5 ${text}`);
    }),
    { numRuns: 300 },
  );
});
