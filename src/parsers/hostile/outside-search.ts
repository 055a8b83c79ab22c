import { NO_SCRIPT, SEARCHES } from './boxes.ts';
import {
  ANGLE,
  BACKSLASH,
  BRACKET,
  BREAK,
  COLON,
  DOT,
  family,
  PAREN,
  QUOTE,
  type Rule,
  SPACE,
  VALUE_END,
  WORD,
} from './rule.ts';

// What is telling in a parameter, but for the boxes where people write what they like: a search for "waitfor delay",
// "<img>" or "file_get_contents" is a search. The names of such boxes stand here.

const BOXES = `${SEARCHES}|txt|k|kw|title|body|message|msg|comment|content|description|desc|note|notes|subject|highlight|name|n|dt|t|e|utm_[a-z]{1,10}|filter[^\\uE000\\uE001]{0,20}|expr|expression|formula|snippet|question|address|street|city|phrase|label|tags?|gift_message|prompt|input|sentence|str|string|word|words|sql_help|where|jql|data|json|html|d|dl|dr|el|ea|err|error|exception|exd|trace|stack|stacktrace|details|reason|querystring|searchstring|sysparm_query|sql|sql_query|tq|fetchxml|\\$[a-z]{2,10}|[\\w.]{0,20}(?:group|artifact)id|state|variables|url|redirect_uri|next|r|ref|path|phone|range|sig|email|version`;
const VALUE_OF_A_FIELD = `\\uE001(?<!\\uE000(?:${BOXES})\\uE001)`;
/** At the beginning of such a value. */
export const fieldBegins = (source: string) => new RegExp(VALUE_OF_A_FIELD + source);
/** Behind a number that is compared, or that ends: not "16\" or 18\"", nor "'or 1st". */
const AFTER_NUMBER = String.raw`(?= ?(?:[=<>!~*/%+|&^)#;,-]|(?:like|in|between|is|rlike|regexp|or|and|xor|union|limit|order|group|having)\b|${VALUE_END})|e\d|x[\da-f])`;
/** Not for parameters that say which sign parts the columns of a file. */
export const SEPARATORS = String.raw`(?<!\uE000\w{0,20}(?:sep|separator|delim|delimiter|format|glue|quote|enclosure|char|symbol)\uE001)`;
/** Anywhere in such a value: what tells comes first, so that the look behind is seldom. */
export const inField = (source: string) => new RegExp(`${source}(?<=${VALUE_OF_A_FIELD}[^\\uE000]{0,300})`);

