import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openState } from '../src/state/open.ts';
import { debianPrograms, type OwnPostgres, startOwn } from './debian-postgres.ts';
import { stateContract } from './state-contract.ts';

const bin = debianPrograms();
if (bin === null && process.env['CI'])
  test('PostgreSQL of one’s own', () => expect.fail('install Debian’s package postgresql'));
if (bin === null) process.stderr.write('state: SKIPPED PostgreSQL of one’s own: package postgresql is not installed\n');

describe.skipIf(bin === null)('PostgreSQL of one’s own', () => {
  let own: OwnPostgres;
  beforeAll(async () => {
    own = await startOwn(bin ?? '');
  });
  afterAll(() => own?.stop());

  stateContract('by TCP', { open: () => openState({ url: own.url }) });

  test('by its socket, several at once', async () => {
    const several = await Promise.all(Array.from({ length: 3 }, () => openState({ url: own.socketUrl })));
    for (const state of several) {
      await state.ping();
      expect(state.version.startsWith(own.version)).toBe(true);
      expect(state.pid).toBeNull();
      await state.restart();
    }
    await Promise.all(several.map((state) => state.close()));
  });

  test('an empty database that several open at once gets its tables once', async () => {
    const first = await openState({ url: own.url });
    await sql`create database fresh`.execute(first.db);
    const url = own.url.replace(/postgres$/, 'fresh');
    const several = await Promise.all(Array.from({ length: 4 }, () => openState({ url })));
    for (const state of several) expect(await state.sources.list()).toEqual([]);
    await Promise.all([first, ...several].map((state) => state.close()));
  });

  test('a wrong password, database, port or URL is said without the password', async () => {
    const wrong: readonly [url: string, code: string, says: RegExp][] = [
      [
        own.url.replace('s%40cret', 'wr0ng'),
        'E_CONFIG',
        /^PostgreSQL at 127\.0\.0\.1\/postgres: .*password authentication failed/,
      ],
      [own.url.replace(/postgres$/, 'nothing'), 'E_CONFIG', /database "nothing" does not exist/],
      [own.url.replace(/:\d+\//, ':1/'), 'E_UNAVAILABLE', /ECONNREFUSED/],
      ['postgres:///x?host=/nowhere&user=wr0ng', 'E_UNAVAILABLE', /^PostgreSQL at \/nowhere\/x: /],
      ['mysql://a:wr0ng@b/c', 'E_CONFIG', /^DATABASE_URL is no postgres:/],
      ['postgres://[wr0ng', 'E_CONFIG', /^DATABASE_URL is no postgres:/],
    ];
    for (const [url, code, says] of wrong) {
      const error = await openState({ url }).then(
        () => expect.fail(url),
        (thrown: Error) => thrown,
      );
      expect(error).toMatchObject({ code, message: expect.stringMatching(says) });
      expect(error.message).not.toMatch(/wr0ng|s@cret|s%40cret/);
    }
  });

  test('a server that goes away is told, and its return is enough', async () => {
    const state = await openState({ url: own.url });
    const other = await openState({ url: own.url });
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and application_name = 'spoor'`.execute(
      other.db,
    );
    // Whoever uses a connection that was ended may be told so; then there is a new one.
    for (let answered = false; !answered; )
      answered = await state.ping().then(
        () => true,
        (error: Error) => {
          expect(error).toMatchObject({ code: 'E_UNAVAILABLE' });
          return false;
        },
      );
    await Promise.all([state.close(), other.close()]);
    await expect(state.ping()).rejects.toThrow();
  });
});
