import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { permissionsOf, type Role } from '../access/roles.ts';
import type { Caller } from '../api/caller.ts';
import { Acts } from './acts.ts';
import { Disclosure, maskKey } from './disclosure.ts';

const HOUR_MS = 3_600_000;

function made() {
  const state = { nowMs: 1_000_000_000, broken: false, acts: [] as { who: string; what: string; detail: object }[] };
  const act = async (who: string, what: string, _: string, detail: object) => {
    if (state.broken) throw new Error('the disk is full');
    state.acts.push({ who, what, detail });
  };
  const nowMs = () => state.nowMs;
  const acts = new Acts({ act, nowMs, mustBeOpen: () => {}, onError: () => {} });
  return Object.assign(state, { disclosure: new Disclosure({ key: Buffer.alloc(32, 1), acts, act, nowMs }) });
}
const person = (sessionId: number, role: Role = 'analyst'): Caller => ({
  kind: 'person',
  name: 'ann',
  may: permissionsOf(role),
  personId: 1,
  role,
  sessionId,
  provenMs: 0,
});
const token: Caller = { kind: 'token', name: 'ann by token 3', may: permissionsOf('analyst'), personId: 1, tokenId: 3 };
const REASON = 'case 12: who was it';

test('an unmasking is of one session, for an hour, and on record first', async () => {
  const { disclosure, acts, ...state } = made();
  expect(disclosure.unmasked(person(1))).toBeNull();
  await disclosure.unmask(person(1), REASON);
  expect(acts).toEqual([{ who: 'ann', what: 'unmask', detail: { reason: REASON, until: expect.any(String) } }]);
  expect(disclosure.unmasked(person(1))?.reason).toBe(REASON);
  for (const other of [person(2), token, person(1, 'viewer')]) expect(disclosure.unmasked(other)).toBeNull();
  await disclosure.mask(person(1));
  expect(disclosure.unmasked(person(1))).toBeNull();
  expect(state.broken).toBe(false);
  await disclosure.stop();
});

test('it ends with the hour, and what cannot be put on record is not shown', async () => {
  const state = made();
  await state.disclosure.unmask(token, REASON);
  state.nowMs += HOUR_MS - 1;
  expect(state.disclosure.unmasked(token)).not.toBeNull();
  state.nowMs += 1;
  expect(state.disclosure.unmasked(token)).toBeNull();
  await state.disclosure.unmask(token, REASON);
  state.nowMs -= 24 * HOUR_MS; // the clock is set back
  expect(state.disclosure.unmasked(token)).toBeNull();
  state.broken = true;
  await expect(state.disclosure.unmask(person(1), REASON)).rejects.toThrow('full');
  expect(state.disclosure.unmasked(person(1))).toBeNull();
  await state.disclosure.stop();
});

test('what was sealed is of one caller, and cannot be made', async () => {
  const { disclosure } = made();
  const sealed = disclosure.seal(person(1), '203.0.113.7');
  expect(disclosure.open(person(1), sealed)).toBe('203.0.113.7');
  for (const wrong of ['', 'x', Buffer.from('{"value":"x"}').toString('base64url'), `${sealed}x`.slice(1)])
    expect(disclosure.open(person(1), wrong)).toBeNull();
  expect(disclosure.open(person(2), sealed)).toBeNull();
  await disclosure.stop();
});

test('the key of the masks is kept, for its owner alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-mask-'));
  const path = join(folder, 'tls/mask.key');
  const key = maskKey(path);
  expect(key).toHaveLength(32);
  expect(maskKey(path)).toEqual(key);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  writeFileSync(path, 'cut');
  expect(maskKey(path)).not.toEqual(key);
  rmSync(folder, { recursive: true });
});