const sql = family('sqli', 'T1190', [
  [
    'function as a value',
    PAREN,
    fieldBegins(
      String.raw`-?\d{0,10}['")]{0,2}[ ,+]?(?:char|chr|concat|concat_ws|substring|substr|mid|ascii|hex|unhex|ord|elt|instr|locate|strcmp|exists|ifnull|nullif|cast|convert|find_in_set|lpad|rpad|make_set|field|version|database|user|schema|current_user|rand|md5|sha1|conv|bin|oct|quote|soundex|space|to_char|to_number|utl_\w{2,10}|xmltype) ?\([^\uE000]{0,200}\)`,
    ),
  ],
  [
    'nothing but quotes',
    QUOTE,
    fieldBegins(String.raw`${SEPARATORS}['"\x60\\]{1,4}[)\s;+|'"\x60,.-]{0,10}${VALUE_END}`),
  ],
  ['number and quote', QUOTE, fieldBegins(String.raw`-?\d{1,12}(?:'|''|\\'|'\)|'"|"'|['"]\){1,3})${VALUE_END}`)],
  [
    'number compared behind a quote',
    QUOTE,
    inField(String.raw`(?:\d['"] ?=+ ?['"]{0,2}\d|['"]\w{1,20}['"] ?=+ ?['"]\w{1,20})`),
  ],
  ['select', SPACE, inField(String.raw`\bselect [\w*@'"(),. ]{1,80} from \w`)],
  ['subselect', PAREN | SPACE, inField(String.raw`\( ?select \w{1,40} ?\)`)],
  ['delay', QUOTE | SPACE, /\bwaitfor (?:delay|time) ['"(@]/],
  [
    'change of a table',
    SPACE,
    inField(
      String.raw`\b(?:drop|alter|truncate) (?:table|database|user|view|index|procedure|function|schema|login) \w`,
    ),
  ],
  [
    'operator',
    SPACE,
    fieldBegins(
      String.raw`(?:(?:is (?:not )?null|null(?:, ?null){1,40})|\w{1,12} (?:rlike|regexp|sounds like|xor|div) \w|(?:true|false|1|0) (?:or|and|xor) (?:true|false|not|1|0)\b(?!\/\d)|not in ?\(|(?:<>|!=|<=>) ?['"\d])`,
    ),
  ],
  ['comment alone', WORD, fieldBegins(String.raw`(?:-- ?-?|/\*|#)${VALUE_END}`)],
  ['exponent and keyword', WORD, fieldBegins(String.raw`\d{1,10}(?:e\d|\.)(?:union|or|and|from)\b`)],
  [
    'logic behind a quote',
    QUOTE | SPACE,
    fieldBegins(
      String.raw`[^\uE000'"\x60]{0,60}['"\x60] ?(?:and|or|xor|&&|\|\|) ?\(?(?:\d{1,20}${AFTER_NUMBER}|true|false|not|null|exists|select|\()`,
    ),
  ],
]);

const commands = family('rce', 'T1059', [
  [
    'command alone',
    WORD,
    fieldBegins(
      String.raw`(?:whoami|ipconfig|ifconfig|systeminfo|tasklist|uname|netstat|printenv|net user|phpinfo|ver)(?: -\w{1,4}| /\w{1,4})?${VALUE_END}`,
    ),
  ],
  [
    'command for a command parameter',
    WORD,
    /\uE000(?<!^\/microsoft-server-activesync[^\uE001]{0,40}(?:\uE001[^\uE001]{0,80}){0,8})(?:cmd|exec|command|execute|shell|run|syscmd|system|cli|ping|host_cmd|do_cmd|daemon|process_cmd)\uE001(?:ls|dir|id|cat|ps|pwd|env|set|w|who|date|uname|hostname|echo|wget|curl|ping|rm|type|net|ver|test|touch|sleep|cd|nc)(?:[\s;|&]|\uE000|$)/,
  ],
  [
    'command with its arguments',
    SPACE,
    fieldBegins(
      String.raw`(?:ps (?:-\w|aux|ax)|kill -\d|ping (?:-\w|\d{1,3}\.\d)|net (?:user|localgroup|view|share)|nslookup \S|dig @?\S{1,60}\.\S|(?:time|nice(?: -n \d{1,2})?|nohup|exec|env|sudo|xargs) (?:cat|ls|sh|id|ps|echo|nc|rm|bash|wget|curl)\b|echo [^\uE000]{1,80}[>|] ?[\w/])`,
    ),
  ],
  ['write to a system folder', ANGLE, />{1,2} ?\/(?:tmp|var|etc|dev(?!\/null)|root|home|usr|opt)\//],
  ['arithmetic of a shell', BRACKET, /\$\[\d/],
  [
    'PowerShell command',
    WORD,
    fieldBegins(
      String.raw`(?:get|set|new|remove|start|stop|restart|write|test|copy|out|select|add|clear|convertfrom|enable|disable|export|import)-(?:process|service|host|item|command|output|error|sleep|computer|path|eventlog|location|alias|string|variable|history|help|module|job|date|random|acl|hotfix|wmiobject|member|type|content|csv|object)\b`,
    ),
  ],
  ['exit', BREAK, /[;|&] ?(?:exit|logout|quit)(?:\s?\d{0,3})(?:\uE000|$)/],
  [
    'PHP function',
    WORD,
    fieldBegins(
      String.raw`(?:base64_(?:de|en)code|file_(?:get|put)_contents|shell_exec|proc_open|pcntl_exec|call_user_func(?:_array)?|create_function|move_uploaded_file|fsockopen|gzinflate|gzuncompress|str_rot13|php_uname|posix_\w{4,20}|set_include_path|curl_exec|phpversion|show_source|highlight_file|unserialize|var_dump|passthru|pfsockopen|proc_\w{3,12}|ini_set|array_map|bzdecompress|convert_uudecode|readgzfile|simplexml_load_\w{4,6}|socket_connect)(?:\uE000|$|\(|;)`,
    ),
  ],
  [
    'PHP call',
    PAREN,
    inField(
      String.raw`(?<![\w.$>-]|\bat )(?:system|shell_exec|passthru|popen|proc_open|pcntl_exec|assert|exec|eval|strrev|bin2hex|hex2bin|opcache_\w{3,20}) ?\( ?(?:[^)\s\uE000]|\))`,
    ),
  ],
  [
    'Java class',
    DOT,
    inField(
      String.raw`\b(?:java\.(?:io|lang|util|net|beans|nio)\.(?![\w.]{1,60}(?:exception|error)\b)\w|javax\.\w|com\.sun\.\w|org\.apache\.\w|sun\.(?:misc|reflect)|ognl\.\w|org\.omg|groovy\.)`,
    ),
  ],
  [
    'object of a script',
    WORD,
    inField(
      String.raw`(?:(?<!\bat )\bprocess\.\w|\bobject\.prototype|\bconstructor\]?\[|\bglobal\.\w|\bthis\.process|\bmodule\.exports|\brequire\.main|\bysoserial\b|\bgetruntime\b|\.prototype\.\w{1,40} ?[^\s\w,|\uE000])`,
    ),
  ],
]);

const markup = family('xss', 'T1190', [
  [
    'markup',
    ANGLE,
    inField(
      // "h2<h1" and "a<b" compare.
      String.raw`</?(?:img|body|input|video|audio|textarea|button|style|div|table|td|html|title|select|option|font|center|details|map|area|br|hr|h1|span|ul|li|source|track|image|script|a|b|plaintext|xmp|bleh|x)(?:[/>]|(?<!\w</?\w{1,2})(?:\s|${VALUE_END}))`,
    ),
  ],
  // A tag that the value itself has opened is a document's.
  ['closed tag and another', ANGLE | QUOTE, /\uE001[^<\uE000]{0,400}["'] ?\/?> ?</],
  [
    'attribute behind a quote',
    QUOTE,
    fieldBegins(
      String.raw`[^\uE000<>]{0,60}["'] ?(?:style|src|href|action|background|poster|data|id|class|type|autofocus|accesskey|tabindex)\w{0,10} ?=`,
    ),
  ],
  [
    'call by a template',
    QUOTE,
    /\.(?:call|apply|sort|map|find|filter|some|every|foreach|reduce)(?:\.(?:call|apply))? ?`|\b(?:alert|eval|prompt|confirm|settimeout|function|fetch)`/,
  ],
  ['character codes', WORD, inField(String.raw`\bfromcharcode\b`)],
  ['quarter signs for brackets', WORD, /\u00bc ?\/?script/],
  ['script URL', COLON, fieldBegins(String.raw`(?:java|vb|live)script:(?!${NO_SCRIPT})[^\s\uE000]`)],
  ['import of a style', WORD, inField(String.raw`@import\b`)],
]);

const paths = family('traversal', 'T1190', [['backslashes that climb', BACKSLASH | DOT, /\.\.\\|\\\.\./]]);

/** Rules over parameters that are no search box. */
export const outsideSearch: readonly Rule[] = [...sql, ...commands, ...markup, ...paths];
