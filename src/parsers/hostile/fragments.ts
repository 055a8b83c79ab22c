import { NO_SEARCH } from './boxes.ts';
import { fieldBegins, inField, SEPARATORS } from './outside-search.ts';
import {
  AT,
  BACKSLASH,
  BRACE,
  BRACKET,
  BREAK,
  COLON,
  DOLLAR,
  DOT,
  EQUALS,
  family,
  HEADERS,
  MINUS,
  PAREN,
  QUOTE,
  type Rule,
  re,
  SLASH,
  SPACE,
  STAR,
  VALUE_END,
} from './rule.ts';
import { COMMON, END, PATH, PLAIN, PREFIXES } from './shell.ts';

// Pieces that stand where a statement or a command goes on: the value of a parameter begins with what can only follow
// something, or consists of what nobody would call a value. Search boxes and texts of people are left alone.

const NUMBER = String.raw`-?\d{1,12}['")\x60]{0,4}`;
const WINDOWS =
  'net (?:user|localgroup|group|view|share|use|start|stop)|reg (?:add|query|delete|save)|(?:del|copy|xcopy|start|type|ren|move|rd) (?:\\/\\w|\\S{1,60}[.\\\\:]|calc|notepad)|dir|sc|attrib|ver|cscript|wscript|powershell|cmd';

