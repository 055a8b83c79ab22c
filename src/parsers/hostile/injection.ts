import { notQueried } from './boxes.ts';
import {
  AGENT,
  ANGLE,
  ANYWHERE,
  BANG,
  BREAK,
  COLON,
  CONTROL,
  EQUALS,
  family,
  PAREN,
  QUOTE,
  type Rule,
  re,
  SLASH,
  SPACE,
  STAR,
  WORD,
} from './rule.ts';

// The smaller injections: LDAP, XPath, XML entities, mail commands, header lines, cookies.

const HEADER =
  'content-(?:type|length|disposition|security-policy|encoding)|set-cookie2?|transfer-encoding|x-forwarded-(?:for|host)|remote-(?:addr|ip|user)|x-xss-protection|access-control-allow-origin|x-\\w{2,30}';
/** Headers whose names people begin lines with, "Location: Berlin", and what stands in the header. */
const PLAIN_HEADER = String.raw`(?:location[\s\W]{0,6}: {0,8}(?:https?:|\/)|link ?: ?<|status ?: ?\d|refresh ?: ?(?:\d|https?:|www\.)|host ?: ?[\w-]{1,60}\.\w|cookie ?: ?\w{1,60}=|server ?: ?\w{1,40}\/|connection ?: ?(?:close|keep|upgrade))`;

// "%020" is a blank that someone wrote badly: U+0002 and a nought
const UNPRINTABLE = re(String.raw`[\u0000\u0001\u0003-\u0008\u000e-\u001f\u007f]|\u0002(?!0)`);

