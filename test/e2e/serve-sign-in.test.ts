import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepPageCertificate, pageFiles } from '../../src/enroll/page-certificate.ts';
import { command } from '../built.ts';
import { passableFolder } from '../state-folder.ts';
import { browser, describeInBrowser } from './browser.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// A person comes to a real server, over TLS, in a real browser: link, account, second factor, out, and in again.

const NAME = 'ann';
const PASSWORD = 'a horse that walks by night';
/** Set: pictures of each page, wide and narrow, are left there, to be looked at. */
const SHOTS = process.env['SPOOR_SHOTS'];
const run = promisify(execFile);
const base = passableFolder('spoor-sign-in-');
const files = pageFiles(base.path);
let server: ServerProcess;

beforeAll(async () => {
  await keepPageCertificate(files, { dns: ['localhost'], addresses: ['127.0.0.1'] }, Date.now());
  server = new ServerProcess(join(base.path, 'data'), [{ type: 'syslog-tcp', port: 0 }], {
    http: { port: 0, tls: { certificate: files.certificate, key: files.key } },
  });
  await server.start();
  await until('the state', async () =>
    (await server.status()).parts.some((part) => part.name === 'state' && part.state === 'running'),
  );
});
afterAll(async () => {
  await server.killAll();
  base.remove();
});

async function admin(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, command('admin', ...args, '--data', server.paths.data));
  return stdout.trim();
}

async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: join(SHOTS, `${name}-${width}.png`), fullPage: true });
  }
}

/** Is anything wider than the narrowest telephone? */
async function fits(page: Page): Promise<void> {
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
}

async function fill(page: Page, fields: Readonly<Record<string, string>>, button: string): Promise<void> {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: false }).first().fill(text);
  await page.getByRole('button', { name: button, exact: true }).click();
}

test('over TLS the certificate is the one that was named, and strangers are told where they are', async () => {
  const answer = await new Promise<{ status: number; text: string; fingerprint: string }>((resolve, reject) => {
    get(`${server.address}/api/v1/status`, { rejectUnauthorized: false }, async (response) => {
      const { fingerprint256 } = (response.socket as import('node:tls').TLSSocket).getPeerCertificate();
      let text = '';
      for await (const piece of response) text += String(piece);
      resolve({ status: response.statusCode ?? 0, text, fingerprint: fingerprint256 });
    }).on('error', reject);
  });
  expect(answer.fingerprint).toBe(new X509Certificate(readFileSync(files.certificate)).fingerprint256);
  expect(answer.status).toBe(200); // nobody has an account yet, and only this machine can ask
});

describeInBrowser('somebody comes', () => {
  const { open } = browser();

  test('link, account, authenticator, out, in with a code; everything is in the ledger', async () => {
    const { page, deeds } = await open({ ignoreHTTPSErrors: true });
    await page.goto(server.address);
    expect(await page.textContent('body')).toContain('make the first account');
    await shot(page, '1-open');
    const link = await admin('link');
    expect(link).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/link\/spoor_/);
    await page.goto(link);
    await fits(page);
    await shot(page, '2-link');
    await fill(page, { Name: NAME, 'Password,': 'short', 'Once more': 'short' }, 'Make the account');
    expect(await page.textContent('[role=alert]')).toContain('12 characters');
    await fill(page, { Name: NAME, 'Password,': PASSWORD, 'Once more': PASSWORD }, 'Make the account');
    await page.waitForURL('**/account');
    await fits(page);
    await shot(page, '3-account');

    await page.getByRole('link', { name: 'Set up an authenticator' }).click();
    await fits(page);
    await shot(page, '4-authenticator');
    const secret = ((await page.textContent('ol code')) ?? '').replaceAll(' ', '');
    const totp = new TOTP({ secret });
    await fill(page, { 'The code': totp.generate() }, 'Turn it on');
    expect(await page.locator('.codes li').count()).toBe(10);
    await fits(page);
    await shot(page, '5-recovery');
    await page.getByRole('link', { name: 'I have them' }).click();
    await page.getByText('Make a token').click();
    await page.getByLabel('What is it for?').fill('dashboard');
    await page.getByLabel(/^status:/).check();
    await page.getByRole('button', { name: 'Make it' }).click();
    const token = (await page.textContent('.code code')) ?? '';
    await page.goto(`${server.address}/account`);
    await fits(page);
    await shot(page, '6-account-full');
    await page.goto(`${server.address}/people`);
    await fill(page, { Name: 'bob' }, 'Add, and make a link');
    expect(await page.textContent('.told')).toContain('/link/spoor_');
    await fits(page);
    await shot(page, '7-people');

    const cookies = await page.context().cookies();
    expect(cookies.find(({ name }) => name === '__Host-spoor')).toMatchObject({
      httpOnly: true,
      secure: true,
      sameSite: 'Lax',
    });
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/sign-in');
    await page.goto(server.address);
    expect(page.url()).toContain('/sign-in?next=%2F');
    await fits(page);
    await shot(page, '8-sign-in');
    await fill(page, { Name: NAME, Password: 'wrong' }, 'Sign in');
    expect(await page.textContent('[role=alert]')).toContain('not right');
    await fill(page, { Name: NAME, Password: PASSWORD }, 'Sign in');
    await page.waitForURL('**/sign-in/code*');
    await shot(page, '9-code');
    await fill(page, { Code: totp.generate({ timestamp: Date.now() + 30_000 }) }, 'Sign in');
    await page.waitForURL(`${server.address}/`);
    expect(await page.textContent('nav')).toContain(NAME);
    await shot(page, '10-in');
    const asked = await page
      .context()
      .request.get(`${server.address}/api/v1/sources`, { headers: { authorization: `Bearer ${token}` } });
    expect(asked.status()).toBe(200);
    expect(deeds.filter((deed) => !deed.includes('status of 4'))).toEqual([]); // no script, nothing from elsewhere, no word of the CSP

    expect(await admin('people')).toMatch(/ann +admin +password, authenticator\nbob +viewer +no password yet/);
    await server.running();
    const told = await until('the acts are in the index', async () => {
      const events = await server.found('action:act_*');
      const text = JSON.stringify(events);
      return (
        ['account.make', 'account.totp', 'token.make', 'sign-out', 'sign-in.failed', 'password+totp'].every((what) =>
          text.includes(what),
        ) && text
      );
    });
    for (const secretText of [PASSWORD, token, secret]) expect(told).not.toContain(secretText);
  });
});
