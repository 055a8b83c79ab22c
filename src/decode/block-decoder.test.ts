import { readdirSync, readFileSync } from 'node:fs';
import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Event, settled } from '../core/event.ts';
import { decodeText, eachLine, LineBlocks } from '../core/lines.ts';
import { loadFolder } from '../core/registry.ts';
import type { Parser } from '../core/stages.ts';
import { Zone } from '../core/zone.ts';
import { NO_ADDRESS } from './address-names.ts';
import { BlockDecoder } from './block-decoder.ts';
import { yearsFrom } from './census.ts';
import { Decoder } from './decoder.ts';
import { createDispatch } from './dispatch.ts';
import { KnownLines } from './known-lines.ts';

const PARSERS = new URL('../parsers/', import.meta.url);
const dispatch = createDispatch(await loadFolder<Parser>(new URL('index.ts', PARSERS).href));
const zone = new Zone('Europe/Berlin');

function options(emit: (event: Event) => void) {
  const year = yearsFrom({ base: 2026, endMs: Date.UTC(2026, 11, 31) }, null, zone);
  return { zone, year, host: 'given', emit };
}

/** What the plain way gives, line by line. */
function plain(bytes: Buffer): object[] {
  const events: object[] = [];
  const decoder = new Decoder(
    dispatch,
    options((event) => events.push(settled(event))),
  );
  let next = 1;
  const lines = new LineBlocks((block) => {
    next = eachLine(decodeText(block), next, (line, number) => decoder.push(line, number));
  });
  lines.push(bytes);
  lines.end();
  decoder.end();
  return events;
}

/** What the quick way gives. `size`: bytes in a block. `known`: what was learnt before. */
function quick(bytes: Buffer, size: number, known = new KnownLines()): object[] {
  const events: object[] = [];
  const decoder = new BlockDecoder(
    dispatch,
    options((event) => events.push(settled(event))),
    known,
  );
  const lines = new LineBlocks((block) => {
    const copy = Buffer.from(block);
    decoder.push(copy);
    copy.fill(0x78); // as a reader does that uses its block again
  });
  for (let at = 0; at < bytes.length; at += size) lines.push(bytes.subarray(at, at + size));
  lines.end();
  decoder.end();
  return events;
}

const text = (lines: readonly string[]) => Buffer.from(`${lines.join('\n')}\n`);

/** Enough times for every template to be learnt and used. */
function often<T>(items: readonly T[], times = 6): T[] {
  return Array.from({ length: times }, () => items).flat();
}

const golden = readdirSync(new URL('golden/', PARSERS)).filter((name) => name.endsWith('.log'));

test.each(golden)('golden sample %s reads the same both ways', (name) => {
  const bytes = readFileSync(new URL(`golden/${name}`, PARSERS));
  const again = Buffer.concat(often([bytes], 5));
  expect(quick(again, 1 << 20)).toEqual(plain(again));
});

test('a line that was learnt gives its own values', () => {
  const lines = Array.from(
    { length: 12 },
    (_, at) =>
      `Mar  7 10:00:${10 + at} web1 sshd[${700 + at}]: Failed password for invalid user n${at} from 192.0.2.${at + 1} port ${4000 + at} ssh2`,
  );
  const events = quick(text(lines), 1 << 20) as Event[];
  expect(events.map(({ fields }) => fields['source.ip'])).toEqual(lines.map((_, at) => `192.0.2.${at + 1}`));
  expect(events.map(({ user }) => user)).toEqual(lines.map((_, at) => `n${at}`));
  expect(events).toEqual(plain(text(lines)));
});

test.each([
  ['eight NULs and seven with a byte that a sign could be', Buffer.alloc(8), Buffer.from([0, 0, 0, 0, 0, 0, 0, 0x80])],
  ['the same by the other end', Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0]), Buffer.alloc(8)],
  ['bytes of what is no number', Buffer.alloc(8, 0xff), Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe])],
])('lines that differ in a few bytes are not taken for each other: %s', (_, one, other) => {
  for (const shift of Array.from({ length: 8 }, (__, at) => 'abcdefgh'.slice(at))) {
    const line = (odd: Buffer) =>
      Buffer.concat([
        Buffer.from(`Mar  9 10:00:00 web1 sshd[77]: Failed password for ${shift}`),
        ...[odd, Buffer.from(' from 192.0.2.7 port 2200 ssh2\n')],
      ]);
    const bytes = Buffer.concat([...often([line(one)]), ...often([line(other)])]);
    expect(quick(bytes, 4096)).toEqual(plain(bytes));
    expect(quick(bytes, 4096)).toHaveLength(12);
  }
});

