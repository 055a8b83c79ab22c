import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isInsert, placeOutput, quote, quoteName, splitInsert } from './sql-text.ts';

const split = (sql: string) => {
  const found = splitInsert(Buffer.from(sql));
  return found && [found.head, found.tail.replace(/\s+/g, ' '), Buffer.from(sql).subarray(found.dataAt).toString()];
};

describe('splitInsert', () => {
  test.each([
    ['INSERT INTO t FORMAT RowBinary', ['INSERT INTO t ', ' FORMAT RowBinary', '']],
    ['insert into t (a, b) format JSONEachRow\n{"a":1}', ['insert into t (a, b) ', ' FORMAT JSONEachRow', '{"a":1}']],
    ['INSERT INTO t VALUES (1), (2)', ['INSERT INTO t ', ' FORMAT Values', '(1), (2)']],
    [
      'INSERT INTO t (`values`) SETTINGS a=1 FORMAT CSV\r\n\n1',
      ['INSERT INTO t (`values`) ', ' SETTINGS a=1 FORMAT CSV', '\n1'],
    ],
    ['INSERT INTO settings FORMAT CSV\n', ['INSERT INTO settings ', ' FORMAT CSV', '']],
    ['INSERT INTO TABLE d.format FORMAT CSV\n', ['INSERT INTO TABLE d.format ', ' FORMAT CSV', '']],
    [
      '/* values */ INSERT INTO `a\\` FORMAT X` -- format y\n FORMAT TSV 1',
      ['/* values */ INSERT INTO `a\\` FORMAT X` -- format y\n ', ' FORMAT TSV', '1'],
    ],
    ['INSERT INTO t SELECT 1 FORMAT CSV', null],
    ['INSERT INTO t; FORMAT CSV', null],
    ['INSERT INTO t WITH 1 AS x SELECT x', null],
    ['INSERT INTO t FORMAT', null],
  ])('%j', (sql, expected) => {
    expect(split(sql)).toEqual(expected);
  });

  test('data that is no text is left as it is', () => {
    const data = Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x3b, 0x27]);
    const bytes = Buffer.concat([Buffer.from('INSERT INTO "é" FORMAT Native\n'), data]);
    const found = splitInsert(bytes);
    expect(found?.head).toBe('INSERT INTO "é" ');
    expect(bytes.subarray(found?.dataAt)).toEqual(data);
  });

  test('the client may not read our files', () => {
    expect(() => split("INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV")).toThrow(/INFILE/);
  });

  test('only INSERT is an INSERT', () => {
    expect(isInsert(Buffer.from(' -- x\n/* y */ InSert into t'))).toBe(true);
    for (const sql of ['select 1', "'insert'", '', '/* insert', 'inserts'])
      expect(isInsert(Buffer.from(sql))).toBe(false);
  });
});

describe('placeOutput', () => {
  test.each([
    ['select 1', 'select 1#', null],
    ['select 1 ;; -- c', 'select 1#', null],
    ['select 1. FORMAT JSON', 'select 1. #FORMAT JSON', 'JSON'],
    ['select t.format JSON', 'select t.format JSON#', null],
    ['select 1 FORMAT JSON', 'select 1 #FORMAT JSON', 'JSON'],
    ['select 1\nformat CSV settings max_threads=1;', 'select 1\n#format CSV settings max_threads=1', 'CSV'],
    ["select 'format JSON' as format", "select 'format JSON' as format#", null],
    ['select format from (select 1 FORMAT JSON)', 'select format from (select 1 FORMAT JSON)#', null],
    ["select '유니코드' -- FORMAT x", "select '유니코드'#", null],
    ['select $a$ FORMAT JSON $a$', 'select $a$ FORMAT JSON $a$#', null],
    ['select ‘ FORMAT JSON’', 'select ‘ FORMAT JSON’#', null],
  ])('%j', (sql, placed, format) => {
    expect(placeOutput(sql, '#')).toEqual({ sql: placed, format });
  });

  test('the client may not write our files', () => {
    expect(() => placeOutput("select 1 into outfile '/tmp/x'", '#')).toThrow(/OUTFILE/);
    expect(placeOutput("select 'into outfile'", '#').format).toBeNull();
  });
});

describe('quotes', () => {
  test('whatever is within stays within', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(quote, quoteName), (text, quoting) => {
        const inner = quoting(text);
        expect(placeOutput(`select ${inner} FORMAT TSV`, '#').sql).toBe(`select ${inner} #FORMAT TSV`);
        expect(inner).not.toContain('\0');
      }),
    );
  });
});
