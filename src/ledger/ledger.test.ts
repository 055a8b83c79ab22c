import { expect, test } from 'vitest';
import { CrashDisk } from '../../test/crash-disk.ts';
import { ED25519, privateKeyOf, rawPublic, verifierKey } from '../core/tlog/note.ts';
import { SignerCore } from '../signer/core.ts';
import { readWhole } from './disk.ts';
import { Ledger } from './ledger.ts';
import { digestsOf, packPath } from './pack.ts';
import { parseRecord } from './record.ts';
import { findLog } from './recover.ts';
import { readWal, walPath } from './wal.ts';

const ORIGIN = 'ledger.example/main';
const secret = privateKeyOf(Buffer.alloc(32, 3));
const key = verifierKey(ORIGIN, ED25519, rawPublic(secret));

async function opened(disk: CrashDisk, own: CrashDisk): Promise<Ledger> {
  const core = new SignerCore({ origin: ORIGIN, key, secret, ledger: disk, own });
  const signer = { key, sign: (head: { size: number; root: Buffer }) => core.sign(head) };
  const random = (bytes: number) => Buffer.alloc(bytes, 5);
  return Ledger.open({ disk, random, nowUs: () => 2_000_000, origin: ORIGIN, signer, policy: 'P365D\n' });
}

test('a writer that ended right after it made a pack has its digests said, and its log file removed, by the next one', async () => {
  let armed = false;
  const disk = new CrashDisk((call) => {
    if (armed && call.startsWith('write wal/')) throw new Error('power is gone'); // the conf record
  });
  const own = new CrashDisk();
  const ledger = await opened(disk, own);
  const bytes = Buffer.from('x');
  const records = Array.from({ length: 8192 }, () => ({
    stream: 'a',
    bytes,
    receivedAtUs: 1_000_000,
    via: 'file',
    peer: 'none',
  }));
  for (let batch = 0; batch < 8; batch += 1) await ledger.append(records);
  await ledger.seal();
  armed = true;
  await expect(ledger.pack()).rejects.toThrow('power is gone');
  armed = false;
  const after = disk.crash(() => 0);
  const again = await opened(
    after,
    own.crash(() => 0),
  );
  expect((await readWhole(after, packPath(0))).length).toBeGreaterThan(1000);
  const { packed, wals } = await findLog(after);
  expect([packed, wals.map(({ first }) => first)]).toEqual([65_536, [65_536]]);
  expect(await after.list('wal')).toHaveLength(1);
  const entries = readWal(await readWhole(after, walPath(65_536)), 65_536).entries;
  const last = entries.map((entry) => parseRecord(entry)).find(({ kind }) => kind === 'conf');
  for (const [path, digest] of await digestsOf(after, 0))
    expect(last?.payload.toString()).toContain(`${digest}  ${path}\n`);
  await again.append(records.slice(0, 3));
  expect(await again.seal()).toContain(`\n${again.size}\n`);
});
