import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Event, settled } from '../core/event.ts';
import { decodeText, eachLine, LineBlocks } from '../core/lines.ts';
import { Zone } from '../core/zone.ts';
import { parsers } from '../parsers/index.ts';
import { refAt } from '../trace/ref-store.ts';
import { roleOf } from '../trace/role.ts';
import { packTallies } from '../trace/tally-pack.ts';
import { TallyTable } from '../trace/tally-table.ts';
import { BlockDecoder } from './block-decoder.ts';
import { ByteTexts } from './byte-texts.ts';
import { Decoder } from './decoder.ts';
import { createDispatch } from './dispatch.ts';
import { KnownLines } from './known-lines.ts';
import { RequestEvent } from './request-event.ts';

const dispatch = createDispatch(parsers);
const options = (emit: (event: Event) => void) => ({ zone: new Zone('UTC'), year: () => 2025, host: 'given', emit });

/** Events as plain data, each with its role, and what they add up to. */
class Told {
  readonly events: object[] = [];
  readonly #table = new TallyTable();
  read = 0; // straight from bytes

  add(event: Event): void {
    const kept = settled(event);
    const role = roleOf(event);
    expect(role).toEqual(roleOf(kept));
    this.events.push(kept);
    if (event instanceof RequestEvent) {
      this.read += 1;
      this.#table.add(event, role, 1, event.known, null, event);
    } else if (event.address !== '') this.#table.add(kept, role, 1);
  }

  get all(): object {
    const { refs, ...tally } = packTallies(this.#table);
    return { events: this.events, tally, refs: Array.from(refs.uses, (use, at) => ({ ...refAt(refs, at), use })) };
  }
}

function plain(bytes: Buffer): Told {
  const told = new Told();
  const decoder = new Decoder(
    dispatch,
    options((event) => told.add(event)),
  );
  let next = 1;
  const lines = new LineBlocks((block) => {
    next = eachLine(decodeText(block), next, (line, number) => decoder.push(line, number));
  });
  lines.push(bytes);
  lines.end();
  decoder.end();
  return told;
}

const known = new KnownLines();

function quick(bytes: Buffer, size: number): Told {
  const told = new Told();
  const decoder = new BlockDecoder(
    dispatch,
    options((event) => told.add(event)),
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
  return told;
}

const text = (lines: readonly string[]) => Buffer.from(`${lines.join('\n')}\n`);
const USUAL = '192.0.2.7 - - [13/Jan/2025:00:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0"';

test('plain lines are read from their bytes, all but the first', () => {
  const lines = [USUAL, USUAL, USUAL.replace('00 +0000', '59 +0000'), USUAL.replace(' "-" "Mozilla/5.0"', '')];
  const told = quick(text(lines), 1 << 20);
  expect(told.read).toBe(3);
  expect(told.all).toEqual(plain(text(lines)).all);
});

const address = fc.oneof(
  fc.ipV4(),
  fc.constantFrom('192.0.2.7', '127.0.0.1', '0.0.0.0', '010.1.1.1', '2001:db8::7', 'host.example', '192.0.2.300', '-'),
);
const who = fc.constantFrom(
  ' - - ',
  ' - - ',
  ' - - ',
  ' - bob ',
  ' - - - ',
  ' - "" ',
  ' ',
  ' - - [13/Jan/2025:00:00:00 +0000] ',
);
const stamp = fc.constantFrom(
  ...['[13/Jan/2025:00:00:00 +0000]', '[13/Jan/2025:00:00:59 +0000]', '[13/Jan/2025:00:01:60 +0000]'],
  ...['[13/Jan/2025:00:00:61 +0000]', '[13/Jan/2025:00:00:01 -0730]', '[13/jan/2025:00:00:00 +0000]'],
  ...[
    '[31/Feb/2025:00:00:00 +0000]',
    '[13/Jan/2025:00:00:00]',
    '[13/Jan/2025:00:00:00+00:00]',
    '[2025-01-13 00:00:00]',
  ],
);
const target = fc.constantFrom(
  ...['/', '/product/lamp-17', '/product/lamp-17?variant=2', '/?8890121518', '/login', '/wp-login.php', '/.env', '*'],
  ...['/search?q=union+select', "/product?id=17'+AND+SLEEP(5)--+", '/static/../../etc/passwd', '/caf\u00e9', '/a b'],
  ...[
    '/\\x22\\x5c',
    '/\\"',
    '/%2e%2e/%2e%2e/etc/passwd',
    'http://192.0.2.9/',
    '/?x=$\u007bjndi:ldap://192.0.2.9/a}',
    '/x" 200 5 "',
  ],
  ...[
    `/${'a'.repeat(600)}`,
    '',
    '/old.php?a=1',
    '/wp-admin/x.png',
    '/index.php?_method=trace',
    'host:443',
    '/uploads/x.php',
  ],
);
const method = fc.constantFrom('GET', 'GET', 'POST', 'HEAD', 'CONNECT', 'FOO', 'get', '');
const version = fc.constantFrom(' HTTP/1.1', ' HTTP/1.1', ' HTTP/2.0', ' HTTP/9.9', '');
const request = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(method, target, version).map(([verb, path, end]) => `${verb} ${path}${end}`) },
  { weight: 1, arbitrary: fc.constantFrom('-', '', '\\x16\\x03\\x01', 'SSH-2.0-Go', 'GET', ' ') },
);
const status = fc.constantFrom('200', '200', '401', '404', '403', '000', '301', '500', '20', '2000', '-');
const size = fc.constantFrom('5', '0', '-', '123456789012', '12345678901234567890', '', '5x');
const header = fc.constantFrom(
  ...[
    '"-"',
    '""',
    '"Mozilla/5.0 (X11; Linux x86_64)"',
    '"sqlmap/1.8"',
    '"curl/8.5.0"',
    '"https://shop.example.com/login"',
  ],
  ...[
    '"() { :; }; /bin/bash -c \\"id\\""',
    '"$\u007bjndi:ldap://192.0.2.9/a}"',
    '"https://shop.example.com/?q=<script>alert(1)</script>"',
  ],
  ...['"caf\u00e9"', '"a\tb"', '"unclosed', '"\\"', '-', `"${'x'.repeat(510)}"`, `"${'x'.repeat(511)}"`],
);
const rest = fc.constantFrom(
  '',
  '',
  '',
  ' "203.0.113.9"',
  ' 0.005 "-"',
  ` ${'0a'.repeat(16)}`,
  ' ',
  '\r',
  ' "x"\r',
  'x',
  '\t"x"',
);
const line = fc
  .tuple(address, who, stamp, request, status, size, fc.option(fc.tuple(header, header), { freq: 6 }), rest)
  .map(
    ([peer, user, when, words, answer, bytes, headers, end]) =>
      `${peer}${user}${when} "${words}" ${answer} ${bytes}${headers ? ` ${headers.join(' ')}` : ''}${end}`,
  );
