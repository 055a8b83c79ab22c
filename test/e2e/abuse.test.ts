import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasSchemas, xarfProblems } from '../../src/report/abuse/fixtures/xarf-schema.ts';
import { ROOT, SAMPLE_TIME, scratch, spoor } from './program.ts';

const at = scratch();
const SAMPLE = 'sample/incident';
const REPORTER = ['--reporter', 'Mina Park <abuse@mill.example>'];
const check = hasSchemas ? xarfProblems() : () => '';
const abuse = (folder: string, ...more: readonly string[]) =>
  spoor(['investigate', ...SAMPLE_TIME, '--abuse', folder, ...more, SAMPLE]);
const untimed = (screen: string): string => screen.replace(/(from sample\/incident\/ in) .*/, '$1');
const read = (folder: string): string =>
  readdirSync(folder)
    .sort()
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
    .join('\n');

describe('the sample incident', () => {
  test('letters and valid XARF reports, each login attack with a source port; the screen as ever', async () => {
    const folder = at('new/reports');
    const [ran, plain] = [await abuse(folder, ...REPORTER), await spoor(['investigate', ...SAMPLE_TIME, SAMPLE])];
    expect([ran.code, untimed(ran.stdout)]).toEqual([0, untimed(plain.stdout)]);
    expect(ran.stderr).toMatch(/^spoor: drafts to 2 networks about 7 addresses written: read .*README\.txt\n$/);
    const reports = readdirSync(folder).filter((name) => name.endsWith('.xarf.json'));
    expect(reports).toHaveLength(7);
    for (const name of reports) {
      const report = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
      expect([name, check(report)]).toEqual([name, '']);
    }
    const types = reports.map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')).type);
    expect(types.filter((type) => type === 'login_attack')).toHaveLength(5);
  });

  test('no name of its people, hosts or inner addresses goes outside', async () => {
    const folder = at('clean');
    await abuse(folder, ...REPORTER);
    const files = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
    const payloads = files
      .filter((text) => text.startsWith('{'))
      .map((text) => Buffer.from(JSON.parse(text).evidence[0].payload, 'base64').toString());
    const all = [...files, ...payloads].join('\n');
    for (const secret of ['svc-batch', 'anna', 'tomas', 'gate', 'shop', 'vault', '10.77.0.'])
      expect(all).not.toMatch(new RegExp(`\\b${secret}`, 'i'));
    expect(all).toContain('[user-1]');
  });

  test('without --reporter: letters alone, and the index says why', async () => {
    const folder = at('letters');
    expect((await abuse(folder)).code).toBe(0);
    expect(readdirSync(folder).every((name) => name.endsWith('.txt'))).toBe(true);
    expect(readFileSync(`${folder}/README.txt`, 'utf8')).toContain('They must name who reports: --reporter');
  });

  test('a second run replaces the first: the same again, and what is no more is gone', async () => {
    const folder = at('again');
    await abuse(folder, ...REPORTER);
    const first = read(folder);
    writeFileSync(`${folder}/AS64500-old.txt`, 'of an earlier run');
    writeFileSync(`${folder}/notes.md`, 'mine');
    expect((await abuse(folder, ...REPORTER)).code).toBe(0);
    expect(readdirSync(folder)).toContain('notes.md');
    expect(readdirSync(folder)).not.toContain('AS64500-old.txt');
    expect(read(folder).replace('mine\n', '').replace('\nmine', '')).toBe(first);
    await abuse(folder, ...REPORTER, '--keep', '203.0.113.0/24');
    expect(readdirSync(folder).join()).not.toContain('203.0.113');
  });
});

describe('what cannot work is said before anything is read', () => {
  test('a folder of somebody else', async () => {
    mkdirSync(at('mine'));
    writeFileSync(at('mine/README.txt'), 'my thesis');
    const { code, stderr } = await abuse(at('mine'));
    expect([code, stderr]).toEqual([
      64,
      expect.stringMatching(/it is not empty and no earlier run made it: give a new folder \(E_USAGE\)/),
    ]);
    expect(readdirSync(at('mine'))).toEqual(['README.txt']);
  });

  test.each<readonly [readonly string[], RegExp]>([
    [['--reporter', 'Mina'], /give a name and a mail address, such as/],
    [['--reporter', 'Mina <a@b>'], /give a name and a mail address/],
    [['--reporter', 'Mina\nBcc: x <a@b.example>'], /give a name and a mail address/],
    [['--reporter-org', 'Mill'], /--reporter-org needs --reporter/],
    [['--rdap-bootstrap', 'https://x.example/'], /--rdap-bootstrap needs --rdap/],
    [['--rdap', '--rdap-bootstrap', 'http://x.example/'], /give an https URL, or one of this machine/],
  ])('%j', async (options, message) => {
    const { code, stdout, stderr } = await abuse(at('never'), ...options);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toMatch(message);
  });

  test('--rdap without --abuse', async () => {
    expect(await spoor(['investigate', '--rdap', SAMPLE])).toMatchObject({ code: 64, stdout: '' });
  });
});

describe('with --rdap', () => {
  const server = createServer((request, response) => {
    const base = `http://${request.headers.host}/`;
    const pages: Record<string, unknown> = {
      '/ipv4.json': { services: [[['203.0.113.0/24'], [base]]] },
      '/ipv6.json': { services: [] },
      '/asn.json': { services: [] },
    };
    const entities = [{ roles: ['abuse'], vcardArray: ['vcard', [['email', {}, 'text', 'abuse@hosting.example']]] }];
    const network = {
      objectClassName: 'ip network',
      startAddress: '203.0.113.0',
      endAddress: '203.0.113.255',
      entities,
    };
    response.end(JSON.stringify(pages[request.url ?? ''] ?? network));
  });
  let base = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => void server.close());

  test('letters name the desk, or why there is none', async () => {
    const folder = at('rdap');
    expect((await abuse(folder, '--rdap', '--rdap-bootstrap', base)).code).toBe(0);
    expect(readFileSync(`${folder}/net-203.0.113.0-24.txt`, 'utf8')).toMatch(/^To: abuse@hosting\.example\n/);
    expect(readFileSync(`${folder}/net-198.51.100.0-24.txt`, 'utf8')).toMatch(
      /^To: \[unknown: no registry answers for it\]\n/,
    );
  });

  test('no registry: a clear word, and all drafts', async () => {
    const folder = at('no-registry');
    const { code, stderr } = await abuse(folder, '--rdap', '--rdap-bootstrap', 'http://127.0.0.1:9/');
    expect(code).toBe(0);
    expect(stderr).toContain(
      'spoor: nobody can be looked up (127.0.0.1:9: it refuses connections): the drafts name no mail addresses\n',
    );
    expect(readdirSync(folder)).toHaveLength(3);
  });
});

test('the guide names every option', () => {
  const guide = readFileSync(`${ROOT}/docs/guides/abuse-reports.md`, 'utf8');
  for (const option of ['--abuse', '--reporter', '--reporter-org', '--rdap', '--rdap-bootstrap'])
    expect(guide).toContain(option);
});
