import { X509Certificate } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { passableFolder } from '../../test/state-folder.ts';
import { createApp } from '../api/app.ts';
import { ANYONE } from '../api/fixtures/anyone.ts';
import { UNWATCHED } from '../api/fixtures/unwatched.ts';
import type { ServerView } from '../api/view.ts';
import { keepPageCertificate, pageFiles } from '../enroll/page-certificate.ts';
import { configSchema } from './config-schema.ts';
import { listenHttp } from './listening.ts';
import { namesOf, pageTls } from './page-tls.ts';

const base = passableFolder('spoor-page-');
afterAll(() => base.remove());
const schema = configSchema([{ name: 'none', config: z.strictObject({}) } as never]);
const httpOf = (http: object) => schema.parse({ http, sources: [] }).http;
const DAY_MS = 86_400_000;

describe('TLS of the page', () => {
  test('is there where others can reach it, unless it was said otherwise', async () => {
    const folder = join(base.path, 'one');
    const now = Date.now();
    expect(await pageTls(httpOf({}), folder, now)).toBeNull();
    expect(await pageTls(httpOf({ host: '0.0.0.0', tls: 'off' }), folder, now)).toBeNull();
    const own = await pageTls(httpOf({ host: '0.0.0.0', names: ['logs.example'] }), folder, now);
    const made = new X509Certificate(own?.cert ?? '');
    expect([own?.isOwn, own?.fingerprint]).toEqual([true, made.fingerprint256]);
    expect([made.checkHost('logs.example'), made.checkHost(hostname()), made.ca]).toEqual([
      'logs.example',
      hostname(),
      false,
    ]);
    expect(statSync(pageFiles(folder).key).mode & 0o777).toBe(0o400);

    const again = await pageTls(httpOf({ host: '0.0.0.0', names: ['logs.example'] }), folder, now + 700 * DAY_MS);
    expect(again?.fingerprint).toBe(own?.fingerprint); // people compared it
    const late = await pageTls(httpOf({ host: '0.0.0.0', names: ['logs.example'] }), folder, now + 800 * DAY_MS);
    expect(late?.fingerprint).not.toBe(own?.fingerprint);
    const renamed = await pageTls(httpOf({ host: '0.0.0.0', names: ['new.example'] }), folder, now + 800 * DAY_MS);
    expect(renamed?.fingerprint).not.toBe(late?.fingerprint);
  });

  test('files that cannot be used are an error that says which, without what is in them', async () => {
    const [a, b] = [
      pageFiles(join(base.path)),
      { certificate: join(base.path, 'b.pem'), key: join(base.path, 'b.key') },
    ];
    await keepPageCertificate(a, { dns: ['a'], addresses: [] }, Date.now());
    await keepPageCertificate(b, { dns: ['b'], addresses: [] }, Date.now());
    const tls = (certificate: string, key: string) => pageTls(httpOf({ tls: { certificate, key } }), base.path, 0);
    await expect(tls(a.certificate, b.key)).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining('is not the key'),
    });
    await expect(tls(`${a.certificate}.gone`, a.key)).rejects.toMatchObject({
      message: expect.stringContaining('ENOENT'),
    });
    writeFileSync(join(base.path, 'odd'), 'secret words');
    await expect(tls(a.certificate, join(base.path, 'odd'))).rejects.toMatchObject({
      message: expect.not.stringContaining('secret words'),
    });
    expect((await tls(a.certificate, a.key))?.isOwn).toBe(false);
  });

  test('a changed certificate is read again; a broken one is not taken', async () => {
    const files = { certificate: join(base.path, 'c.pem'), key: join(base.path, 'c.key') };
    await keepPageCertificate(files, { dns: ['c'], addresses: [] }, Date.now());
    const tls = await pageTls(httpOf({ tls: files }), base.path, 0);
    expect(tls?.again()).toBeNull();
    const before = readFileSync(files.certificate, 'utf8');
    rmSync(files.certificate);
    expect(tls?.again()).toBeNull(); // in between
    await keepPageCertificate(files, { dns: ['d'], addresses: [] }, Date.now());
    utimesSync(files.certificate, 1, 1);
    expect(tls?.again()?.cert).not.toBe(before);
    copyFileSync(join(base.path, 'odd'), files.certificate);
    expect(() => tls?.again()).toThrow('cannot be used');
  });
});

describe('the page over HTTPS', () => {
  test('is hardened, asked for by its names only, and believes the proxies that were named, and nobody else', async () => {
    const http = httpOf({ names: ['Logs.example'], port: 0 });
    const files = pageFiles(base.path);
    const tls = await pageTls({ ...http, tls: files }, base.path, 0);
    const view = {
      access: ANYONE,
      watched: UNWATCHED,
      status: () => ({ ledger: { tampered: null } }),
    } as unknown as ServerView;
    const guard = { names: new Set(namesOf(http)), strictTransport: true };
    const seen: string[] = [];
    const app = createApp(view, { local: false, tls, guard, trustProxy: ['127.0.0.1'] });
    app.get('/ip', { config: { open: 'test' } }, async ({ ip, protocol, host }) => {
      seen.push(`${ip} ${protocol} ${host}`);
      return {};
    });
    const { port, close } = await listenHttp(app, http, tls, () => {});
    const agent = new Agent({ rejectUnauthorized: false });
    const ask = (path: string, headers: Record<string, string>) =>
      new Promise<{ status: number; headers: Record<string, unknown>; fingerprint: string }>((resolve, reject) => {
        request({ agent, host: '127.0.0.1', port, path, headers }, (answer) => {
          const { fingerprint256 } = (answer.socket as TLSSocket).getPeerCertificate();
          answer.resume();
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, fingerprint: fingerprint256 }),
          );
        })
          .on('error', reject)
          .end();
      });
    const healthy = await ask('/healthz', { host: 'LOGS.example:7300' });
    expect([healthy.status, healthy.fingerprint]).toEqual([200, tls?.fingerprint]);
    expect(healthy.headers).toMatchObject({
      'strict-transport-security': 'max-age=15552000',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    });
    for (const host of ['evil.example', 'logs.example.evil.example', 'logs.example@evil.example', '[::2]'])
      expect([host, (await ask('/healthz', { host })).status]).toEqual([
        host,
        expect.toSatisfy((status: number) => [400, 421].includes(status)),
      ]);
    expect((await ask('/healthz', { host: 'logs.example', 'x-forwarded-host': 'evil.example' })).status).toBe(421);
    await ask('/ip', {
      host: 'x',
      'x-forwarded-host': 'logs.example',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'https',
    });
    expect(seen).toEqual(['203.0.113.9 https logs.example']);
    agent.destroy();
    await close();
  });
});
