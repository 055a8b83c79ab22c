import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { verifyFolder } from '../ledger/verify-folder.ts';
import { layout } from '../server/paths.ts';
import { initLedger } from './ledger-writing.ts';
import { forget, trustFor } from './log-trust.ts';
import { configOf, withOrigin } from './server-config.ts';

const base = mkdtempSync(join(tmpdir(), 'spoor-trust-'));
vi.stubEnv('XDG_STATE_HOME', join(base, 'memory'));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true });
});

async function verified(folder: string): Promise<readonly unknown[]> {
  const trust = trustFor(folder, { key: [] });
  const { problems, origin, checkpoint } = await verifyFolder(folder, trust);
  if (problems.length === 0) expect(trust.remember(origin, checkpoint)).toBeNull();
  return problems;
}

test('two data folders of one machine are two logs: neither looks like a forgery of the other', async () => {
  const names: string[] = [];
  for (const name of ['one', 'two']) {
    const paths = layout(join(base, name));
    const config = withOrigin(configOf(undefined, paths), paths);
    await initLedger(paths.ledger, config.ledger.origin, '');
    expect(await verified(paths.ledger)).toEqual([]);
    expect(await verified(paths.ledger)).toEqual([]);
    expect(withOrigin(configOf(undefined, paths), paths).ledger.origin).toBe(config.ledger.origin);
    names.push(config.ledger.origin);
  }
  expect(names[0]).toMatch(/^[A-Za-z0-9.-]+\/spoor-[0-9a-f]{4}$/);
  expect(names[1]).not.toBe(names[0]);
});

test('a configured name wins at first, and is for life', async () => {
  const paths = layout(join(base, 'named'));
  const config = configOf(undefined, paths);
  const named = (origin: string) => withOrigin({ ...config, ledger: { ...config.ledger, origin } }, paths);
  expect(named('web.example/main').ledger.origin).toBe('web.example/main');
  await initLedger(paths.ledger, 'web.example/main', '');
  expect(withOrigin(config, paths).ledger.origin).toBe('web.example/main');
  expect(() => named('other.example/main')).toThrow(/is web\.example\/main: its name is for life/);
});

test('another log of a name that is known is told as that, and can be forgotten on purpose', async () => {
  const [first, second] = [join(base, 'first'), join(base, 'second')];
  const [key, other] = [await initLedger(first, 'same.example/a', ''), await initLedger(second, 'same.example/a', '')];
  expect(await verified(first)).toEqual([]);
  const words = new RegExp(`with the key ${other.id}, and that one with ${key.id}\\..*spoor verify --forget`);
  expect(() => trustFor(second, { key: [] })).toThrow(words);
  expect(trustFor(second, { key: [], memory: false }).remembered).toEqual([]);
  expect(forget(second, { key: [] }).map(({ id }) => id)).toEqual([key.id]);
  expect(await verified(second)).toEqual([]);
  expect(forget(join(base, 'first'), { key: [] })).toHaveLength(1);
  expect(forget(join(base, 'first'), { key: [] })).toEqual([]);
});
