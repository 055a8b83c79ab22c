import { notExplained } from './boxes.ts';
import {
  ANGLE,
  ANYWHERE,
  BRACE,
  BRACKET,
  BREAK,
  COLON,
  DOLLAR,
  EQUALS,
  family,
  PAREN,
  QUOTE,
  type Rule,
  re,
} from './rule.ts';

// PHP code and its settings in a request.

const CALLS =
  'system|exec|passthru|shell_exec|popen|proc_open|pcntl_exec|assert|base64_decode|gzinflate|gzuncompress|str_rot13|file_get_contents|file_put_contents|fopen|fwrite|fputs|fputcsv|readfile|show_source|highlight_file|phpinfo|phpversion|php_uname|create_function|call_user_func(?:_array)?|array_map|array_filter|usort|register_shutdown_function|preg_replace(?:_callback)?|include|include_once|require_once|move_uploaded_file|scandir|opendir|unlink|chmod|mkdir|getcwd|get_current_user|posix_\\w{3,20}|ini_set|ini_get|set_time_limit|error_reporting|parse_str|extract|unserialize|simplexml_load_\\w{4,8}|curl_exec|curl_init|fsockopen|mysql_\\w{3,30}|mysqli_\\w{3,30}|pg_query|sodium_crypto_\\w{3,60}|tidy_\\w{3,30}|zlib_\\w{3,30}|ob_start|func_get_args|getenv|putenv|getallheaders|define|print_r|var_dump|eval|die|md5|hex2bin|chr|escapeshellcmd|openlog|syslog|spl_autoload\\w{0,20}|bzopen|gzopen|convert_uuencode|filter_var|iterator_apply|get_defined_\\w{4,12}|session_start|session_decode|stream_\\w{3,30}|socket_\\w{3,20}|ftp_\\w{3,20}|glob|rename|copy|symlink|readlink|tempnam|tmpfile|dl|apache_\\w{3,20}|array_walk|array_diff_ukey|ReflectionFunction|exif_\\w{3,20}|proc_\\w{3,20}|shell';