const sql = family(
  'sqli',
  'T1190',
  [
    [
      'operator between quotes',
      QUOTE,
      fieldBegins(
        String.raw`${SEPARATORS}(?:\d{1,9}(['"]) ?(?:[-+*/^&%=~!<>]{1,3}|\|\|) ?\1\d{0,9}|(['"])(?:[-+*^&%=]|\|\|)\2)${VALUE_END}`,
      ),
    ],
    ['quote and comparison', QUOTE, fieldBegins(String.raw`['"] ?(?:[<>!]?=|<[~@>]|<=>) ?(?:['"(@~\d]|\w{1,20}['"(])`)],
    [
      'comparisons behind a quote',
      QUOTE | EQUALS,
      fieldBegins(String.raw`\w{0,20}['"] ?(?:[!<>]?=|<>|[-<>]) ?['"]\w{0,20}['"] ?[-=<>]`),
    ],
    ['logic between quotes', QUOTE, inField(String.raw`['"] ?(?:x?or|and) ?['"]\w{0,20}['"] ?(?:=|<|>|like|-) ?['"]`)],
    [
      'number and condition',
      SPACE,
      fieldBegins(
        String.raw`${NUMBER} (?:(?:not )?between \d{1,9} and \d|(?:not )?in ?\( ?\d|(?:not )?like ['"(%]|is (?:not )?null\b|collate (?:\w{1,20}_\w|binary|nocase|rtrim|latin1|utf8)|(?:or|and|xor) [(!~+-]{0,3}\d{1,12} ?(?:[<>]|[-+*/%] ?\d{1,12}\)? ?[<>=]) ?\d)`,
      ),
    ],
    [
      'number, operator and number',
      BREAK,
      fieldBegins(String.raw`-?(\d{1,12})['")\x60]{0,3}(?:\|\||&&)['"(\x60]{0,2}\1['"]?${VALUE_END}`),
    ],
    ['number and backtick', QUOTE, fieldBegins(String.raw`\d{1,12}\x60 ?(?:or|and|xor|union|order) `)],
    [
      'number and quote in the path',
      QUOTE,
      // The slash must be the path's own: a feature of the text, "1/4'", is not.
      re(String.raw`^(?:\/[\w.-]{1,80}){1,8}(?<=\/-?\d{1,9})'[\/)]?${VALUE_END}`),
    ],
    [
      'keyword inside itself',
      SPACE,
      /\b(?:s(?:e(?:l(?:ec?)?)?)?select(?:t|ct|ect|lect|elect)|u(?:n(?:io?)?)?union(?:n|on|ion|nion)|an?and(?:d|nd)|o?or(?:r) \d)\b/,
    ],
    [
      'union with rows',
      SPACE,
      /\bunion (?:all |distinct )?(?:values ?(?:row ?)?\(|table \w{1,40} ?(?:--|#|;|limit|\uE000|$))/,
    ],
    ['escape braces of ODBC', BRACE, /\b(?:or|and|xor|select|from|where|when) ?\{ ?['"`]?\w{1,20}['"`]? ?[\d('"`@]/],
    [
      'result into a variable',
      AT | SPACE,
      inField(String.raw`(?:\uE001${NUMBER}|['")]|\bselect [^\uE000]{1,80}) into @\w`),
    ],
  ],
  { view: 'sql' },
);

const commands = family(
  'rce',
  'T1059.004',
  [
    [
      'separator first and a command',
      BREAK,
      fieldBegins(
        String.raw`[ '"]{0,3}(?:[;|&\n]{1,2}|\x60) ?[({]?${PREFIXES}${PATH}(?:${PLAIN}|${COMMON}|${WINDOWS})${END}`,
      ),
    ],
    [
      'semicolon first and a command',
      BREAK,
      re(
        String.raw`(?:${NO_SEARCH}[ '"]{0,3}(?:;|\n|&&|\|\|)|^\/[^\uE000;]{0,200}\/;) ?(?:${PREFIXES}${PATH}(?:${PLAIN}|${COMMON}|timeout|service)${END}|(?:\.|source) {1,3}[~/.])`,
      ),
    ],
    [
      'separator first in a header',
      BREAK,
      re(String.raw`^\uE001[ '"]{0,3}[;|&\n\x60]{1,2} ?${PATH}(?:${PLAIN}|${COMMON})${END}`),
      { where: HEADERS },
    ],
    [
      'substitution in a header',
      DOLLAR | PAREN,
      re(String.raw`\$\( ?${PATH}(?:${PLAIN}|id|ls|cat|ping|sleep|echo|sh|bash)[ )]`),
      { where: HEADERS },
    ],
    [
      'expansion inside a command',
      BREAK,
      /\uE001 ?[;|&\n]{1,2} ?[a-z/]{1,20}(?:\$[a-z_]\w{0,20}|\$\{[a-z_]\w{0,20}\}|``|`echo`|\$\([^)\uE000]{1,40}\))[a-z]/,
    ],
    [
      'expansion for a command',
      DOLLAR | BREAK,
      /[;|&\n] ?\$(?:\d|shell|bash|\{\w{1,20}\}|\w{1,2}\$\w{1,2})(?:[ ;|&]|\uE000|$)/,
    ],
    ['string of a shell', DOLLAR | QUOTE, /(?:\uE001|[;|&\n]) ?\$'[^'\uE000]{1,200}'/, { view: 'text' }],
    [
      'compound of a shell',
      BREAK | SPACE,
      /(?:\uE001|[;|&\n]) ?(?:case \S{1,40} in\b[^\uE000]{1,100};;? ?esac|if [^\uE000]{1,100}[;\n] ?then\b[^\uE000]{1,100}[;\n] ?fi|(?:for|while|until) [^\uE000]{1,100}[;\n] ?do\b[^\uE000]{1,100}[;\n] ?done)\b/,
    ],
    [
      'option that runs a command',
      MINUS,
      /(?:\uE001|[ ;])--?(?:o ?proxycommand|upload-pack|receive-pack|use-askpass|checkpoint-action|use-compress-program|rsync-path|to-command|open-files-in-pager|o ?localcommand)[= ]/,
    ],
    [
      'script host',
      SPACE,
      fieldBegins(String.raw`(?:cscript|wscript)(?:\.exe)? (?:\/{1,2}\w|[^\uE000]{1,100}\.(?:vbs|js|wsf))`),
    ],
  ],
  { view: 'shell' },
);

const code = family('rce', 'T1059', [
  [
    'PHP variable',
    DOLLAR,
    fieldBegins(
      String.raw`["'(@{;.]{0,4}\$(?:(?:globals|_(?:get|post|request|cookie|session|env|files)) ?[[{]|_server ?[[{] ?['"]?(?:argv|argc|auth_|content_|document_|gateway_|http_|https|orig_|path_|php_|query_|redirect_|remote_|request_|script_|server_|unique_))`,
    ),
  ],
  ['PHP variable of old', DOLLAR, inField(String.raw`\$http_(?:raw_post_data|(?:get|post|server|cookie|env)_vars)\b`)],
  [
    'PHP inclusion',
    QUOTE,
    inField(String.raw`\b(?:include|require)(?:_once)? ?\(?['"](?:https?:|ftp:|php:|data:|\/|\.)`),
  ],
  ['function from a list', BRACKET | PAREN, /\[[^[\]\uE000]{1,40}\]\[\d{1,3}\] ?\(/],
  [
    'sum in a template',
    BRACE,
    /[@*~]\{ ?['"]?\d{1,6}['"]? ?[-+*/%] ?['"]?\d{1,6}|\{\$smarty\.|\{smarty_\w{3,40}::|\{\{#with ['"][^}\uE000]{0,40} as \||\{\{ ?\.\w{1,30} ["'`]/,
  ],
  [
    'sum as a value',
    STAR,
    re(String.raw`${NO_SEARCH}(?:\{ ?\d{1,6} ?\* ?\d{1,6} ?\}|\[\[ ?\d{1,6} ?\* ?\d{1,6} ?\]\])${VALUE_END}`),
  ],
  ['sum of Razor', AT | PAREN, re(String.raw`${NO_SEARCH}@\( ?\d{1,6} ?[-+*/] ?\d{1,6} ?\)`)],
]);

const scripts = family('xss', 'T1190', [
  [
    'dialogue function handed on',
    PAREN,
    /\.\w{3,10} ?\( ?(?:alert|prompt|confirm|eval) ?\)|\( ?(?:alert|prompt|confirm|eval) ?\) ?\(|=(?:alert|prompt|confirm|eval) ?[,;] ?\w{1,10} ?[(`]/,
  ],
  [
    'place of the page',
    DOT,
    inField(
      String.raw`\b(?:(?:top|self|parent|opener)\.location ?=(?!=)|location\.(?:(?:href|hash|search|pathname) ?=(?!=)|(?:replace|assign) ?\()|(?:local|session)storage(?:\.(?:get|set)item ?\(|\[))`,
    ),
  ],
  ['handler in braces', BRACE, /\{ ?on(?:error|load|unload|hashchange|message|focus|unhandledrejection) ?=/],
]);

const files = family('traversal', 'T1190', [
  [
    'Windows folder',
    COLON,
    re(
      String.raw`${NO_SEARCH}(?:file:\/{0,3})?[a-z]:[\/\\]{1,4}(?:windows|winnt)[\/\\][^\s\uE000]{0,200}[\/\\.][^\s\uE000]{1,80}${VALUE_END}`,
    ),
  ],
  [
    'path parameter with an ending',
    BREAK,
    re(String.raw`${NO_SEARCH}\/[^\s\uE000]{1,200};\.(?:jsp|js|css|png|ico)${VALUE_END}`),
  ],
  [
    'repository as a value',
    SLASH,
    re(
      String.raw`${NO_SEARCH}(?:[/\\.]{0,3}|[^\s\uE000]{1,200}[/\\])\.(?:git|svn|hg|bzr)[/\\](?:config|head|index|entries|logs|wc\.db|hgrc|refs|objects)(?:[/\\]|${VALUE_END})`,
    ),
  ],
  ['page of a Cisco portal', SLASH, /\uE001[./]{0,20}\+cscoe\+\/\w{1,40}\.\w{2,4}/],
]);

const inclusion = family('rfi', 'T1190', [
  [
    'host without a scheme and a question mark',
    SLASH | STAR,
    fieldBegins(String.raw`\/\/[\w.-]{1,100}\.[\w-]{1,63}\/[^\s?\uE000]{1,200}\.\w{2,5}\?{1,3}${VALUE_END}`),
  ],
  [
    'share of an address',
    BACKSLASH,
    re(
      String.raw`${NO_SEARCH}\\\\(?:\d{1,3}(?:\.\d{1,3}){3}\\|[\w.-]{1,100}@(?:ssl|\d{1,5})\\|[\w.:-]{1,100}\\(?:[a-z]|admin|ipc)\$)`,
    ),
  ],
  [
    'URL for a folder of the program',
    COLON,
    /(?:\[\w{0,30}(?:path|root|dir)\w{0,10}\]|\w(?:_path|_root|_dir|_root_path)|absolute_?path)\uE001(?:https?|ftps?):\/\/[^\s\uE000]{1,400}\.(?:txt|php\d?|inc|dat)\?{0,3}(?:\uE000|$)|(?:include_once|include_path|includedir|docroot|document_root)\uE001(?:https?|ftps?):\/\//,
  ],
]);

const headers = [
  ...family('mail-injection', 'T1190', [
    [
      'line break and header of a mail',
      BREAK | COLON,
      inField(String.raw`\n ?(?:bcc|subject|reply-to|mime-version|x-mailer) ?: ?\S`),
    ],
  ]),
  ...family('header-injection', 'T1190', [
    [
      'line break written out and header',
      BACKSLASH | COLON,
      /\\[rn](?:\\n)? ?(?:set-cookie|location|content-(?:type|length)|x-[a-z-]{3,30}) ?: ?\S/,
    ],
  ]),
];

/** Rules over what can only follow something else. */
export const fragments: readonly Rule[] = [
  ...sql,
  ...commands,
  ...code,
  ...scripts,
  ...files,
  ...inclusion,
  ...headers,
];
