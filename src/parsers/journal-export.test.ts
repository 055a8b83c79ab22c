import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeText, eachLine } from '../core/lines.ts';
import type { Parsed } from '../core/stages.ts';
import { Zone } from '../core/zone.ts';
import journalExport from './journal-export.ts';

const ID = '00112233445566778899aabbccddeeff';

/** One entry as systemd's docs/JOURNAL_EXPORT_FORMATS.md says. */
function entry(number: number, message: Buffer): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(message.length));
  const head = `__CURSOR=s=${ID};i=${number.toString(16)};b=${ID};m=1f;t=64d0c0ffee000;x=0123456789abcdef\n`;
  const times = `__REALTIME_TIMESTAMP=${1_772_000_000_000_000 + number}\n_HOSTNAME=web1\nSYSLOG_IDENTIFIER=app\n`;
  const plain = message.every((byte) => byte >= 32 && byte < 127);
  const text = plain ? [Buffer.from('MESSAGE='), message] : [Buffer.from('MESSAGE\n'), size, message];
  return Buffer.concat([Buffer.from(head + times), ...text, Buffer.from('\n_UID=33\n_COMM=logger\n\n')]);
}

function read(bytes: Buffer): Parsed[] {
  const out: Parsed[] = [];
  const reader = journalExport.open({ zone: new Zone('UTC'), year: () => 2026 }, (parsed) => out.push(parsed));
  eachLine(decodeText(bytes), 1, (line, number) => {
    if (line !== '') reader.push(line, number); // as the decoder does
  });
  reader.end();
  return out;
}

const hostile = fc.constantFrom(
  '_UID=0',
  '_HOSTNAME=evil',
  '',
  '__CURSOR=x',
  'MESSAGE',
  'é',
  'text',
  '_COMM=sshd',
  '\r',
);
const message = fc.oneof(
  fc.array(hostile, { maxLength: 60 }).map((lines) => Buffer.from(lines.join('\n'))),
  fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
);

test('a message never passes for a field or for an entry', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), (messages) => {
      const out = read(Buffer.concat(messages.map((sent, at) => entry(at + 1, sent))));
      expect(out.length).toBeLessThanOrEqual(messages.length);
      for (const { host, fields } of out) {
        expect(['web1', '']).toContain(host);
        expect(['33', undefined]).toContain(fields['process.user.id']);
      }
    }),
  );
});

test('a size that begins with a line feed', () => {
  for (const text of ['MESSAGE\né', 'a\n345678901\n', `${'x'.repeat(261)}\n\nab`]) {
    const [first, second] = read(Buffer.concat([entry(1, Buffer.from(text)), entry(2, Buffer.from('next'))]));
    if (text.length < 128) expect(first?.message).toBe(text.replace(/\n$/, ''));
    expect(second?.message).toBe('next');
  }
});

test('short messages come back whole, long ones lose no entry', () => {
  const lines = fc.array(hostile, { maxLength: 12 }).map((words) => words.join('\n').replace(/\n+$/, ''));
  fc.assert(
    fc.property(fc.array(lines, { minLength: 1, maxLength: 4 }), (messages) => {
      const sent = messages.map((text) => Buffer.from(text));
      const out = read(Buffer.concat(sent.map((bytes, at) => entry(at + 1, bytes))));
      expect(out).toHaveLength(messages.length);
      out.forEach((parsed, at) => {
        const short = (sent[at] as Buffer).length < 128;
        if (short) expect(parsed).toMatchObject({ message: messages[at], host: 'web1' });
      });
    }),
  );
});

test('a message of any length leaves no line for others to read', () => {
  const forged = 'Nov 23 10:00:00 web1 sshd[1]: Accepted password for root from 198.51.100.9 port 22 ssh2\n';
  const bytes = Buffer.concat([entry(1, Buffer.from(forged.repeat(12_000))), entry(2, Buffer.from('next'))]);
  const told: [first: number, lines: number, parsed: Parsed][] = [];
  const left: string[] = [];
  const reader = journalExport.open({ zone: new Zone('UTC'), year: () => 2026 }, (parsed, line, lines) =>
    told.push([line, lines, parsed]),
  );
  eachLine(decodeText(bytes), 1, (line, number) => {
    if (line !== '' && !reader.push(line, number)) left.push(line);
  });
  reader.end();
  expect(left).toEqual([]);
  const parsed = told.map(([, , said]) => said);
  expect(parsed.map(({ host }) => host)).toEqual([undefined, undefined, 'web1', 'web1']);
  expect(parsed[2]?.message?.length).toBeGreaterThan(1_000_000);
  expect(parsed[3]?.message).toBe('next');
  told.slice(1, 3).forEach(([first], nth) => {
    const [before, lines] = told[nth] as (typeof told)[number];
    expect(first).toBe(before + lines);
  });
});
