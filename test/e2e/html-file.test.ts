import { readFileSync, statSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { browser, describeInBrowser } from './browser.ts';
import { ROOT, SAMPLE_TIME, scratch, spoor } from './program.ts';

const path = scratch();
const { open } = browser();

describeInBrowser('spoor investigate --html', () => {
  let written = '';
  beforeAll(async () => {
    written = path('incident.html');
    const run = await spoor(['investigate', 'sample/incident', ...SAMPLE_TIME, '--html', written]);
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
    expect(run.stdout).toContain('BREACHED');
  });

  test('tells the sample incident to a stranger', async () => {
    const { page, deeds } = await open({ viewport: { width: 1440, height: 900 } });
    await page.goto(`file://${written}`);
    const banner = await page.locator('.verdict').innerText();
    for (const said of [
      'Somebody got in',
      'gate',
      '21 Nov 2026',
      '01:11:28',
      'svc-batch',
      '203.0.113.77',
      'shop and vault',
    ])
      expect(banner).toContain(said);
    const parts = await page.locator('main > section').evaluateAll((all) => all.map(({ id }) => id));
    expect(parts).toEqual(
      expect.arrayContaining(['way-in', 'deeds', 'actions', 'missing', 'sessions', 'attackers', 'inputs', 'made']),
    );
    for (const part of parts) expect(await page.locator(`nav a[href="#${part}"]`).count()).toBe(1);
    expect(deeds).toEqual([]);
  });

  test('is the same page twice, and opens in Korean when asked', async () => {
    const again = path('again.html');
    const words = ['investigate', 'sample/incident', ...SAMPLE_TIME, '--html', again];
    await spoor(words);
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(written, 'utf8'));
    await spoor([...words, '--lang', 'ko']);
    expect(readFileSync(again, 'utf8')).toContain('<html lang="ko">');
    expect(/아직 번역되지 않은 문장 \d+개/.exec(readFileSync(again, 'utf8'))).toBeNull(); // its sentences are in src/report/korean
    await spoor(words, { env: { LANG: 'ko_KR.UTF-8', LC_ALL: '' } });
    expect(readFileSync(again, 'utf8')).toContain('<html lang="ko">');
  });

  test.each([
    [['--html', '/proc/nowhere/x.html'], 74],
    [['--html', ROOT], 74],
    [['--html', '/dev/null', '--lang', 'fr'], 64],
  ])('says what went wrong: %j', async (words, code) => {
    const run = await spoor(['investigate', 'sample/incident', ...SAMPLE_TIME, ...words]);
    expect([run.code, run.stdout]).toEqual([code, '']);
    expect(run.stderr).toMatch(/^spoor: /);
  });

  test('writes into a device without replacing it', async () => {
    await spoor(['investigate', 'sample/incident', ...SAMPLE_TIME, '--html', '/dev/null']);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});