export const injection: readonly Rule[] = [
  ...family('ldap', 'T1190', [
    [
      'filter',
      PAREN,
      /\) ?\( ?[|&!]? ?\(?[\w.;:-]{1,40} ?[~<>]?= ?(?<!\uE000(?:ldap_?)?(?:search_?)?filter\uE001\([^\uE000]{0,400})|\)\) ?\([|&!] ?\(|\) ?\( ?[|&!](?: ?[(\uE000)]| ?$)/,
    ],
    [
      'broken filter',
      PAREN | BREAK,
      /\uE001[^\uE000]{0,60}\) ?[|&] ?\(?(?:cn|uid|mail|sn|objectclass|ou|dc|givenname|samaccountname|userpassword|password|uidnumber|memberof)(?:;[\w-]{1,20})?[~<>]?=|\uE001[^\uE000]{0,60}\*\) ?\(|\) ?\( ?[|&] ?(?:\uE000|$|\()|\uE001\w{1,40} ?\( ?[|&] ?(?:\uE000|$)/,
    ],
    // RFC 4515 §3, an extensible match by a rule's number: no form of one's own writes it.
    ['matching rule', COLON, /\w{1,40}(?::dn)?:\d{1,3}(?:\.\d{1,10}){3,20}:=/],
    ['wildcard and filter', PAREN | STAR, /\uE001\*\)|\*\)\(\w|\(objectclass=\*\)|\uE001\*\(\|\(/],
  ]),
  ...family('xpath', 'T1190', [
    [
      'function',
      PAREN,
      re(
        String.raw`\b(?:string-length|count|name|substring|position|doc|concat) ?\( ?(?:\/{1,2}[\w*@:]|\.\.?\/|\/\*)|\b(?:or|and) (?:${notQueried('count')}|string-length|position|name) ?\(`,
      ),
    ],
    [
      'axis',
      COLON,
      /(?:^|[/\s(\uE001'"])(?:ancestor|ancestor-or-self|child|descendant(?:-or-self)?|following(?:-sibling)?|parent|preceding(?:-sibling)?|self)::(?:\*|node|text|\w)/,
    ],
    ['path behind a quote', QUOTE, /(?:^|\uE001)[^[\uE000]{0,400}['"] ?\] ?(?:\||\/\/|\/)[^\uE000]{0,40}(?:\[|\*|\/)/],
  ]),
  ...family(
    'xxe',
    'T1190',
    [
      ['entity', BANG, /<?!(?:entity|element|attlist) {1,3}(?:% )?\w{0,40} ?(?:system|public|['"%])?/],
      ['document type', ANGLE, /<!doctype [^>\uE000]{0,200}(?:\[|system|public ['"])/],
      ['inclusion', ANGLE, /<xi:include\b|<xsl:(?:include|import|value-of|template|variable)\b/],
      [
        'SOAP or XML-RPC with an entity',
        ANGLE,
        /&(?!(?:amp|[lg]t|quot|apos|nbsp|shy|copy|reg|trade|hellip|[mn]dash|[lr][sd]?aquo|[lr][sd]quo|[bs]dquo|euro|pound|yen|cent|sect|deg|middot|bull|times|[a-z](?:uml|acute|grave|circ|tilde|cedil|ring|lig|slash));)\w{1,20};[^\uE000]{0,40}<\/|<\?xml [^>\uE000]{0,120}\?>[^\uE000]{0,40}<!/,
      ],
    ],
    { where: ANYWHERE },
  ),
  ...family('header-injection', 'T1190', [
    [
      'line break and header',
      BREAK | COLON,
      re(String.raw`[\r\n][\s\W]{0,4}(?:(?:${HEADER})[\s\W]{0,6}:[ \t]{0,8}[^\s\uE000]|${PLAIN_HEADER})`),
    ],
    [
      'line break and response',
      BREAK,
      /[\r\n]\s{0,4}(?:http\/[\d.]{1,3}(?: |\d)|(?:get|post|head|put|delete) \/\S{0,200} http)|[\r\n][^\uE000]{0,20}content-(?:length|type):/,
    ],
    [
      'line break by its low byte and header',
      COLON,
      re(String.raw`[\u560a\u560d](?:${HEADER}|location|refresh|link) ?:`),
    ],
    ['request line and header', BREAK | SLASH, /\bhttp\/[\d.]{1,3} {0,2}\n\s?[\w-]{1,40} ?:/],
    ['line break in a name', BREAK, /\uE000[^\uE001\uE000]{0,200}[\r\n]/],
    ['line break in the path', BREAK, /^[^\uE000\r\n]{0,4000}[\r\n]/],
    [
      'request in a request',
      SPACE,
      /(?:get|post|head|options|connect|put|delete|trace|track|patch|propfind) [^\s\uE000]{1,400} http\/\d/,
    ],
  ]),
  ...family('mail-injection', 'T1190', [
    [
      'SMTP',
      BREAK,
      /[\r\n]\s{0,3}(?:(?:mail from|rcpt to) ?: ?|(?:ehlo|helo) [\w.[:-]{1,100}|expn \w|vrfy \w|etrn \w|(?:data|quit|rset|noop|turn|starttls)(?:\s|\uE000|$|[\r\n])|(?:bcc|cc|to|from|subject) ?: ?\S{1,100}@)/,
    ],
    [
      'IMAP',
      BREAK | SPACE,
      /[\r\n]\s{0,3}[\w-]{1,12} (?:append|authenticate|login|create|delete|examine|fetch|list|lsub|rename|search|select|starttls|status|store|uid|capability|logout|check|close|expunge|copy|subscribe|unsubscribe)\b/,
    ],
    [
      'POP3',
      BREAK,
      /[\r\n]\s{0,3}(?:(?:user|pass|apop|retr|dele|top|uidl|list) \S{1,100}|auth (?:plain|login|ntlm|cram)|stat(?:\s|\uE000|$)|capa(?:\s|\uE000|$))/,
    ],
  ]),
  ...family('session', 'T1190', [
    [
      'cookie by markup',
      EQUALS,
      /\.cookie\b ?[^\uE000]{0,120}(?:expires|domain|path) ?=|\bhttp-equiv\b[^\uE000]{0,80}set-cookie/,
    ],
    ['cookie by script', BREAK * 0, /document\.cookie ?= ?['"`]/],
  ]),
  ...family('exploit', 'T1190', [
    // The same address serves what Telerik's own pages load; its upload handler is what CVE-2017-11317 is about.
    ['Telerik', WORD, /\/telerik\.web\.ui\.webresource\.axd\uE000(?:[^\uE000]{0,2000}\uE000){0,20}type\uE001rau/],
  ]),
  ...family('protocol', 'T1190', [
    ['control character', CONTROL, UNPRINTABLE],
    ['response splitting', BREAK, /[\r\n]{2,8}[^\uE000]{0,20}<(?:html|script|body|h1)/],
    ['argument for an interpreter', WORD, /\.(?:php\d?|cgi)\uE000-[bcdehilmnrsvwz](?:\s|\uE000|$)/],
  ]),
  ...family('protocol', 'T1190', [['old cookie attributes', QUOTE * 0, /\$version ?=/]], { where: AGENT }),
];
