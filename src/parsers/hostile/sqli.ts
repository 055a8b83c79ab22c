import { NO_SEARCH, notExplained, notQueried, notSearched } from './boxes.ts';
import {
  ANYWHERE,
  AT,
  BRACE,
  BREAK,
  COLON,
  EQUALS,
  family,
  MINUS,
  PAREN,
  QUOTE,
  type Rule,
  re,
  SPACE,
  STAR,
  VALUE_END,
  WORD,
} from './rule.ts';

// SQL and NoSQL injection. What gives it away is SQL's grammar where a value should be, not SQL's words: people search for
// "select", "union station" and O'Brien.

const COMPARED = String.raw`(?:=|<=>|<|>|!=|\b(?:like|rlike|glob|regexp|between|is|div|sounds like)\b)`;
const LOGIC = String.raw`(?:\b(?:or|and|xor|having|where|when|not)\b|\|\||&&|\^)`;

const STRONG_FUNCTIONS =
  'sleep|benchmark|pg_sleep|dbms_pipe\\.receive_message|dbms_lock\\.sleep|randomblob|extractvalue|updatexml|load_file|group_concat|string_agg|utl_http\\.request|utl_inaddr\\.get_host_address|ctxsys\\.drithsx\\.sn|exp\\(~|elt|make_set|name_const|row_count|json_(?:search|array|extract|keys|build_object)|jsonb_\\w{2,30}|starts_with|unistr|lo_(?:get|import|export|from_bytea)|xmltype|dbms_\\w{2,30}\\.\\w{2,30}|sqlite_version|pg_(?:read_file|ls_dir|client_encoding)|current_setting|database_to_xml|query_to_xml|to_(?:timestamp_tz|nchar)|bit_and|bit_or|unhex';
/** What other query languages, spreadsheets and formulas have as well. */
const COMMON_FUNCTIONS =
  'nullif|ifnull|cast|convert|char|chr|ascii|hex|ord|mid|substr|substring|concat|concat_ws|md5|sha1|count|length';

