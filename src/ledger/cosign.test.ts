import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestLog } from '../../test/test-log.ts';
import { exchange } from '../core/exchange.ts';
import { ED25519, formatVerifierKey, privateKeyOf, rawPublic, signText, verifierKey } from '../core/tlog/note.ts';
import { judgeCheckpoint } from '../core/tlog/policy.ts';
import type { CosignAlarm, Cosigner } from './cosign.ts';
import { cosignerOf } from './cosign-folder.ts';
import { lastCosigned } from './cosigned.ts';
import { realDisk } from './disk.ts';
import { Ledger } from './ledger.ts';
import { lastCheckpoint } from './seal.ts';
import { closed, closeWitnesses, cosigning, kinds, NOW, witness } from './witness/fixtures/cosigning.ts';
import { formatRequest } from './witness/request.ts';

let log = new TestLog();
beforeEach(() => {
  log = new TestLog().grow(5);
});
afterEach(closeWitnesses);

describe('cosigning', () => {
  test('puts the cosignatures of all witnesses under the checkpoint', async () => {
    const { cosigner, ledger, policy, alarms } = await cosigning(
      log,
      [await witness(1, log), await witness(2, log)],
      2,
    );
    expect(await cosigner.round()).toEqual({ size: 5n, witnessed: ['w1', 'w2'], met: true });
    log.grow(300);
    await ledger.seal(log.signed());
    expect(await cosigner.round()).toEqual({ size: 300n, witnessed: ['w1', 'w2'], met: true });
    for (const text of [await lastCheckpoint(ledger.disk), await lastCosigned(ledger.disk)])
      expect(judgeCheckpoint(text ?? '', policy)).toMatchObject({ met: true, missing: [], checkpoint: { size: 300n } });
    expect(await cosigner.round()).toMatchObject({ met: true });
    expect(alarms).toEqual([]);
  });

  test('finds where a witness is that was brought on by another', async () => {
    const one = await witness(1, log);
    const { cosigner, ledger } = await cosigning(log, [one], 1);
    await cosigner.round();
    log.grow(20);
    const request = { old: 5n, proof: await log.proof(5n), note: log.signed() };
    expect((await one.core.addCheckpoint(formatRequest(request))).status).toBe(200);
    log.grow(30);
    await ledger.seal(log.signed());
    expect(await cosigner.round()).toMatchObject({ size: 30n, met: true });
  });

  test('loses no cosignature to a seal that comes between', async () => {
    const one = await witness(1, log);
    const { cosigner, ledger, policy } = await cosigning(log, [one], 1, {
      exchange: async (request) => {
        const answer = await exchange(request);
        if (answer.status === 200) await ledger.seal(log.grow(9).signed());
        return answer;
      },
    });
    expect(await cosigner.round()).toMatchObject({ size: 5n, met: true });
    expect(await lastCheckpoint(ledger.disk)).toBe(log.signed(9));
    expect(judgeCheckpoint((await lastCosigned(ledger.disk)) ?? '', policy)).toMatchObject({ met: true });
  });

  test('goes on without witnesses, and says so after a minute, once', async () => {
    const { cosigner, alarms, clock, ledger } = await cosigning(log, [await witness(1, log), closed], 2);
    expect(await cosigner.round()).toEqual({ size: 5n, witnessed: ['w1'], met: false });
    expect(kinds(alarms)).toEqual(['unreachable']);
    expect(
      judgeCheckpoint((await lastCheckpoint(ledger.disk)) ?? '', (await cosigning(log, [closed], 1)).policy),
    ).toMatchObject({
      met: false,
    });
    clock.ms += 59_000;
    await cosigner.round();
    expect(kinds(alarms)).toEqual(['unreachable']);
    clock.ms += 1000;
    await cosigner.round();
    await cosigner.round();
    expect(alarms.slice(1)).toEqual([
      { kind: 'below-quorum', witness: null, words: expect.stringMatching(/for 60 s: records are stored and signed/) },
    ]);
    expect(await lastCosigned(ledger.disk)).toBeNull();
  });

  test('says when a witness, and the quorum, is back', async () => {
    let up = false;
    const one = await witness(1, log);
    const { cosigner, alarms, clock } = await cosigning(log, [one], 1, {
      exchange: (request) => (up ? exchange(request) : exchange({ ...request, url: 'http://127.0.0.1:9/' })),
    });
    await cosigner.round();
    clock.ms += 60_000;
    await cosigner.round();
    up = true;
    expect(await cosigner.round()).toMatchObject({ met: true });
    expect(kinds(alarms)).toEqual(['unreachable', 'below-quorum', 'well', 'quorum']);
  });

  test('says at any time how it stands', async () => {
    let up = true;
    const one = await witness(1, log);
    const { cosigner, clock, ledger } = await cosigning(log, [one], 1, {
      exchange: (request) => (up ? exchange(request) : exchange({ ...request, url: 'http://127.0.0.1:9/' })),
    });
    const began = clock.ms;
    const asked = { witnesses: ['w1'], isDemanded: true };
    expect(cosigner.standing).toEqual({ ...asked, met: null, missingSinceMs: began, troubles: [] });
    await cosigner.round();
    const met = { size: 5, atMs: began };
    expect(cosigner.standing).toEqual({ ...asked, met, missingSinceMs: null, troubles: [] });
    up = false;
    await ledger.seal(log.grow(9).signed());
    clock.ms += 10_000;
    await cosigner.round();
    const troubles = [{ witness: 'w1', words: expect.stringMatching(/no answer/) }];
    expect(cosigner.standing).toEqual({ ...asked, met, missingSinceMs: began + 10_000, troubles });
    up = true;
    await cosigner.round();
    expect(cosigner.standing).toMatchObject({ met: { size: 9 }, missingSinceMs: null, troubles: [] });
  });

  test('runs by itself until it is stopped', async () => {
    const { cosigner, ledger } = await cosigning(log, [await witness(1, log)], 1);
    const running = cosigner.start(1);
    while ((await lastCosigned(ledger.disk)) === null) await new Promise((resolve) => setTimeout(resolve, 1));
    await running.stop();
    const then = ledger.checkpoint;
    await ledger.seal(log.grow(6).signed());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(then).toContain('w1.example/w');
    expect(ledger.checkpoint).toBe(log.signed());
  });
});

