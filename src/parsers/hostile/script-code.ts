import {
  ANGLE,
  ANYWHERE,
  AT,
  BRACE,
  BRACKET,
  DOLLAR,
  DOT,
  family,
  HASH,
  PAREN,
  PERCENT,
  QUOTE,
  type Rule,
  WORD,
} from './rule.ts';

// Code for Node.js, Perl, Ruby, Python, and for template engines.

export const scriptCode: readonly Rule[] = family(
  'rce',
  'T1059',
  [
    [
      'Node.js module',
      WORD,
      /(?:\bchild_process\b|require\s{0,3}[(.] ?['"`]?(?:child_process|fs|net|http|os|vm|main)\b|\bprocess\.(?:mainmodule|binding|env\b|exit ?\(|kill ?\(|stdout|execpath|dlopen)|global(?:this)?\.process|module\.constructor|constructor\._load|\.constructor\.constructor|constructor ?\( ?['"`]return\b|\bexecsync ?\(|\bspawnsync ?\(|this\.constructor)/,
    ],
    [
      'prototype',
      WORD,
      /__proto__|(?:^|[\uE000.[\]'"])constructor(?:\.|\]?\[['"]?|['"]? ?: ?\{ ?['"]?)prototype|_\$\$nd_func\$\$_|\b__(?:define|lookup)[gs]etter__/,
    ],
    [
      'function that calls itself',
      PAREN | BRACE,
      /\bfunction ?\w{0,30} ?\([^)\uE000]{0,80}\) ?\{[^\uE000]{0,400}\} ?\)? ?\(|\bnew function ?\( ?['"`]|\(\s?\) ?=> ?\{?[^\uE000]{0,100}(?:eval|exec|require)/,
    ],
    [
      'endless loop',
      PAREN,
      /\bwhile ?\( {0,3}[(+-]{0,3}(?:!{1,2} ?(?:[+-]?0|false|null|undefined|nan|['"`]{2}|\{ ?\}|\[ ?\])|true|infinity|\d{1,9}|new \w{1,20}|this|string|number|boolean|array|object|date)(?: ?\))/,
    ],
    ['endless loop with for', PAREN, /\bfor ?\( ?;;? ?(?:true|1)? ?;? ?\) ?[{;]/],
    [
      'module of Node.js by another name',
      PAREN,
      /require\s?[;)] ?\w{0,10}=?['"]child_process|\bimport\(['"](?:child_process|fs|os)['"]\)/,
    ],
    ['Perl interpolation', AT | BRACE | BRACKET, /@ ?\{ ?\[/],
    [
      'Perl evaluation',
      BRACE,
      /\bqx ?[{(/!|]|\$\{\\|(?:^|[\uE001;|&({[])(?:system|exec|open) ?(?:qq?[{(/]|\w{1,3}, ?['"][|<>])/,
    ],
    [
      'Ruby',
      PAREN,
      /\b(?:process|kernel)\.(?:spawn|exec|system|fork|exit|kill|open|eval) ?[(\s'"]|\bio\.(?:popen|read|sysopen|binread) ?[('"]|\bopen3\.\w{5,12}|\bpty\.spawn|\berb\.new|\bobject\.(?:const_get|send)|\binstance_eval ?\(|\bfile\.(?:open|read|write) ?\( ?['"]\//,
    ],
    ['Ruby command', PERCENT, /(?:[\uE001=<{\s]|^)%x[{([|!/]/],
    [
      'Python',
      WORD,
      /\b__(?:class|mro|base|bases|subclasses|globals|builtins|import|init|dict|getattribute|getitem|code|reduce|doc|name(?!__ ?[=!][=~] ?")|self|loader|spec)__|\bos\.(?:system|popen|exec[lv]p?e?|spawn[lv]\w{0,2}|environ|listdir|walk) ?[([]|\bsubprocess\.(?:popen|run|call|check_output|getoutput) ?\(|\b(?:exec|eval|compile|open) ?\( ?['"](?:import|__|\/)|\bimport (?:os|subprocess|socket|pty|sys) ?[;,\n]|pickle\.loads|\bcos\nsystem\n|\bc__builtin__/,
    ],
    [
      'template with double braces',
      BRACE,
      /\{\{ ?[^}\uE000]{0,200}(?:\d ?[-+*/%] ?['"]?\d|\w ?\(|['"]['"]\.|\[ ?\]\.|__|\bconfig\b|\bself\b|\brequest\.|\bsettings\b|\blipsum\b|\bcycler\b|\bjoiner\b|\bnamespace\b|\burl_for\b|\bget_flashed\b|\bapp\.|_self\.|\|\s?(?:attr|map|filter|safe|join|sort|reduce|format)\b|\[['"]|constructor|\bdump\b|\bprintf\b|\.\s?html\b|range\.)/,
    ],
    [
      'template statement',
      BRACE | PERCENT,
      /\{% ?(?:-? ?)(?:if|for|set|import|include|extends|raw|debug|load|with|block|macro|print|call|filter|from|do|csrf_token)\b[^}\uE000]{0,300}/,
    ],
    [
      'ERB or JSP',
      ANGLE | PERCENT,
      /<%[=!@-]? ?[^%>\uE000]{0,200}(?:\w ?\(|\d ?[-+*/] ?\d|`|;|['"]\s?\.|\bsystem\b|\bexec\b|file\.|dir\.|import\b|\|)/,
    ],
    [
      'hash braces',
      HASH | BRACE,
      /#\{ ?[^}\uE000]{0,200}(?:\d ?[-+*/] ?\d|\w ?\(|`|%x|\bsystem\b|\bexec\b|::|\brequire\.|\bglobal\.|\.send\b|file\.|\bt ?\()/,
    ],
    [
      'dollar braces',
      DOLLAR | BRACE,
      /[$@]\{ ?[^}\uE000]{0,200}(?:\d ?[-+*/] ?\d|\w ?\(|\.class\b|\bclass\.|t\(|new \w|\bexec\b|self\.|\.getclass|\.module)/,
    ],
    [
      'directive of a template',
      HASH,
      /(?:^|[\uE001\s;])#(?:set|include|parse|evaluate|foreach|macro|define) ?\( ?[$'"]|<#(?:assign|include|import|list|if|macro|ftl)\b|\$class\.inspect|\[#assign/,
    ],
    [
      'server-side include',
      ANGLE,
      /<!--# ?(?:exec|include|echo|config|printenv|fsize|flastmod|set|if)\b|<esi:(?:include|inline|debug|vars|assign)\b/,
    ],
    ['expression of a framework', QUOTE, /\*\{ ?t\(|__\$\{|~\{ ?\w{1,40}\(|\[\[\$\{/],
    ['Lua', DOT, /\b(?:os|io)\.(?:execute|popen|exit) ?[('"]|\bloadstring ?\(/],
    [
      'code for a database engine',
      PAREN,
      /\bpg_exec|\bsys_exec ?\(|\bsys_eval ?\(|java_method ?\(|\breflect ?\( ?['"]java/,
    ],
  ],
  { where: ANYWHERE },
);