test('a repeated line that was learnt counts as often as it says', () => {
  const times = [2, 3, 5, 8, 13, 21, 34, 9_999_999, 0];
  const lines = times.map(
    (count, at) =>
      `Mar  7 10:00:${10 + at} web1 sshd[${700 + at}]: message repeated ${count} times: [ Failed password for root from 192.0.2.${at + 1} port 40${10 + at} ssh2]`,
  );
  const events = quick(text(lines), 1 << 20) as Event[];
  expect(events.map(({ count }) => count)).toEqual(times);
  expect(events[7]?.message).toBe('Failed password for root from 192.0.2.8 port 4017 ssh2');
  expect(events).toEqual(plain(text(lines)));
});

test('addresses of both kinds are told at one place', () => {
  const addresses = [
    '192.0.2.7',
    '2001:db8::a7',
    '2001:db8::7',
    '2001:db8:1:2:3:4:5:abcd',
    '198.51.100.8',
    '2001:db8::b:4022',
  ];
  const lines = often(addresses, 9).map(
    (address, at) => `Mar  7 10:00:00 web1 sshd[${at + 1}]: Failed password for root from ${address} port 4022 ssh2`,
  );
  const events = quick(text(lines), 1 << 20) as Event[];
  expect(events.map((event) => event.address)).toEqual(often(addresses, 9));
  expect(events).toEqual(plain(text(lines)));
});

const MESSAGES = [
  'sshd[@]: Failed password for invalid user % from # port ~ ssh2',
  'sshd[@]: Failed password for % from # port ~ ssh2',
  'sshd[@]: Invalid user % from # port ~',
  'sshd[@]: Connection closed by invalid user % # port ~ [preauth]',
  'sshd[@]: Connection from # port ~ on # port 22 rdomain ""',
  'sshd[@]: Accepted password for % from # port ~ ssh2',
  'sshd[@]: Received disconnect from # port ~:11: Bye Bye [preauth]',
  'sshd[@]: Disconnected from user % # port ~',
  'dropbear[@]: Child connection from #:~',
  "dropbear[@]: Bad password attempt for 'root' from #:~",
  'sshd[@]: fatal: Read from socket failed: Connection reset by peer [preauth]',
  'sshd[@]: message repeated 2 times: [ Failed password for % from # port ~ ssh2]',
  'sshd[@]: message repeated ~ times: [ Failed password for invalid user % from # port 22 ssh2]',
  'sshd[@]: message repeated ~ times: [Invalid user % from #]',
  'sshd[@]: message repeated ~ times: [ Read from socket failed: % [preauth]',
  'kernel: message repeated ~ times: [ eth0: link up]',
  'odd:odd[@] message repeated ~ times: [ Invalid user % from #]',
  'sshd[@]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=#  user=%',
  'sshd[@]: pam_unix(sshd:session): session opened for user %(uid=0) by (uid=0)',
  'sudo:   % : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/id',
  'CRON[@]: pam_unix(cron:session): session closed for user %',
  'last message repeated 3 times',
  'nobody knows # or ~',
];

const name = fc.constantFrom(
  ...[
    'root',
    'a',
    'admin',
    'from',
    'user',
    'invalid user',
    'x from 192.0.2.66 port 22 ssh2',
    'message repeated 3 times: [ x]',
    'airport',
    '198.51.100.4',
  ],
  ...['port 5', 'müller', 'a b', '', 'zqxjv0', '\u202e', 'user.name_1-x', '64900', '198.18.219.1', 'n'.repeat(40)],
);
const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom(
    '192.0.2.7',
    '127.0.0.1',
    '0.0.0.0',
    '010.1.1.1',
    '256.1.1.1',
    '1.2.3',
    '1.2.3.4.5',
    '2001:db8::7',
    '2001:db8::a7',
    '2001:db8::b:4022',
    '2001:db8:1::2c',
    '2001:db8::face:22',
    '2001:DB8::7',
    '2001:db8::',
    '2001:db8:::7',
    '2001:db8::7%eth0',
    '[2001:db8::7]',
    '2001:2:0:db1b::3b',
    '::1',
    '::ffff:192.0.2.7',
    '::ffff:c000:207',
    'fe80::1',
    'face',
    'host.example',
  ),
);
const port = fc.constantFrom('22', '0', '65535', '65536', '022', '4711', '123456', '');
const pid = fc.constantFrom('1', '0', '815', '2147483647', '2147483648', '99999999999', '', '0815');
const stamp = fc.constantFrom(
  ...['Mar  7 10:00:00', 'Mar  7 10:00:59', 'Mar  7 10:01:00', 'Mar 07 10:00:00', 'Mar 29 02:30:00', 'Dec 31 23:59:60'],
  ...[
    '2026-03-07T10:00:00+01:00',
    '2026-03-07T10:00:00.123456+01:00',
    '2026-03-07T10:00:01.5+01:00',
    '2026-03-07T10:00:00Z',
  ],
  ...['2026-03-07T10:00:00', '2026-03-07 10:00:00,250', '<38>Mar  7 10:00:00', 'Feb 30 10:00:00', 'garbage', ''],
);
const host = fc.constantFrom('web1', 'web1', 'web2', 'web', 'web1.example', '192.0.2.1', '', 'wéb');

