import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { State } from '../src/state/open.ts';
import type { AddedPasskey } from '../src/state/passkeys.ts';

let made = 0;
const addPerson = (state: State) =>
  state.people.add({ name: `way-${process.pid}-${made++}`, role: 'viewer', nowMs: 1000 });
const newPasskey = (personId: number): AddedPasskey => ({
  id: randomBytes(16).toString('base64url'),
  personId,
  name: 'Key\0',
  publicKey: new Uint8Array([1, 2, 3]),
  counter: 5,
  transports: ['usb'],
  aaguid: '00000000-0000-0000-0000-000000000000',
  isSynced: false,
  nowMs: 1000,
});

/** What every form of the state does with passkeys, and with links to accounts of other places. */
export function waysContract(state: () => State): void {
  passkeysContract(state);
  countersContract(state);
  linksContract(state);
  wrongClockContract(state);
}

const DAY_MS = 86_400_000;

/** A clock that was ahead must not leave behind what lasts until it is there again. */
function wrongClockContract(state: () => State): void {
  test('a session that began or was used while the clock was a year ahead ends when it is set right', async () => {
    const { id: personId } = await addPerson(state());
    const { signIns } = state();
    const [from, nowMs, year] = [
      { address: '192.0.2.7', agent: 'x' },
      Date.parse('2026-11-22T09:00:00Z'),
      365 * DAY_MS,
    ];
    const begin = async (atMs: number) =>
      (await signIns.begin({ personId, how: 'password', ...from, nowMs: atMs, random: randomBytes })).text;
    const [early, ahead] = [await begin(nowMs), await begin(nowMs + DAY_MS)];
    expect(await signIns.use(ahead, { ...from, nowMs: nowMs + DAY_MS })).not.toBeNull();
    expect(await signIns.use(ahead, { ...from, nowMs })).toBeNull();
    expect((await signIns.list(personId, nowMs)).length).toBe(1);
    expect(await signIns.use(early, { ...from, nowMs: nowMs - 60_000 })).not.toBeNull(); // it was set back by a minute
    expect(await signIns.use(await begin(nowMs + year), { ...from, nowMs })).toBeNull();
  });

  test('a link that was made while the clock was ahead is none when it is set right', async () => {
    const { tokens } = state();
    const [nowMs, year] = [Date.parse('2026-11-22T09:00:00Z'), 365 * DAY_MS];
    const { id: personId } = await addPerson(state());
    const made = { kind: 'link', name: 'ann', personId, nowMs: nowMs + year, random: randomBytes } as const;
    const { text } = await tokens.create({ ...made, expiresMs: nowMs + year + DAY_MS });
    expect(await tokens.check('link', text, nowMs)).toBeNull();
    expect(await tokens.useOnce('link', text, nowMs)).toBeNull();
    expect(await tokens.useOnce('link', text, nowMs + year)).not.toBeNull();
  });
}

function passkeysContract(state: () => State): void {
  test('a passkey is its owner’s, and known by all that was given', async () => {
    const { passkeys } = state();
    const [ada, eve] = [await addPerson(state()), await addPerson(state())];
    const handles = await Promise.all([1, 2, 3].map(() => passkeys.handleOf(ada.id, randomBytes)));
    expect(new Set(handles.map((one) => one.toString('hex'))).size).toBe(1);
    await passkeys.handleOf(eve.id, randomBytes);
    const { nowMs, ...one } = newPasskey(ada.id);
    await passkeys.add({ ...one, nowMs });
    await expect(passkeys.add({ ...one, personId: eve.id, nowMs })).rejects.toMatchObject({ code: 'E_USAGE' });
    expect(await passkeys.byId(one.id)).toEqual({
      ...one,
      name: 'Key\ufffd',
      createdMs: 1000,
      usedMs: null,
      doubledMs: null,
      handle: handles[0],
    });
    expect([await passkeys.rename(eve.id, one.id, 'x'), await passkeys.remove(eve.id, one.id)]).toEqual([false, false]);
    expect(await passkeys.rename(ada.id, one.id, 'x')).toBe(true);
    expect((await passkeys.list(ada.id)).map(({ name }) => name)).toEqual(['x']);
    expect(await passkeys.remove(ada.id, one.id)).toBe(true);
    expect(await passkeys.byId(one.id)).toBeNull();
  });

  test('twenty passkeys are enough, also of those that come at once', async () => {
    const { passkeys } = state();
    const { id } = await addPerson(state());
    await passkeys.handleOf(id, randomBytes);
    const added = await Promise.allSettled(Array.from({ length: 23 }, () => passkeys.add(newPasskey(id))));
    expect(added.filter(({ status }) => status === 'fulfilled').length).toBe(20);
    await passkeys.removeAll(id);
    expect(await passkeys.list(id)).toEqual([]);
  });
}

function countersContract(state: () => State): void {
  test('a counter goes up, or the passkey is of no use any more', async () => {
    const { passkeys } = state();
    const { id: personId } = await addPerson(state());
    await passkeys.handleOf(personId, randomBytes);
    const key = newPasskey(personId);
    await passkeys.add(key);
    const used = (counter: number) => passkeys.used(key.id, counter, 2000);
    expect([await used(6), await used(9), await used(9), await used(8), await used(0)]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    const many = await Promise.all(Array.from({ length: 8 }, () => used(10)));
    expect(many.filter(Boolean).length).toBe(1); // of one answer that comes many times at once
    await passkeys.doubled(key.id, 3000);
    expect([await used(11), await passkeys.usable(personId)]).toEqual([false, 0]);
    expect(await passkeys.byId(key.id)).toMatchObject({ counter: 10, doubledMs: 3000 });
    const silent = { ...newPasskey(personId), counter: 0 };
    await passkeys.add(silent);
    expect([await passkeys.used(silent.id, 0, 1), await passkeys.used(silent.id, 0, 2)]).toEqual([true, true]);
    expect([await passkeys.used(silent.id, 1, 3), await passkeys.used(silent.id, 0, 4)]).toEqual([true, false]);
  });
}

function linksContract(state: () => State): void {
  test('an account of another place is one person’s, and a person has one', async () => {
    const { oidcLinks } = state();
    const [ada, eve] = [await addPerson(state()), await addPerson(state())];
    const subject = { issuer: `https://${randomBytes(4).toString('hex')}.example`, subject: 'u-1' };
    expect(await oidcLinks.find(subject)).toBeNull();
    await oidcLinks.add(subject, ada.id, 1);
    await expect(oidcLinks.add(subject, eve.id, 1)).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(oidcLinks.add({ ...subject, subject: 'u-2' }, ada.id, 1)).rejects.toMatchObject({ code: 'E_USAGE' });
    expect([await oidcLinks.find(subject), await oidcLinks.find({ ...subject, issuer: 'https://x' })]).toEqual([
      ada.id,
      null,
    ]);
    expect([await oidcLinks.has(ada.id), await oidcLinks.has(eve.id)]).toEqual([true, false]);
    await oidcLinks.remove(ada.id);
    expect(await oidcLinks.find(subject)).toBeNull();
  });
}