describe('a second history', () => {
  const tampered = (message: RegExp) =>
    expect.objectContaining({ code: 'E_TAMPERED', message: expect.stringMatching(message) });

  test('of a folder that was set back: nothing is signed after the start', async () => {
    const one = await witness(1, log);
    const { cosigner, ledger } = await cosigning(log, [one, closed], 1);
    log.grow(8);
    await ledger.seal(log.signed());
    await cosigner.round();
    const restored = await cosigning(log, [one, closed], 1);
    await restored.ledger.seal(log.signed(6));
    await expect(restored.cosigner.checkRollback()).rejects.toThrow(
      tampered(
        /w1: it cosigned 8 records of this log, and shows this log’s own signature for 8; here are 6: the ledger was set back/,
      ),
    );
    expect(await restored.cosigner.round()).toMatchObject({ met: false });
    expect(kinds(restored.alarms)).toEqual(['ahead', 'unreachable']);
  });

  test('is not seen in a ledger that went on: the check cosigns it', async () => {
    const one = await witness(1, log);
    const { cosigner, ledger, policy } = await cosigning(log, [one], 1);
    await cosigner.round();
    const later = await cosigning(log, [one], 1);
    await later.ledger.seal(log.grow(7).signed());
    await later.cosigner.checkRollback();
    expect(judgeCheckpoint((await lastCosigned(later.ledger.disk)) ?? '', policy)).toMatchObject({ met: true });
    expect(ledger.checkpoint).toContain('w1.example/w');
    await (await cosigning(log, [closed], 1)).cosigner.checkRollback(); // who does not answer holds up nothing
    const empty = await cosigning(log, [one], 1);
    empty.ledger.checkpoint = null;
    await empty.cosigner.checkRollback();
    expect(await empty.cosigner.round()).toBeNull();
  });

  test.each([
    ['larger', 9, /do not continue the tree of 5 records that it cosigned before/],
    ['of the same size', 5, /do not continue the tree of 5 records/],
  ])('that is %s is refused, and said in words', async (_, size, words) => {
    const one = await witness(1, log);
    await (await cosigning(log, [one], 1)).cosigner.round();
    const forged = log.fork(3).grow(size, 'forged');
    const { cosigner, ledger, alarms } = await cosigning(log, [one], 1, { proof: forged.proof });
    await ledger.seal(forged.signed());
    expect(await cosigner.round()).toMatchObject({ met: false });
    expect(alarms).toEqual([{ kind: 'forked', witness: 'w1', words: expect.stringMatching(words) }]);
  });

  test('that a thief of the key gave the witness first locks us out, in words, and holds up nothing', async () => {
    const one = await witness(1, log);
    const two = await witness(2, log);
    const { cosigner, ledger, alarms } = await cosigning(log, [one, two], 1);
    await cosigner.round();
    const thief = log.fork(5).grow(7, 'forged');
    const request = { old: 5n, proof: await thief.proof(5n), note: thief.signed() };
    expect((await one.core.addCheckpoint(formatRequest(request))).status).toBe(200);
    await ledger.seal(log.grow(6).signed());
    expect(await cosigner.round()).toEqual({ size: 6n, witnessed: ['w2'], met: true });
    await ledger.seal(log.grow(9).signed());
    expect(await cosigner.round()).toEqual({ size: 9n, witnessed: ['w2'], met: true });
    expect(kinds(alarms)).toEqual(['ahead', 'forked']);
    expect(alarms[0]?.words).toMatch(/cosigned 7 records .* here are 6: .* or somebody else signs with its key/);
    expect(alarms[1]?.words).toMatch(/somebody with the log's key gave it another tree first/);
  });
});

test('a real ledger is cosigned with proofs out of its own folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-cosign-'));
  const disk = realDisk(folder);
  const secret = privateKeyOf(randomBytes(32));
  const origin = 'ledger.example/real';
  const key = verifierKey(origin, ED25519, rawPublic(secret));
  const ledger = await Ledger.open({
    disk,
    origin,
    random: randomBytes,
    nowUs: () => NOW * 1e6,
    policy: 'P365D\n',
    signer: {
      key,
      sign: async ({ size, root }) => signText(`${origin}\n${size}\n${root.toString('base64')}\n`, key, secret),
    },
  });
  const one = await witness(1, { key });
  const alarms: CosignAlarm[] = [];
  const options = {
    disk,
    ledger,
    keys: [key],
    onAlarm: (alarm: CosignAlarm) => alarms.push(alarm),
    nowMs: () => NOW * 1000,
  };
  expect(await cosignerOf(options)).toBeNull();
  writeFileSync(join(folder, 'policy.txt'), `log ${formatVerifierKey(log.key)}\nquorum none\n`);
  await expect(cosignerOf(options)).rejects.toThrow(expect.objectContaining({ code: 'E_CONFIG' }));
  writeFileSync(join(folder, 'policy.txt'), `witness w1 ${formatVerifierKey(one.key)} ${one.url}\nquorum w1\n`);
  const cosigner = (await cosignerOf(options)) as Cosigner;
  await cosigner.checkRollback();
  for (const count of [1, 300, 7]) {
    const line = { stream: 's', bytes: Buffer.from('line'), receivedAtUs: NOW * 1e6, via: 'file:x', peer: 'none' };
    await ledger.append(Array.from({ length: count }, () => line));
    await ledger.seal();
    expect(await cosigner.round()).toEqual({ size: BigInt(ledger.size), witnessed: ['w1'], met: true });
  }
  expect(await lastCheckpoint(disk)).toBe(ledger.checkpoint);
  expect(ledger.checkpoint).toContain('w1.example/w');
  expect(ledger.checkpoint).toBe(await lastCosigned(disk));
  expect(alarms).toEqual([]);
  await ledger.close();
  rmSync(folder, { recursive: true });
});
