import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argumentsOf, decodeString, keystrokesOf, socketAddress, titleOf } from './decode.ts';
import { readRecords } from './record.ts';

const hex = (text: string) => Buffer.from(text, 'utf8').toString('hex').toUpperCase();
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((value) => value !== '?');
const HEAD = 'msg=audit(1772000000.001:7): ';

/** What the kernel writes: quoted when it is harmless, hex otherwise (audit_string_contains_control). */
function kernelString(value: string): string {
  return /^[\x21\x23-\x7e]+$/.test(value) ? `"${value}"` : hex(value);
}

describe('decodeString', () => {
  test('gives back what the kernel encoded', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(decodeString(kernelString(value))).toBe(value);
      }),
    );
  });

  test.each([undefined, '', '?', '"?"', '(null)'])('knows %j as absent', (value) => {
    expect(decodeString(value)).toBeUndefined();
  });

  test('leaves what is neither quoted nor hex', () => {
    expect(decodeString('root')).toBe('root');
    expect(decodeString('abc')).toBe('abc');
    expect(decodeString('(unknown)')).toBe('(unknown)');
  });
});

describe('argumentsOf', () => {
  test('puts arguments together however they were cut', () => {
    const args = fc.array(text, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(args, fc.integer({ min: 1, max: 9 }), (sent, pieceBytes) => {
        const words = sent.flatMap((arg, at) => {
          const whole = kernelString(arg);
          if (whole.startsWith('"')) return [`a${at}=${whole}`];
          const pieces = whole.match(new RegExp(`.{1,${2 * pieceBytes}}`, 'g')) ?? [];
          return pieces.length < 2 ? [`a${at}=${whole}`] : pieces.map((piece, number) => `a${at}[${number}]=${piece}`);
        });
        const half = Math.ceil(words.length / 2);
        const lines = [`argc=${sent.length} ${words.slice(0, half).join(' ')}`, words.slice(half).join(' ')];
        const records = lines.flatMap((line) => readRecords(`type=EXECVE ${HEAD}${line}`));
        expect(argumentsOf(records)).toEqual(sent);
      }),
    );
  });
});

describe('socketAddress', () => {
  const port = fc.integer({ min: 0, max: 65_535 });

  test('reads IPv4 and IPv6 in either byte order of the family', () => {
    fc.assert(
      fc.property(fc.ipV4(), port, fc.boolean(), (ip, number, little) => {
        const bytes = Buffer.alloc(16);
        if (little) bytes.writeUInt16LE(2, 0);
        else bytes.writeUInt16BE(2, 0);
        bytes.writeUInt16BE(number, 2);
        Buffer.from(ip.split('.').map(Number)).copy(bytes, 4);
        expect(socketAddress(bytes.toString('hex').toUpperCase())).toEqual({ family: 'ipv4', port: number, ip });
      }),
    );
    expect(socketAddress('0A00C3500000000020010DB8000000000000000000000017')).toEqual({
      family: 'ipv6',
      port: 50_000,
      ip: '2001:db8::17',
    });
  });

  test('reads paths, abstract names and netlink', () => {
    expect(socketAddress(`0100${hex('/run/x.sock')}0041`)).toEqual({ family: 'unix', path: '/run/x.sock' });
    expect(socketAddress(`010000${hex('name')}00`)).toEqual({ family: 'unix', path: '@name' });
    expect(socketAddress('100000000000000000000000')).toEqual({ family: 'netlink' });
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        socketAddress(Buffer.from(bytes).toString('hex').toUpperCase());
      }),
    );
    expect(socketAddress('zz')).toBeNull();
  });
});

test('a title is a command line, keystrokes are lines as edited', () => {
  expect(titleOf({ proctitle: `${hex('rm\0-rf\0/var/log')}00` })).toBe('rm -rf /var/log');
  expect(keystrokesOf(hex('lss\x7f -l\rwhoami\x15id\r\x1b'))).toBe('ls -l\nid');
  expect(keystrokesOf(hex('\x7f\x7f'))).toBeUndefined();
});
