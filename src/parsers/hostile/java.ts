import {
  ANYWHERE,
  AT,
  BRACE,
  COLON,
  DOLLAR,
  DOT,
  EQUALS,
  family,
  HASH,
  PAREN,
  PERCENT,
  type Rule,
  WORD,
} from './rule.ts';

// Java: Log4j look-ups, OGNL, SpEL and EL, class-loader tricks, serialised objects.

export const java: readonly Rule[] = family(
  'rce',
  'T1190',
  [
    [
      'Log4Shell',
      DOLLAR | BRACE,
      /\$\{[^}\uE000]{0,200}(?:jndi|j\$\{|\$\{::-j|\$\{lower:|\$\{upper:|\$\{env:|\$\{sys:|\$\{date:|\$\{main:|\$\{ctx:|\$\{k8s:|\$\{java:|\$\{\w{0,20}:\w{0,20}:?-)|\bjndi: ?(?:ldaps?|rmi|dns|nis|iiop|corba|nds|https?|\$)/,
    ],
    [
      'look-up',
      DOLLAR | BRACE,
      /\$\{(?:jndi|lower|upper|env|sys|java|main|date|ctx|bundle|k8s|docker|spring|web|marker|script|dns|url|base64decoder|const|file|map|sd|::-)[:{]/,
    ],
    [
      'runtime',
      DOT,
      /\bjava\.lang\.(?:(?:runtime|processbuilder|class|system|thread|processimpl)\b|string\b ?\(|unsupported\w{1,40}\()|\bgetruntime ?\(|(?<![\w.])processbuilder ?\(|runtime\.(?:exec|getruntime)/,
    ],
    [
      'static access',
      AT,
      /@(?:java|javax|org|com|ognl|sun)\.[\w.$]{2,100}(?:@|\()|\bt ?\( ?(?:java|javax|org|com)\.[\w.]{2,100} ?\)/,
    ],
    [
      'OGNL',
      HASH,
      /#(?:_memberaccess|context|application|session|request|parameters|attr|root|this|rt|cmd|iswin|p\b|ognlutil|container|dm|res|req|out|a|b|wr|f)\b ?(?:[=.[(]|\))|\(#[a-z_]\w{0,40}[ =.]/,
    ],
    [
      'OGNL wrapper',
      PERCENT | BRACE,
      /%\{ ?(?:[#('"\d]|\w{1,40} ?[(.*+])|(?:xwork\.methodaccessor|allowstaticmethodaccess|denymethodexecution|methodaccessor|ognl\.ognlcontext|com\.opensymphony)/,
    ],
    [
      'prefix of an action',
      COLON,
      /(?:^|\uE000)(?:redirect|redirectaction|action) ?: ?[$%]|(?:^|\uE000|\?)method:[#@]/,
    ],
    [
      'class loader',
      DOT,
      /(?:^|[\uE000\uE001.[{"'])class(?:\.|\[['"]?)module(?:\.|['"]?\])|class\.?(?:\[['"])?classloader|getclass ?\(|\.class\.(?:forname|getmethod|getresource|getname)|\bforname ?\(|clazz\b ?[=:(]|protectiondomain|\.newinstance ?\(|\.getdeclared(?:method|field|constructor)|\.getmethod ?\(/,
    ],
    [
      'expression language',
      DOLLAR | BRACE,
      /[$#*]\{[^}\uE000]{0,200}(?:\w ?\(|\d ?[*+-] ?\d|session(?:scope)?\b|application(?:scope)?\b|param\.|pagecontext|@|new \w|header\[|#)/,
    ],
    [
      'script engine',
      DOT,
      /javax\.script|scriptenginemanager|nashorn|javax\.(?:naming|management)|org\.apache\.(?:commons\.(?:collections|io|fileupload|beanutils|text)|logging|xalan|struts2|tomcat|catalina|velocity|axis|camel)|org\.springframework\.(?:context|beans|core)\.\w|com\.(?:sun|mchange|alibaba\.fastjson|rometools|caucho|opensymphony|ibatis)\.\w{1,60}\.|freemarker\.template\.utility|weblogic\.|groovy\.lang|bsh\.|sun\.(?:misc|reflect|net|rmi)|groovyshell|java\.(?:net\.url ?\(|util\.scanner|io\.(?:file|bufferedreader|inputstreamreader|fileinputstream|printwriter) ?\(|beans\.xmldecoder|net\.socket|nio\.file)/,
    ],
    [
      'command by a stream',
      PAREN,
      /\.exec(?<!\bat [\w.$<>]{1,60}) ?\( ?['"\w]|\.getinputstream ?\(|\.getoutputstream ?\(|new java\.|\bnew (?:file|filewriter|url|socket|scanner|processbuilder) ?\(/,
    ],
    [
      'serialised object',
      WORD,
      /(?:^|[\uE001=;,])(?:rO0AB[A-Za-z0-9+/=]{2,}|rO0AC|H4sIAAAA[A-Z]{2}|aced0005[0-9a-f]{4,}|kztAAU|Cs7QAF|KztAAU)/,
      { view: 'cased' },
    ],
    ['upload of a page', DOT, /\.(?:jspx?|jspf|war|jsw|jsv)(?: |::\$data|%20|\/)(?:\uE000|$)/],
    [
      'spring gateway or function',
      WORD,
      /(?:^|\/)(?:actuator\/gateway\/routes\/\w|functionrouter)(?:\uE000|\/|$)|spring\.cloud\.function/,
    ],
    [
      'gadget',
      WORD,
      /\b(?:clonetransformer|forclosure|instantiatefactory|instantiatetransformer|invokertransformer|prototypeclonefactory|prototypeserializationfactory|whileclosure|templatesimpl|badattributevalueexpexception|jdbcrowsetimpl|xmldecoder)\b|\bjava\b[^\uE000]{1,200}\b(?:runtime|processbuilder)\b(?!\.html?\b)/,
    ],
    [
      'gadget in base64',
      WORD,
      /cnVudGltZQ|HJ1bnRpbWU|BydW50aW1l|cHJvY2Vzc2J1aWxkZXI|HByb2Nlc3NidWlsZGVy|Bwcm9jZXNzYnVpbGRlc|Y2xvbmV0cmFuc2Zvcm1lc|GNsb25ldHJhbnNmb3JtZX|BjbG9uZXRyYW5zZm9ybWVy|Zm9yY2xvc3VyZQ|GZvcmNsb3N1cm|Bmb3JjbG9zdXJl|aW52b2tlcnRyYW5zZm9ybWVy|JHtqbmRp|JHtsb3dlcj/,
      { view: 'cased' },
    ],
    ['beans as parameters', EQUALS * 0, /\bclass\.module\.classloader\.resources|%\{(?:c2i|suffix|prefix|payload)\}i/],
  ],
  { where: ANYWHERE },
);
