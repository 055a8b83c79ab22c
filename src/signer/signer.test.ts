import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../core/tlog/checkpoint.ts';
import { formatSecret, parseSecret } from '../core/tlog/note.ts';
import { realDisk } from '../ledger/disk.ts';
import { Ledger } from '../ledger/ledger.ts';
import { walPath } from '../ledger/wal.ts';
import { type RunningSigner, startSigner } from './process.ts';

const ORIGIN = 'ledger.example/main';
const line = (text: string) => ({
  stream: 'web1/auth',
  bytes: Buffer.from(text),
  receivedAtUs: 1_000_000,
  via: 'udp:192.0.2.1:514',
  peer: 'none',
});

let folder = '';
let keyFile = '';
const running: RunningSigner[] = [];

async function opened(at = folder): Promise<{ ledger: Ledger; signer: RunningSigner }> {
  const signer = await startSigner(at, keyFile, ORIGIN);
  running.push(signer);
  const ledger = await Ledger.open({
    disk: realDisk(at),
    random: randomBytes,
    nowUs: () => 2_000_000,
    origin: ORIGIN,
    signer,
    policy: 'P365D\n',
  });
  return { ledger, signer };
}

beforeEach(() => {
  const base = mkdtempSync(join(tmpdir(), 'spoor-signer-'));
  folder = join(base, 'ledger');
  mkdirSync(folder);
  mkdirSync(join(base, 'signer'), { mode: 0o700 });
  keyFile = join(base, 'signer', 'key');
  writeFileSync(keyFile, `${formatSecret(ORIGIN, randomBytes(32))}\n`, { mode: 0o400 });
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((signer) => signer.stop()));
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'E_TAMPERED', message: expect.stringMatching(message) });

describe('the signer', () => {
  test('signs what grows, across restarts', async () => {
    const { ledger, signer } = await opened();
    await ledger.append([line('one')]);
    const first = openCheckpoint((await ledger.seal()) as string, [signer.key], ORIGIN);
    expect(first.size).toBe(2n);
    await ledger.append([line('two'), line('three')]);
    expect(openCheckpoint((await ledger.seal()) as string, [signer.key], ORIGIN).size).toBe(4n);
    await ledger.close();
    await signer.stop();
    const again = await opened();
    await again.ledger.append([line('four')]);
    expect(openCheckpoint((await again.ledger.seal()) as string, [signer.key], ORIGIN).size).toBe(5n);
    await again.ledger.close();
  });

  test('refuses a tree that the disk does not give', async () => {
    const { ledger, signer } = await opened();
    await ledger.append([line('one')]);
    await expect(signer.sign({ size: 2, root: Buffer.alloc(32, 1) })).rejects.toThrow(
      refused(/not those that were to be signed/),
    );
    await expect(signer.sign({ size: 9, root: Buffer.alloc(32, 1) })).rejects.toThrow(refused(/2 are on the disk/));
    expect(await ledger.seal()).toContain(ORIGIN);
    await ledger.close();
  });

  test('refuses to sign over a record that was changed after it was signed, and so does the writer', async () => {
    const { ledger, signer } = await opened();
    await ledger.append([line('Accepted password for root')]);
    await ledger.seal();
    await ledger.close();
    await signer.stop();
    const path = join(folder, walPath(0));
    const bytes = readFileSync(path);
    const at = bytes.indexOf('root');
    writeFileSync(path, Buffer.concat([bytes.subarray(0, at), Buffer.from('mina'), bytes.subarray(at + 4)]));
    await expect(opened()).rejects.toThrow(refused(/2 records were signed, and record 1 is damaged/));
  });

  test('notices that the folder was rolled back', async () => {
    const { ledger, signer } = await opened();
    await ledger.append([line('one')]);
    await ledger.seal();
    const before = join(folder, '..', 'before');
    cpSync(folder, before, { recursive: true });
    await ledger.append([line('two')]);
    await ledger.seal();
    await ledger.close();
    await signer.stop();
    const { ledger: old, signer: same } = await opened(before);
    await old.append([line('another two')]);
    await expect(old.seal()).rejects.toThrow(refused(/are not those that were signed/));
    expect(same.key).toEqual(signer.key);
    await old.close();
  });

  test('does not sign a ledger that it has forgotten', async () => {
    const { ledger, signer } = await opened();
    await ledger.seal();
    await ledger.append([line('one')]);
    await signer.stop();
    rmSync(join(keyFile, '..', 'signed'));
    const fresh = await startSigner(folder, keyFile, ORIGIN);
    running.push(fresh);
    await expect(fresh.sign({ size: 2, root: Buffer.alloc(32) })).rejects.toThrow(refused(/does not remember/));
    await ledger.close();
  });

  test('says what is wrong with a key, and never the key', async () => {
    const secret = readFileSync(keyFile, 'utf8').trim();
    const broken = `${secret.slice(0, -6)}AAAAA=`;
    expect(() => parseSecret(broken)).toThrow(/damaged|no Ed25519/);
    try {
      parseSecret(broken);
    } catch (error) {
      expect(String(error)).not.toContain(broken.slice(-20));
    }
    chmodSync(keyFile, 0o600);
    copyFileSync('/dev/null', keyFile);
    truncateSync(keyFile);
    await expect(startSigner(folder, keyFile, ORIGIN)).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });
});
