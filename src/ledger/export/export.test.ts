import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatNote, formatVerifierKey, splitNote } from '../../core/tlog/note.ts';
import { type EvidenceSample, evidenceSample, filesIn, listAnew, verify } from './fixtures/evidence.ts';

const FULL = process.env['SPOOR_FULL'] !== undefined;
let made: EvidenceSample;
let base = '';
beforeAll(async () => {
  made = await evidenceSample();
  base = made.base;
});
afterAll(() => made.remove());

describe('a range of records', () => {
  let evidence = '';
  beforeAll(async () => {
    evidence = (await made.exported({ range: { first: 100, last: 104 } })).path;
  });

  test('has the files that it should have', () => {
    const records = [100, 101, 102, 103, 104].flatMap((n) => [`${n}.bin`, `${n}.bin.spicy`, `${n}.tlog-proof`]);
    const size = made.sample.ledger.sealed;
    expect(filesIn(evidence)).toEqual(
      [
        ...['SHA256SUMS', 'VERIFY.md', 'checkpoint', 'log.vkey', 'manifest.json', 'policy.txt', 'verify.sh'],
        ...filesIn(evidence).filter((name) => name.startsWith('anchors/')),
        ...[`consistency/41-${size}.txt`, `consistency/${made.at.last + 3}-${size}.txt`],
        ...records.map((name) => `records/${name}`),
      ].sort(),
    );
    expect(filesIn(evidence).filter((name) => name.startsWith('anchors/'))).toHaveLength(2);
    expect(statSync(evidence).mode & 0o077).toBe(0);
  });

  test.each(['sh', 'bash', 'dash'])('is verified by the script in %s', (shell) => {
    if (spawnSync(shell, ['-c', ':']).status !== 0) return;
    const vkey = formatVerifierKey(made.sample.key);
    const { status, stdout, stderr } = verify(evidence, [vkey], shell);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('ALL HOLDS');
    expect(stdout).toContain('It is the key that you gave');
    expect(stdout).toContain('5 records are in the log');
    expect(stdout).toContain('The witness w1 saw it at 2026-01-02 10:33:20 UTC');
    expect(stdout).toContain('The witness w3 did not cosign it');
    expect(stdout).toContain('The log continues the anchored checkpoint of 41 records');
    expect(stdout).toMatch(/Stream web1\/auth: numbers \d+ to \d+, each once, none missing between/);
    const other = `${vkey.slice(0, -4)}AAAA`;
    expect(verify(evidence, [other])).toMatchObject({ status: 1, stdout: expect.stringContaining('not the one') });
  });

  test('a changed bit in any file is found', () => {
    const copy = join(base, 'bits');
    let flips = 0;
    for (const name of filesIn(evidence)) {
      cpSync(evidence, copy, { recursive: true });
      const bytes = readFileSync(join(evidence, name));
      const at = (bytes.length * 7919 * (flips + 1)) % bytes.length;
      const changed = Buffer.from(bytes);
      changed[(at + 31 * flips) % bytes.length] =
        (changed[(at + 31 * flips) % bytes.length] as number) ^ (1 << (flips % 8));
      if (name === 'verify.sh') changed.set(Buffer.from('#x'), bytes.length - 2); // a script that does not run shows it by itself
      chmodSync(join(copy, name), 0o644);
      writeFileSync(join(copy, name), changed);
      const { status, stdout } = verify(copy);
      expect([name, status === 0, stdout.includes('ALL HOLDS')]).toEqual([name, false, name === 'verify.sh' && false]);
      rmSync(copy, { recursive: true });
      flips += 1;
    }
    expect(flips).toBeGreaterThan(20);
  });

  test('a changed bit is found also when the list of digests is made anew', () => {
    const copy = join(base, 'forged');
    const names = filesIn(evidence).filter(
      (name) => !/^(?:SHA256SUMS|VERIFY\.md|verify\.sh|manifest\.json|policy\.txt)$/.test(name),
    );
    const byKind = new Map(names.map((name) => [name.replace(/\d+/g, 'n'), name]));
    for (const [nth, name] of (FULL ? names : [...byKind.values()]).entries()) {
      cpSync(evidence, copy, { recursive: true });
      const changed = readFileSync(join(evidence, name));
      const at = (nth * 7919 + 13) % changed.length;
      changed[at] = (changed[at] as number) ^ (1 << (nth % 8));
      writeFileSync(join(copy, name), changed);
      listAnew(copy);
      const { status, stdout } = verify(copy);
      // A cosignature of somebody else is no forgery: it counts as none, and is told.
      const told = name.startsWith('anchors/') && stdout.includes('NOT CHECKED: 1 signatures');
      expect([name, at, told || (status === 1 && stdout.includes('DOES NOT HOLD'))]).toEqual([name, at, true]);
      rmSync(copy, { recursive: true });
    }
    expect(names.length).toBeGreaterThan(15);
  });

  test('forgeries that agree with themselves are found', () => {
    const forge = (change: (copy: string) => void) => {
      const copy = join(base, 'forgery');
      cpSync(evidence, copy, { recursive: true });
      change(copy);
      listAnew(copy);
      const found = verify(copy);
      rmSync(copy, { recursive: true });
      return found;
    };
    const swap = (copy: string, a: string, b: string) => {
      const held = readFileSync(join(copy, a));
      writeFileSync(join(copy, a), readFileSync(join(copy, b)));
      writeFileSync(join(copy, b), held);
    };
    expect(forge(() => {}).status).toBe(0);
    expect(forge((copy) => swap(copy, 'records/100.bin', 'records/101.bin')).stdout).toContain('record 100');
    const without = forge((copy) => {
      for (const name of ['102.bin', '102.bin.spicy', '102.tlog-proof']) rmSync(join(copy, 'records', name));
    });
    expect(without).toMatchObject({ status: 1, stdout: expect.stringMatching(/stream db1\/auth|stream web1\/auth/) });
    const unwitnessed = forge((copy) => {
      const { text, signatures } = splitNote(readFileSync(join(copy, 'checkpoint'), 'utf8'));
      const less = formatNote({ text, signatures: signatures.slice(0, 2) });
      for (const name of filesIn(copy).filter((path) => /checkpoint$|spicy$|tlog-proof$/.test(path))) {
        const old = readFileSync(join(copy, name), 'utf8');
        writeFileSync(join(copy, name), old.replace(formatNote({ text, signatures }), less));
      }
    });
    expect(unwitnessed).toMatchObject({ status: 1, stdout: expect.stringContaining('too few witnesses') });
    expect(forge((copy) => writeFileSync(join(copy, 'records/100.bin'), 'lrec/1 raw\n\nx'))).toMatchObject({
      status: 1,
    });
    expect(forge((copy) => writeFileSync(join(copy, 'records/7.bin'), 'lrec/1 raw\n\nx'))).toMatchObject({ status: 1 });
    const more = join(base, 'more');
    cpSync(evidence, more, { recursive: true });
    writeFileSync(join(more, '.hidden'), '');
    expect(verify(more)).toMatchObject({ status: 1, stdout: expect.stringContaining('SHA256SUMS lists') });
  });

  test('the page says when, and what is not proved', () => {
    const page = readFileSync(join(evidence, 'VERIFY.md'), 'utf8');
    expect(page).toContain('2026-01-02 05:00:00 UTC: a checkpoint of 41 records');
    expect(page).toContain('none of them was in the log yet');
    expect(page).toContain('2026-01-02 07:46:40 UTC');
    expect(page).toContain('The witness `w3` did not cosign');
    expect(page).toContain('That a message is true');
    expect(readFileSync(join(evidence, 'policy.txt'), 'utf8')).not.toContain('192.0.2.1');
  });
});