const line = fc
  .tuple(stamp, host, fc.constantFrom(...MESSAGES), name, address, port, pid)
  .map(([when, where, message, user, source, number, process]) =>
    [when, where, message]
      .filter((part) => part !== '')
      .join(' ')
      .replaceAll('%', () => user)
      .replaceAll('#', () => source)
      .replaceAll('~', () => number)
      .replaceAll('@', () => process),
  );

/** A line that a byte was changed in, or that ends otherwise. */
const mutated = fc
  .tuple(line, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.constantFrom('', '\r', ' '))
  .map(([whole, at, byte, end]) => {
    const bytes = Buffer.from(`${whole}${end}`);
    if (bytes.length > 0 && byte !== 10) bytes[at % bytes.length] = byte;
    return bytes;
  });

const log = fc
  .array(
    fc.oneof({ weight: 6, arbitrary: line.map((whole) => Buffer.from(whole)) }, { weight: 1, arbitrary: mutated }),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  .map((lines) => often(lines, 5).flatMap((bytes) => [bytes, Buffer.from('\n')]))
  .map((parts) => Buffer.concat(parts));

property.prop([log, fc.integer({ min: 1, max: 5000 }), fc.boolean()], { numRuns: 300 })(
  'any log, in blocks of any size, reads as it does line by line',
  (bytes, size, cutEnd) => {
    const given = cutEnd ? bytes.subarray(0, -1) : bytes;
    expect(quick(given, size)).toEqual(plain(given));
  },
);

property.prop([fc.array(log, { minLength: 2, maxLength: 4 })], { numRuns: 60 })(
  'what one input taught changes nothing for the next',
  (inputs) => {
    const known = new KnownLines();
    for (const bytes of inputs) expect(quick(bytes, 1 << 20, known)).toEqual(plain(bytes));
  },
);

test('lines of addresses that get no number read the same, and blame nobody else', () => {
  const known = new KnownLines();
  for (let value = 1; known.addresses.of(value) !== NO_ADDRESS; value += 1);
  const lines = ['192.0.2.7', '2001:db8::1a', '0.0.0.9'].flatMap((address, at) => [
    `Mar  7 10:00:00 web1 sshd[7${at}]: Failed password for invalid user x from ${address} port 22 ssh2`,
    `Mar  7 10:00:01 web1 sshd[7${at}]: Disconnected from invalid user x ${address} port 22 [preauth]`,
    `Mar  7 10:00:02 web1 sshd[8${at}]: User ${address} from ${address} not allowed because not listed in AllowUsers`,
    `Mar  7 10:00:02 web1 sshd[7${at}]: fatal: Read from socket failed: Connection reset by peer [preauth]`,
  ]);
  const requests = ['192.0.2.7', '198.51.100.8'].map(
    (address) => `${address} - - [07/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"`,
  );
  for (const given of [text(often(lines)), text(often(requests))])
    expect(quick(given, 1 << 20, known)).toEqual(plain(given));
});

property.prop([fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 64 })], { numRuns: 100 })(
  'any bytes read the same both ways',
  (bytes, size) => {
    const given = Buffer.concat(often([Buffer.from(bytes), Buffer.from('\nMar  7 10:00:00 web1 su[1]: x\n')]));
    expect(quick(given, size)).toEqual(plain(given));
  },
);