export const php: readonly Rule[] = family(
  'rce',
  'T1059',
  [
    [
      'open tag',
      ANGLE,
      /<\? ?(?:php(?=[\s\uE000(;/'"$]|$)|=)|<\?(?=[\s\uE000'"({$/;]|$)|<\?xml\b[^?\uE000]{0,40}[:;(]|<% ?(?:execute|response|request|eval|@|server)|<script [^>]{0,40}language ?= ?['"]?php/,
    ],
    ['tag of a template', BRACKET, /\[[/\\]?php\]/],
    ['tag of another template', BRACE, /\{[/\\]?php\}/],
    [
      'superglobal with brackets',
      BRACKET,
      /(?:^|[\uE000\uE001&=])(?:globals|_server|_session|_request|_env|_cookie|_files|_post|_get)\[/,
    ],
    [
      'setting',
      EQUALS,
      /(?:^|[\uE000\uE001\s;-])-?d? ?(?:allow_url_(?:fopen|include)|auto_(?:ap|pre)pend_file|disable_functions|open_basedir|safe_mode|memory_limit|extension_dir|suhosin\.simulation|cgi\.force_redirect|max_execution_time|display_errors|error_log|session\.(?:save_path|auto_start)|upload_tmp_dir|zend_extension|mail\.log|assert\.\w{4,12}|opcache\.\w{3,20}|include_path|user_ini\.filename|register_globals|sendmail_path|arg_separator\.\w{5,6}|unserialize_callback_func|output_handler|mbstring\.\w{3,30}|extension) ?=/,
    ],
    [
      'setting as a parameter',
      EQUALS * 0,
      /(?:\uE000|\?)-?[ds] ?(?:allow_url_(?:fopen|include)|auto_prepend_file|safe_mode|disable_functions|open_basedir|cgi\.force_redirect)/,
    ],
    [
      'call',
      PAREN,
      re(
        String.raw`(?<![\w.$>-])@?${notExplained(CALLS)} ?\( ?(?:['"\x60$@([]|__[a-z]{3,12}__|\d{1,9}[,)]|(?:${CALLS}|\w{1,30}) ?[(:]|[\w./\\-]{1,80}\) ?;|\w{1,40}[,)] ?;|-1|\/)`,
      ),
    ],
    [
      'call of nothing',
      PAREN,
      /(?<![\w.$>-])(?:phpinfo|php_uname|phpversion|getcwd|get_current_user|ob_start|tidy_\w{3,30}|sodium_crypto_\w{3,60}|zlib_\w{3,30}|session_\w{3,30}|func_get_args|get_defined_\w{4,12}|getallheaders|posix_\w{3,20}|ini_get_all|get_loaded_extensions|apache_get_modules) ?\(/,
    ],
    [
      'quoted function',
      QUOTE,
      /(?:call_user_func(?:_array)?|array_map|array_filter|usort|assert|invokefunction|function\uE001|filter\[?\]?\uE001)[^\uE000]{0,60}\b(?:system|assert|exec|passthru|phpinfo|shell_exec|eval)(?:['",)]|\uE000|$)/,
    ],
    [
      'variable function',
      DOLLAR | PAREN,
      /\$ ?\{ ?[^}\uE000\s][^}\uE000]{0,80}\} ?(?:\/\*[^*\uE000]{0,80}\*\/ ?)?\(|\$(?!__(?:time|interval|unixepoch|range|rate)|now\()[a-z_][\w]{0,60} ?(?:\/\*[^*\uE000]{0,80}\*\/ ?|\/\/[^\n\uE000]{0,80}\n ?)?\((?! ?\{)|\$\$[a-z_$]\w{0,60} ?\(/,
    ],
    [
      'variable function from a list',
      DOLLAR | PAREN | BRACKET,
      /\$[a-z_]\w{0,60} ?(?:\[[^\]\uE000]{1,80}\] ?|\{[^}\uE000]{1,80}\} ?){1,5}(?:\/\*[^*\uE000]{0,80}\*\/ ?)?\(/,
    ],
    [
      'function from a string',
      PAREN,
      /(?:[)\]'"}]) ?(?:\/\*[^*\uE000]{0,80}\*\/ ?)?\( ?['"][^'"\uE000]{0,200}['"] ?\) ?(?:;|\uE000|$)/,
    ],
    [
      'function from brackets',
      PAREN | BREAK,
      /(?:\([^()\uE000]{1,80}\)|\[[^[\]\uE000]{1,80}\]|\{[^{}\uE000]{1,80}\}|["'][^"'\uE000]{1,80}["']) ?(?:\/\*[^*\uE000]{0,80}\*\/ ?)?\( ?(?:\w{1,30}|\$\w{1,30}|\d{1,9}) ?(?:\/\*[^*\uE000]{0,80}\*\/ ?)?\) ?;/,
    ],
    ['close tag', ANGLE, /(?:^|[\uE000\uE001])[^?<\uE000\uE001]{0,400}\?>/],
    [
      'string function',
      QUOTE | PAREN,
      /\( ?string ?\) ?['"{[]|\( ?['"]?\w{1,30}['"]? ?(?:\. ?['"(]?\w{1,30}['")]? ?){1,6}\) ?\(/,
    ],
    ['serialised object', COLON, /(?:^|[\uE001;{])[oc]:\+?\d{1,6}:"[^"]{1,200}":\+?\d{1,6}:\{/],
    ['serialised list', COLON, /\uE001a:\d{1,4}:\{[^\uE000]{0,80}[oc]:\d{1,6}:"/],
    [
      'data or input stream',
      COLON,
      /(?:php|expect|phar|zip|compress\.\w{3,6}|glob):\/\/(?:filter|input|std(?:in|out|err)|memory|temp|fd\/|\/)|data:\/\/text(?!\/plain;base64,)/,
    ],
    [
      'function as a parameter',
      EQUALS * 0,
      /_method\uE001__construct|s\uE001\/?index\/\\?think\\?|invokefunction|think\\(?:app|container|request|view|template)|\bvars\[\d\]/,
    ],
    ['superglobal by its name', DOLLAR, /\$(?:_\w{1,3}|\w)\[['"]?\w{1,20}['"]?\]\(/],
  ],
  { where: ANYWHERE },
);