export const sqli: readonly Rule[] = family(
  'sqli',
  'T1190',
  [
    [
      'union select',
      SPACE,
      /\bunion(?<!\uE000(?:sql|sql_query)\uE001[^\uE000]{0,300}union)(?: |\()[ (]*(?:all |distinct |distinctrow )?[ (]*select\b[ (]*(?:[-+~!]?\d{1,12} ?(?:[,)#;|+]|--|\uE000|$|from\b|union\b)|['"][^'"\uE000]{0,60}['"] ?(?:,|from\b|\)|--|#|\uE000|$)|@|\*|`|null\b|char\b|concat|0x|[\w.$]{1,40} ?(?:,|\(|from\b)|all\b|distinct\b)/,
    ],
    [
      'tautology',
      EQUALS,
      re(String.raw`${LOGIC}[ (!~+'"-]{1,8}([\w.]{1,20})['" )]{0,4}(?:=|<=>|like|glob|rlike|is) ?['"(]{0,3}\1\b`),
    ],
    [
      'comparison of numbers',
      SPACE,
      re(
        String.raw`(?:[\uE001'")\d%;] ?|\b)(?:or|and|xor|having|where)[ (!~+'"-]{1,6}\d{1,12}['" )]{0,3}(?:=|<=>|!=|<>|like\b|between\b) ?[\d'"(]`,
      ),
    ],
    [
      'logic after a quote',
      QUOTE | SPACE,
      re(
        String.raw`(?:\uE001|^|\/(?<=^[^\uE000]{0,2000}))[^\uE000'"\x60/]{0,200}['"\x60][ )]{0,6}(?:or|and|xor|\|\||&&|not|having)[ (!~]{1,4}(?:(?:['"]?[\w.$@%~]{1,40}['"]?|['"]{2})[ ,()]{0,4}${COMPARED}|\w{1,40} ?[!-]|(?:\d\w{0,20}|[a-z]|true|false|null) ?(?:\uE000|$))`,
      ),
    ],
    [
      'logic at the beginning',
      SPACE,
      /\uE001 ?(?:x?or|and) (?:\d{2,}|['"][^'"\uE000]{0,40}['"]|\d{1,12}) ?(?:[<>=!-]|\uE000|$)/,
    ],
    [
      'closed quote and comment',
      QUOTE,
      /(?:\uE001|^)[^\uE000'"`]{0,80}['"`][ )]{0,6}(?:;? ?--(?:[ +-]|\uE000|$)|;? ?#(?:\uE000|$)|\/\*)/,
    ],
    [
      'number, quote and more',
      QUOTE,
      /(?:id|uid|pid|cat|page|item|article|num|no|nr)\uE001-?\d{1,12}(?:'|%27|")+(?:\uE000|$| |\)|-|%)/,
    ],
    [
      'quote and statement end',
      QUOTE | BREAK,
      re(
        String.raw`\uE001[^\uE000'"]{0,40}['"] ?; ?(?:#|--|(?:print|select|drop|exec|declare|shutdown|waitfor|insert|update|delete)\b)|${NO_SEARCH}[^\uE000'"]{0,40}['"] ?; ?(?:\uE000|$|['"])`,
      ),
    ],
    ['empty strings side by side', QUOTE, /\uE001\d{0,10}['"] ['"] \d/],
    [
      'quote and operator',
      QUOTE,
      /\uE001[^\uE000'"]{0,60}['"] ?(?:glob |regexp |rlike |sounds like |like ['"(%]|between |is (?:not )?null|procedure analyse|order by \d|group by |limit \d|into (?:out|dump)file|\|\||&&|\+['"(]|collate )/,
    ],
    [
      'timing',
      PAREN,
      re(
        String.raw`(?<![\w.])(?:${notExplained('sleep', true)}|pg_sleep) ?\( ?['"(]?(?:\d|-|['"]|\w{1,20} ?\()|(?<![\w.])${notExplained('benchmark', true)} ?\( ?[^\s,\uE000]{1,80} ?,|\bwaitfor (?:delay|time) ['"(]|(?<![\w.])sleep ?\( ?\(`,
      ),
    ],
    [
      'database function',
      PAREN,
      // A path's slash divides nothing, and "count(*)" behind a comma is a column that somebody asks for.
      re(
        String.raw`(?:\b(?:and|or|xor|select|by|if|where|div|when|from|values)\b[ (!~'"=-]{1,6}|[|&=,(+*^<>] ?|(?<=\uE001[^\uE000]{0,300})\/ ?)(?:${STRONG_FUNCTIONS}|${notQueried(COMMON_FUNCTIONS)}) ?\((?! ?\)|(?<=, ?count ?\()\* ?\))`,
      ),
    ],
    [
      'telling function',
      PAREN,
      /(?<![\w.$])(?:extractvalue|updatexml|load_file|group_concat|pg_sleep|lo_(?:get|import|export|from_bytea)|starts_with|unistr|jsonb?_(?:pretty|search|array|extract|build_object|object_agg|typeof|array_elements|to_record)|xp_\w{3,30}|sp_(?:password|executesql|oacreate|makewebtask)|dbms_\w{3,30}\.\w{2,30}|utl_(?:http|inaddr|file)\.\w{3,30}|current_setting|pg_read_file|pg_ls_dir|query_to_xml|database_to_xml|load_extension|randomblob|zeroblob|sys_context|rawtohex|hextoraw|quote_literal|string_to_array|row_to_json|to_tsvector|ts_rank|div(?= ?\( ?[\d-])) ?\( ?[^)\s]/,
    ],
    [
      'function of the server',
      PAREN,
      /(?:\uE001|[=,(|+ ])(?:version|user|database|schema|current_user|session_user|system_user|current_database|last_insert_id|connection_id)\( ?\)(?: ?(?:[=,)|+-]|\uE000|$|from\b|and\b|or\b))/,
    ],
    [
      'select from',
      SPACE,
      re(
        String.raw`(?<!\w)${notQueried('select')} (?:all |distinct |top \d{1,6} )?(?:\*|@@?\w{1,40}|[\w.$()*'"\x60@]{1,80}(?: ?, ?[\w.$()*'"\x60@]{1,80}){1,20}|\w{1,20} ?\([^)]{0,80}\)) ?(?:from\b|into\b|;|--|\uE000|$)`,
      ),
    ],
    [
      'select from a catalogue',
      SPACE,
      /\bfrom [`"[(]{0,3}(?:information_schema|mysql\.|pg_catalog|pg_shadow|pg_user|sqlite_(?:master|schema)|sys(?:objects|columns|databases|tables|users|\.)|master\.\.|msysaccessobjects|msysaces|all_tables|user_tables|dba_\w{2,20}|dual\b)/,
    ],
    [
      'select with conditions',
      SPACE,
      re(
        String.raw`\b${notQueried('select')} [^\uE000]{1,120} from [^\uE000]{1,120} ?(?:where [\w.\x60"']{1,40} ?(?:=|<|>|like\b|in ?\()|group by [^\uE000]{0,80}having|having [^\uE000]{1,60}[<>=]|limit \d|order by \d|union\b|; ?(?:\uE000|$|--|#)|--)`,
      ),
    ],
    ['subselect', PAREN | SPACE, /\( ?select (?:\*|[\w.$@`'"*(]{1,80})[ ,(]/],
    [
      'select alone',
      SPACE,
      /(?:\uE001|['"); ])(?<!\uE000(?:sql|sql_query)\uE001[^\uE000]{0,300})select[ (]{1,3}(?:sleep|benchmark|pg_sleep|char|concat|version|user|database|load_file|@@|\d{1,10} ?(?:,|\uE000|$|--|;|from dual)|if ?\(|case when|null\b|0x)/,
    ],
    [
      'stacked statement',
      BREAK | SPACE,
      /; ?(?:select [^\uE000]{1,80}(?:from|\()|insert into [\w.`"'[]|update [\w.`"'[\]]{1,60} set |delete from [\w.`"'[]|drop (?:table|database|schema|view|user|index|function|procedure) |create (?:table|user|database|function|procedure|or replace) |alter (?:table|user|database|login) |truncate table |exec(?:ute)? ?(?:master|sp_|xp_|\(|immediate|@|'|")|declare @|shutdown\b|grant \w+ |waitfor |copy (?:\w{1,40}|\([^\uE000]{1,200}\)) (?:from|to) |load data |handler \w+ open|rename table )/,
    ],
    [
      'statement',
      SPACE,
      re(
        String.raw`(?:${NO_SEARCH}|['")]) ?(?:insert into [\w.\x60"'[\]]{1,60} ?(?:\(|values|select)|update [\w.\x60"'[\]]{1,60} set [\w.\x60"'[\]]{1,60} ?=|delete from [\w.\x60"'[\]]{1,60}(?: where|;|\uE000|$|--)|drop (?:table|database) (?:if exists )?(?:[\w.\x60"'[\]]{1,60} ?(?:;|--|#)|(?:users?|accounts?|members?|admins?|customers?|orders?|products?|posts?|logs?|test|\w{0,30}_\w{1,30})(?:\uE000|$))|alter table [\w.\x60"'[\]]{1,60} |create table [\w.\x60"'[\]]{1,60} ?\(|execute immediate ["'(]|exec(?:ute)? (?:master|sp_|xp_)|truncate table |merge into [\w.]{1,60} using )`,
      ),
    ],
    [
      'having or grouping',
      SPACE,
      re(
        String.raw`\b${notQueried('having|group by|order by')} (?:(?<=having )(?:(?:count|sum|min|max|avg) ?\(|['"\d]{1,10} ?[=<>])|(?<=group by )[\w.,\x60'" ]{1,60} having\b|(?<=order by )(?:\d{1,4} ?(?:--|#|;|,\d|\uE000|$)|if ?\())`,
      ),
    ],
    [
      'case or if',
      SPACE,
      /\bcase when(?<!\uE000(?:q|query|search|s|select|\$[a-z]{2,10})\uE001[^'"\uE000]{0,200}case when) [^\uE000]{1,80} then\b|\uE001 ?case [\w'"().]{1,30} when [^\uE000]{1,60} then [^\uE000]{1,60} end\b|(?<![\w.])(?:if|iif) ?\( ?['"(]?\d{1,10}['")]? ?[=<>]/,
    ],
    [
      'if with a function',
      PAREN | EQUALS,
      /(?<![\w.])(?:if|iif) ?\( ?(?:\d{1,10} ?[=<>]|(?:now|length|user|ascii|substr|substring|mid|database|version|sysdate) ?\()/,
    ],
    ['like between brackets', PAREN, /\) ?(?:like|rlike|regexp|glob|sounds like) ?\(/],
    [
      'cast',
      COLON,
      /[\w)'"}\]]::(?<!\uE000select\uE001[\w.,:()>*-]{1,300})(?:int\d?|integer|text|jsonb?|bool|boolean|varchar|char|numeric|float\d?|regclass|oid|bytea|date|xml|name|bigint|double precision|smallint|real|money|inet|timestamptz?|time|interval|uuid|hstore|char\[\])\b/,
    ],
    ['json operator', QUOTE | BRACE, /['"}\]] ?(?:::jsonb? ?)?(?:<@|@>|\?\||\?&|#>>?|->>?|#-|\|\||@\?|@@) ?['"[{]/],
    [
      'json function',
      QUOTE | BRACE | SPACE,
      /\b(?:or|and) ?['"][{[][^\uE000]{0,200}[}\]]['"] ?(?:::jsonb?|<@|@>|[-#@?|&=<>])/,
    ],
    [
      'server variable',
      AT,
      /@@(?:version|datadir|hostname|basedir|servername|tmpdir|secure_file_priv|plugin_dir|global\.|session\.|innodb_\w|language|spid)\b/,
    ],
    [
      'outfile',
      SPACE,
      /\binto (?:out|dump)file (?:['"(]|\w{2,20}\()|\bload data (?:local )?infile|\bprocedure analyse ?\(/,
    ],
    [
      'SQL Server',
      BREAK * 0,
      re(
        String.raw`\b(?:xp_cmdshell|xp_dirtree|xp_regread|sp_oacreate|sp_executesql|sp_password|openrowset ?\(|opendatasource ?\(|msdasql|sqloledb|master\.\.(?:sys|xp_)|\bdeclare @\w{1,30} (?:n?varchar|int|char|table)|fn_virtualfilestats|sysobjects\b|syscolumns\b|${notSearched('information_schema')}\.)`,
      ),
    ],
    ['inline comment', STAR, /\/\*[!+]|\/\* \+\w/],
    ['words cut by comments', STAR, /(?:[a-z_]\/\*[^*\uE000]{0,80}\*\/[\w(]|\d\/\*[^*\uE000]{0,80}\*\/[a-z_(])/],
    [
      'overflow',
      WORD,
      /\uE001-?(?:2\.2250738585072011e-308|2\.2250738585072011e-308|2\.2250738585072007e-308|1e309|-?9223372036854775809)(?:\uE000|$)/,
    ],
    ['null byte placing', PAREN | SPACE, /\boverlay ?\( ?\w{1,30} placing\b/],
    [
      'string building',
      QUOTE,
      /['"] ?\|\| ?(?:['"(]|\w{1,20} ?\(|chr\b)[^\uE000]{0,60}['")]|\bchar ?\( ?\d{1,3} ?(?:,|\) ?[+|])|\bchr ?\( ?\d{1,3} ?\) ?\|\|/,
    ],
    [
      'many casts of char',
      PAREN,
      /(?:\bchar\(\d{1,3}(?:,\d{1,3}){2,200}\)|\bchr\(\d{1,3}\) ?\|\| ?chr\(|\b0x[0-9a-f]{6,200}(?:,0x|\)(?<!\.\d{1,6}\(0x[0-9a-f]{6,12}\))|-- |#))/,
    ],
    [
      'catalogue',
      WORD,
      re(
        String.raw`(?:\b|_)(?:${notSearched('information_schema|pg_catalog|sqlite_master')}|sqlite_temp_master|sysobjects|syscolumns|msysaccessobjects|mysql\.(?:user|db)\b|pg_shadow|pg_user\b|all_tab_columns|user_tab_columns|sysibm\.|tempdb\b|schema_name\b ?(?:from|,|\)))`,
      ),
    ],
    [
      'operator without a side',
      SPACE,
      /\uE001(?<!\[op\]\uE001) ?(?:not )?(?:like|rlike|regexp|not between|between|is not|in) (?:null|binary|['"(%]|\d{1,10} and (?!\d{1,10}(?: [a-z€$%]{1,20}){0,6}\uE000|\d{1,10}(?: [a-z€$%]{1,20}){0,6}$))|\bnot between \S{1,20} and\b|\b(?:like|rlike|regexp) (?:null|binary)\b/,
    ],
    [
      'number and logic',
      SPACE,
      /\uE001(?!(?:(\d{1,2}) (?:or|and) (?!\1|0)\d{1,2}|((?:19|20)\d\d) (?:or|and) (?!\2)(?:19|20)\d\d)(?:\uE000|$))-?\d{1,12}['")]{0,4} ?(?:or|and|xor|\|\||&&|div|mod) ?[(!~-]{0,3}['"]?\d{1,12}['")]{0,4} ?(?:--|#|;|\uE000|$)/,
    ],
    ['value and comment', STAR, re(String.raw`${NO_SEARCH}(?:-?\d{1,12}|@{1,2}\w{1,30}) ?\/\*${VALUE_END}`)],
    ['variable alone', AT, re(String.raw`${NO_SEARCH}@(?:\w{1,30} ?--|@\w{1,30})(?: |${VALUE_END})`)],
    ['session variable compared', SPACE, /\b(?:and|or) (?:current|session|system)_user ?[=<>]/],
    ['sum compared', EQUALS, /\b(?:and|or|xor) \d{1,9}(?:[-+*]\d{1,9}){1,8} ?[=<>] ?\d/],
    ['rest of a query', PAREN | SPACE, /\uE001(?:\d{1,12}|['"])\) from \w{1,40} where \w{1,40} ?(?:[=<>]|like|in)/],
    ['number and comment', MINUS, /\uE001-?\d{1,12}[ )'"]{0,4};? ?--(?: |\+|-|\uE000|$)/],
    [
      'statement of a procedure',
      SPACE,
      /\b(?:alter database \w{1,40} |goto ['"]|create (?:or replace )?(?:function|procedure) \w{1,40} ?\(?.{0,40}return|exec(?:ute)? master[. ]|call \w{1,30}\.\w{1,30} ?\(|declare \w{1,30} cursor|load data (?:low_priority )?(?:local )?infile|open \w{1,20} for select)/,
    ],
    ['variable assigned', AT, /@\w{1,30} ?:= ?[('"\d@]|\bset @\w{1,30} ?=|\bselect @{1,2}\w/],
    ['number with an exponent as a function', PAREN, /\d\.?e\(/],
    [
      'numbers compared',
      EQUALS,
      /\uE001(?:(?<!\uE000where\uE001)(?:\w{1,12}, ?)?(\d{1,12}) ?(?:<=>|=) ?\1|\d{1,12} ?(?:<=>|<>) ?\d{1,12})(?:\uE000|$)/,
    ],
    ['JSON compared', QUOTE, /['"](?:\{[^\uE000]{0,200}\}|\[[^\]\uE000]{0,200}\])['"] ?[?<>=@#&|-]{1,3} ?['"]/],
    [
      'logic without blanks',
      QUOTE | PAREN,
      /['"] ?(?:or|and|xor) ?\( ?['"]?\w{1,30}['"]? ?(?:=|<|>|like|glob|rlike|regexp|is|in)|['"] ?(?:or|and|xor) ?\( ?(?:glob|like|not|select|exists) |['"] ?\){1,4} ?(?:or|and|xor) ?\({1,4} ?['"]/,
    ],
    ['list behind a quote and logic', QUOTE | SPACE, /['"] {0,3}x?or {0,3}\d{1,10}(?:,\d{1,10}){1,20}/],
    ['match against', PAREN | SPACE, /\bmatch ?\([\w.,` ]{1,80}\) ?against ?\(/],
  ],
  { view: 'sql', where: ANYWHERE },
);
