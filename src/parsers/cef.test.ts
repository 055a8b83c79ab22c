import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toEcs } from '../core/event.ts';
import { Zone } from '../core/zone.ts';
import { BlockDecoder } from '../decode/block-decoder.ts';
import { Decoder, type DecoderOptions } from '../decode/decoder.ts';
import { createDispatch } from '../decode/dispatch.ts';
import { readCef } from './cef/cef.ts';
import { readLeef } from './cef/leef.ts';
import { parsers } from './index.ts';

const words = fc.string({ maxLength: 30 }).map((text) => text.trim());
const header = fc.string({ maxLength: 20 });

describe('CEF', () => {
  const escaped = (text: string) => text.replace(/[\\=]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r');

  test('gives back what was escaped as the specification says', () => {
    fc.assert(
      fc.property(header, words, words, (name, reason, path) => {
        const head = `CEF:0|Acme|FW|1|9|${name.replace(/[\\|]/g, '\\$&')}|3|`;
        const cef = readCef(`${head}reason=${escaped(reason)} src=192.0.2.7 filePath=${escaped(path)}`);
        expect(cef?.fields).toMatchObject({ 'rule.name': name, 'source.ip': '192.0.2.7' });
        expect([cef?.fields['event.reason'] ?? '', cef?.fields['file.path'] ?? '']).toEqual([reason, path]);
      }),
    );
  });

  test('an address that was said twice is none', () => {
    const cef = readCef('CEF:0|A|B|1|2|n|3|src=192.0.2.7 msg=hello src=6.6.6.6 dst=192.0.2.9');
    expect(cef?.fields['source.ip']).toBeUndefined();
    expect(cef?.fields['destination.ip']).toBe('192.0.2.9');
  });

  test('reads a megabyte of anything at once, or leaves it', () => {
    for (const piece of ['a=', ' a=', '\\', '|', ' ', '=', 'cs1Label=x cs1=y '])
      readCef(`CEF:0|a|b|c|d|e|f|${piece.repeat(120_000)}`.slice(0, 262_144));
    for (const piece of ['\t', 'a=b\t', '|', '#011', '='])
      readLeef(`LEEF:2.0|a|b|c|d|${piece.repeat(120_000)}`.slice(0, 262_144));
  });
});

describe('LEEF', () => {
  test('gives back what stands between delimiters', () => {
    const value = words.filter((text) => !/[\^\t]/.test(text));
    fc.assert(
      fc.property(value, value, (one, two) => {
        const pairs = `reason=${one}^src=192.0.2.7^url=${two}`;
        for (const named of ['^', '0x5E', 'x5e'])
          expect(readLeef(`LEEF:2.0|A|B|1|2|${named}|${pairs}`)?.fields).toMatchObject({
            'source.ip': '192.0.2.7',
            ...(one !== '' && { 'event.reason': one }),
            ...(two !== '' && { 'url.original': two }),
          });
      }),
    );
  });
});

test('lines that are read by template say what they say as text', () => {
  const dispatch = createDispatch(parsers);
  const address = fc.constantFrom('192.0.2.7', '203.0.113.9', '2001:db8::9', '10.0.0.1');
  const act = fc.constantFrom('deny', 'allow');
  const line = fc
    .tuple(address, address, fc.nat(65_535), act, fc.nat(59), fc.boolean())
    .map(([src, dst, port, verdict, second, isLeef]) => {
      const stamp = `Jun  1 08:00:${String(second).padStart(2, '0')} fw1`;
      return isLeef
        ? `${stamp} LEEF:1.0|A|B|1|2|src=${src}\tdst=${dst}\tsrcPort=${port}\taction=${verdict}`
        : `${stamp} CEF:0|A|B|1|2|n|3|src=${src} spt=${port} act=${verdict} msg=x src=${dst} dst=${dst}`;
    });
  const read = (lines: readonly string[], asBlock: boolean): unknown[] => {
    const events: unknown[] = [];
    const zone = new Zone('UTC');
    const emit: DecoderOptions['emit'] = (event) => events.push(toEcs(event));
    const options = { zone, year: () => 2026, host: '', emit };
    if (asBlock) {
      const decoder = new BlockDecoder(dispatch, options);
      decoder.push(Buffer.from(`${lines.join('\n')}\n`));
      decoder.end();
    } else {
      const decoder = new Decoder(dispatch, options);
      for (const [at, text] of lines.entries()) decoder.push(text, at + 1);
      decoder.end();
    }
    return events;
  };
  fc.assert(
    fc.property(fc.array(line, { minLength: 10, maxLength: 40 }), (lines) => {
      expect(read(lines, true)).toEqual(read(lines, false));
    }),
    { numRuns: 60 },
  );
});