/** A line as servers write them. */
const plainLine = fc
  .tuple(
    fc.constantFrom('192.0.2.7', '192.0.2.8', '198.51.100.255'),
    fc.constantFrom('13/Jan/2025:00:00:00 +0000', '13/Jan/2025:00:00:59 +0000', '13/Jan/2025:00:01:07 -0730'),
    request,
    fc.constantFrom('200', '401', '404', '301'),
    fc.constantFrom('5', '0', '-', '123456789012'),
    fc.constantFrom('-', '', 'https://shop.example.com/login', 'https://shop.example.com/?q=<script>alert(1)</script>'),
    fc.constantFrom('-', '', 'Mozilla/5.0 (X11; Linux x86_64)', 'sqlmap/1.8', 'curl/8.5.0', '() { :; }; /bin/id'),
    fc.constantFrom('', '', '', ' "203.0.113.9"', ' 0.005'),
  )
  .map(([peer, when, words, answer, bytes, referrer, agent, end]) =>
    referrer === '' && agent === ''
      ? `${peer} - - [${when}] "${words}" ${answer} ${bytes}`
      : `${peer} - - [${when}] "${words}" ${answer} ${bytes} "${referrer}" "${agent}"${end}`,
  );
/** A line with a byte changed. */
const mutated = fc.tuple(line, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([whole, at, byte]) => {
  const bytes = Buffer.from(whole);
  if (byte !== 10) bytes[at % bytes.length] = byte;
  return bytes;
});
const ofAnotherKind = fc.constantFrom(
  ...[
    '',
    ' ',
    'nobody knows',
    '\0\0\0\0\0\0\0\0\0x',
    'last message repeated 3 times',
    '{"MESSAGE":"x"}',
    '#1735000000',
  ],
  'Mar  7 10:00:00 web1 sshd[7]: Failed password for root from 192.0.2.7 port 4 ssh2',
  `Mar  7 10:00:00 web1 nginx: ${USUAL}`,
  'type=SYSCALL msg=audit(1735000000.123:7): arch=c000003e syscall=59 success=yes pid=7',
  '2025-01-13 00:00:00 status installed nginx:amd64 1.18',
);
const toBytes = (whole: string) => Buffer.from(whole);
const log = fc
  .tuple(
    fc.array(plainLine.map(toBytes), { minLength: 1, maxLength: 30 }),
    fc.array(fc.oneof(line.map(toBytes), mutated), { maxLength: 10 }),
    fc.array(ofAnotherKind.map(toBytes), { maxLength: 2 }),
    fc.array(plainLine.map(toBytes), { maxLength: 10 }),
  )
  .map((parts) => [Buffer.from(USUAL), ...parts.flat()].flatMap((bytes) => [bytes, Buffer.from('\n')]))
  .map((parts) => Buffer.concat(parts));

property.prop([fc.array(log, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 3000 }), fc.boolean()], {
  numRuns: 150,
})('any web log, in blocks of any size, reads and counts as it does line by line', (logs, blockBytes, cutEnd) => {
  for (const bytes of logs) {
    const given = cutEnd ? bytes.subarray(0, -1) : bytes;
    expect(quick(given, blockBytes).all).toEqual(plain(given).all);
  }
});

property.prop([
  fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '"', '\\', '\n', 'é', ' '), maxLength: 14 }), { maxLength: 40 }),
])('a text is found again by its bytes alone', (texts) => {
  const table = new ByteTexts<string>({ places: 4, maxBytes: 16, allBytes: 40 });
  for (const wanted of [...texts, ...texts]) {
    const bytes = Buffer.from(`${wanted}" x`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const found = table.find(view, 0);
    const end = /^(?:[^"\\\n]|\\[^\n])*(?=")/.exec(`${wanted}" x`)?.[0];
    expect(table.end).toBe(end === undefined || Buffer.byteLength(end) >= 16 ? -1 : Buffer.byteLength(end));
    if (table.end === -1) continue;
    if (found !== undefined) expect(found).toBe(end);
    table.keep(view, end as string);
    expect(table.find(view, 0)).toBe(end);
  }
});
