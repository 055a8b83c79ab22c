import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sampleLedger, shortRecord } from '../../test/ledger-sample.ts';
import { realDisk } from './disk.ts';
import { eraseRecords } from './keep/erase.ts';
import { LedgerReader } from './reader.ts';
import { parseRecord } from './record.ts';
import { remoteLog } from './remote.ts';
import { serveLedger } from './serve.ts';
import { detachedOf } from './source.ts';
import { policyOf } from './verdict.ts';

test('shows payloads that can be erased to the token only, until they are erased', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-detached-'));
  const { ledger, key } = await sampleLedger(folder);
  await ledger.appendErasable([shortRecord(1), { ...shortRecord(2), bytes: Buffer.alloc(0) }]);
  await ledger.append([shortRecord(3)]);
  await ledger.seal();
  const erasable = await LedgerReader.open(realDisk(folder));
  const served = createServer((request, response) => void serveLedger(erasable, { token: 't' })(request, response));
  await new Promise<void>((resolve) => served.listen(0, '127.0.0.1', resolve));
  const at = `http://127.0.0.1:${(served.address() as AddressInfo).port}/`;
  try {
    const get = (index: number | string, token = 't') =>
      fetch(`${at}detached/${index}`, { headers: { authorization: `Bearer ${token}` } });
    expect((await get(1, 'other')).status).toBe(401);
    const piece = Buffer.from(await (await get(1)).arrayBuffer());
    const { payload } = parseRecord(await erasable.entry(1));
    expect(hash('sha256', piece)).toBe(payload.toString('hex'));
    expect(piece.subarray(16).toString()).toBe('l1');
    for (const index of [0, 3, 4, 99, '01', '-1', '1/', '1e3']) expect((await get(index)).status, `${index}`).toBe(404);
    const remote = remoteLog(at, { token: 't' });
    const record = parseRecord((await remote.bundle(0, 3))[2] as Buffer);
    expect(await detachedOf(remote, { index: 2, record })).toMatchObject({ payload: Buffer.alloc(0) });
    await expect(detachedOf(remote, { index: 1, record })).rejects.toMatchObject({ code: 'E_TAMPERED' }); // another's payload
    const keep = { disk: realDisk(folder), trust: policyOf([key]) };
    await eraseRecords(keep, ledger, { first: 1, last: 1, who: 'test' });
    expect([(await get(1)).status, await (await get(1)).text()]).toEqual([404, 'the payload of record 1 was erased\n']);
    expect((await get(2)).headers.get('cache-control')).toBe('no-store');
  } finally {
    served.close();
    served.closeAllConnections();
    await erasable.close();
    await ledger.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
