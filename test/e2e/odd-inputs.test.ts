import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { BREACH, OWN_TIME, put } from './own-logs.ts';
import { scratch, spoor, storyOf } from './program.ts';

const at = scratch();
const ENTRY = [
  {
    host: 'web1',
    user: 'root',
    address: '203.0.113.9',
    method: 'password',
    failuresBefore: 30,
    at: '2026-03-09T10:05:00Z',
  },
];

describe.concurrent('the same breach is found', () => {
  const bytes = Buffer.from(BREACH);
  const half = BREACH.indexOf('\n', BREACH.length / 3) + 1;
  const forms: readonly [name: string, body: Buffer][] = [
    ['as it is', bytes],
    ['with CRLF', Buffer.from(BREACH.replaceAll('\n', '\r\n'))],
    ['behind a run of NULs', Buffer.concat([bytes.subarray(0, half), Buffer.alloc(8192), bytes.subarray(half)])],
    ['behind a line of 100 MB', Buffer.concat([Buffer.alloc(1e8, 0x41), Buffer.from('\n'), bytes])],
    ['before a line of 50 MB without an end', Buffer.concat([bytes, Buffer.alloc(5e7, 0x42)])],
    [
      'among random bytes',
      Buffer.concat([
        bytes.subarray(0, half),
        Buffer.from(Array.from({ length: 4000 }, (_, index) => 128 + ((index * 7919) % 128))),
        Buffer.from('\n'),
        bytes.subarray(half),
      ]),
    ],
    ['with blank lines', Buffer.from(BREACH.replaceAll('\n', '\n\n\n'))],
  ];

  test.each(forms)('%s', async (name, body) => {
    const { verdict, entries, totals } = await storyOf([...OWN_TIME, put(at(`${name}.log`), body)]);
    expect({ verdict, failures: totals.failures }).toEqual({ verdict: 'breached', failures: 30 });
    expect(entries).toMatchObject(ENTRY);
  });

  test('with a UTF-8 byte order mark, its first line as well', async () => {
    const { totals } = await storyOf([...OWN_TIME, put(at('bom.log'), `\ufeff${BREACH}`)]);
    expect(totals).toMatchObject({ failures: 30, unparsed: 0 });
  });

  test.each(['little', 'big'])('in UTF-16, %s-endian', async (order) => {
    const body = Buffer.from(`\ufeff${BREACH}`, 'utf16le');
    const { entries } = await storyOf([...OWN_TIME, put(at(`${order}.log`), order === 'big' ? body.swap16() : body)]);
    expect(entries).toMatchObject(ENTRY);
  });
});

test('a file that is no log is no hole in the evidence', async () => {
  const { verdict, missing } = await storyOf([
    ...OWN_TIME,
    put(at('program'), readFileSync(process.execPath).subarray(0, 300_000)),
  ]);
  expect({ verdict, holes: missing.length }).toEqual({ verdict: 'cannot_tell', holes: 0 });
});

test('a gigabyte of zeros in a megabyte: refused or read as what it is, never held', async () => {
  const member = gzipSync(Buffer.alloc(2 ** 26));
  const path = put(at('zeros.gz'), Buffer.concat(Array.from({ length: 16 }, () => member)));
  const { verdict, inputs } = await storyOf([...OWN_TIME, path]);
  expect(verdict).toBe('cannot_tell');
  expect(inputs).toMatchObject([{ path, refused: expect.stringMatching(/^refused as a decompression bomb/) }]);
});

test('forged fields in what an attacker writes never name another address', async () => {
  const forged = [
    'Failed password for invalid user x from 192.0.2.1 port 22 ssh2 from 203.0.113.9 port 50000 ssh2',
    'Invalid user root from 192.0.2.1 port 22 from 203.0.113.9 port 50000',
    'Accepted password for root from 192.0.2.1 port 22 ssh2 from 203.0.113.9 port 50000 ssh2',
    'Connection closed by invalid user a 192.0.2.1 port 9 [preauth] 203.0.113.9 port 50000 [preauth]',
  ];
  const log = forged.flatMap((text, index) =>
    Array.from({ length: 12 }, () => `Mar  9 10:0${index}:00 web1 sshd[8${index}]: ${text}\n`),
  );
  const { attackers, entries, block } = await storyOf([...OWN_TIME, put(at('forged.log'), log.join(''))]);
  expect([...attackers, ...entries].map(({ address }) => address)).not.toContain('192.0.2.1');
  expect(block).not.toContain('192.0.2.1');
});

test('what nothing reads is counted by source and shown, never dropped', async () => {
  const path = put(at('odd.txt'), `what is this\n${BREACH}and this\n`);
  const { inputs, totals } = await storyOf([...OWN_TIME, path]);
  expect(totals).toMatchObject({ lines: 36, unparsed: 2 });
  expect(inputs).toMatchObject([
    {
      unparsed: 2,
      samples: [
        { line: 1, raw: 'what is this' },
        { line: 36, raw: 'and this' },
      ],
    },
  ]);
  expect((await spoor(['investigate', ...OWN_TIME, path])).stdout).toMatch(/2 lines/);
});
