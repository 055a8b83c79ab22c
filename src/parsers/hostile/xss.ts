import { NO_SCRIPT, notExplained, notSearched } from './boxes.ts';
import {
  ANGLE,
  ANYWHERE,
  AT,
  BRACE,
  BRACKET,
  COLON,
  DOLLAR,
  DOT,
  EQUALS,
  family,
  MINUS,
  PAREN,
  QUOTE,
  type Rule,
  re,
  SPACE,
} from './rule.ts';

// Cross-site scripting: markup that runs, event handlers, script URLs, and the calls that proofs of concept make.

const TAGS =
  'script|iframe|frame|frameset|object|embed|applet|svg|math|base|meta|link|form|isindex|marquee|bgsound|xml|xss|layer|ilayer|template|noscript|portal|dialog|keygen|foreignobject|animate|set|animatetransform';

export const xss: readonly Rule[] = family(
  'xss',
  'T1190',
  [
    [
      'script tag',
      ANGLE,
      re(String.raw`<[ /!]{0,3}(?:[a-z0-9]{1,20} ?:[ ]?)?(?:${TAGS})(?:[ />\n'"+;(:]|\uE000|\uE001|$)`),
    ],
    [
      'tag cut by blanks',
      ANGLE | SPACE,
      /<(?:s c r i p t|f o r m|d i a l o g|i f r a m e|o b j e c t|e m b e d|i m g|s v g|b o d y|i n p u t|l i n k|m e t a|s t y l e|v i d e o|a u d i o)\b/,
    ],
    ['tag with a handler', ANGLE, /<[a-z!/"'][^>\uE000]{0,400}[\s/"'+;]on[a-z]{3,50} ?=/],
    ['event handler', EQUALS, /(?:[\s"'`;,]|\uE001["'<]|[^\w]\/)on(?!\w{0,49}ion\b)[a-z]{3,50} ?=/],
    [
      'active attribute',
      EQUALS,
      /["'\s/](?:formaction|srcdoc|xlink:href|fscommand|seeksegmenttime|dynsrc|lowsrc|xmlns(?::[a-z0-9]{1,10})?(?! ?= ?["']?(?:urn:|https?:\/\/(?!www\.w3\.org\/))))[\s]?=(?: ?["'j(d/h]|\uE000|$|\uE001)/,
    ],
    [
      'image or media with a script',
      ANGLE,
      /<(?:img|image|video|audio|source|input|button|body|details|a|div|table|td|style|select|textarea|bdo|font|p|b|i|u|span|h1|br|blink|q)\b[^>\uE000]{0,300}(?:javascript|vbscript|alert|prompt|confirm|eval|expression ?\(|src ?= ?["']?x?["']? ?(?:on|>)|\bon[a-z]{3,30} ?=)/,
    ],
    [
      'script URL',
      COLON,
      re(
        String.raw`(?:[\uE001="'\s(,;>]|^)(?:j ?a ?v ?a|v ?b) ?s ?c ?r ?i ?p ?t ?:(?!${NO_SCRIPT})(?:[^\s\uE000][^\uE000]{0,80}[(=/;%\x60[.&]|\s?[\w.]{1,40} ?[(=[]|\/\/|\/\*)`,
      ),
    ],
    ['script URL in a style', PAREN, /url ?\( ?['"]?(?:javascript|vbscript|data:text)\b/],
    ['style that runs', PAREN, /\bexpression ?\( ?[^)\s]|-moz-binding ?:|behaviou?r ?: ?url ?\(/],
    [
      'data URL with markup',
      COLON,
      /data: ?(?:text\/html|image\/svg\+xml|text\/javascript|application\/(?:xhtml\+xml|javascript|ecmascript))[;,]/,
    ],
    [
      'dialogue call',
      PAREN,
      /(?:[\s;"'`>=(,:{&|\uE001]|^)(?:alert|prompt|confirm)(?:\.(?:call|apply) ?)? ?[(`] ?(?:\d{0,12} ?[)`](?!(?<=\( ?\)) [a-z])|\d{1,12}(?:\uE000|$|;)|['"`/]|document\b|window\b|this\b|self\b|top\b|location\b|string\b|origin\b|xss)/,
    ],
    ['dialogue call in an expression', PAREN | QUOTE, /['"`] ?[-+*/^,;|&%]{1,3} ?(?:alert|prompt|confirm|eval) ?[(`]/],
    [
      'dialogue call by another name',
      PAREN,
      /(?:[\s;"'`>=(,:{&|/\uE001]|^)(?:alert|prompt|confirm)(?:\.(?:call|apply|bind) ?\( ?[^\s)\uE000]|\?\. ?[(`])/,
    ],
    ['dialogue call with nothing', PAREN, /[;"'`>=(,{&|](?:alert|prompt|confirm) ?\( ?\)/],
    [
      'page object',
      DOT,
      re(
        String.raw`(?<![\w/])(?:${notSearched('document')} ?\.(?:cookie(?![\w-])|domain|write(?:ln)? ?\(|location ?=|body\.innerhtml|createelement ?\(|documentelement\.innerhtml|url\b ?[;)])|${notSearched('window')} ?\.(?:location ?[=.]|name\b ?[;)]|open ?\()|\b(?:top|self|parent|frames|this)\[['"/]|\.(?:inner|outer)html ?=|\.parentnode\b)`,
      ),
    ],
    [
      'evaluation',
      PAREN,
      re(
        String.raw`(?:[\s;"'\x60>=(,:{&|\uE001]|^)(?:${notExplained('eval')}|atob|${notSearched('settimeout|setinterval')}|execscript|string\.fromcharcode|decodeuri(?:component)?|unescape|new function|msgbox|importscripts) ?\( ?(?:['"\x60(/\d]|\w{1,40} ?[.([+]|location|document|name\b)`,
      ),
    ],
    ['character codes', PAREN, /string\.fromcharcode ?\(/],
    [
      'markup declaration',
      ANGLE,
      /<!(?:doctype(?! ?["'])|entity|element|attlist|\[cdata)\b|<!\[cdata\[|<\?xml-stylesheet [^>]{0,200}javascript/,
    ],
    [
      'conditional comment',
      ANGLE,
      /<!--(?:\[if\b|#|[^>\uE000]{0,100}-->[^\uE000]{0,10}<)|<!\[if\b|-->[^\uE000]{0,20}</,
    ],
    ['object with data', ANGLE, /<(?:object|embed|applet)[^>\uE000]{0,200}(?:data|type|code|classid|src)\b/],
    ['import of a style', AT, re(`${notSearched('@import')} ?['"(u]`)],
    ['UTF-7', MINUS, /\+adw-|\+ad4-/],
    ['script in an arrow', BRACKET, /\]\(javascript:|(?:\[\]|!\+\[\]|!!\[\])(?:\[|\+)[[(+!]/],
    [
      'import of a script',
      PAREN,
      re(
        String.raw`\bimport ?\( ?['"\x60]?(?:https?:)?\/\/|\b${notSearched('fetch')} ?\( ?['"\x60](?:https?:)?\/\/|\$\.getscript ?\(|new xmlhttprequest`,
      ),
    ],
    [
      'call by a template',
      DOLLAR,
      /`\$\{[^}\uE000]{0,100}\}|\.(?:call|apply|sort|map|find|filter|some|every|foreach)(?:\.call)? ?`/,
    ],
    [
      'property by its name',
      BRACKET,
      /\b(?:window|self|top|this|parent|frames|document|globalthis)\[ ?(?:['"`/]|\w{1,20}\+)/,
    ],
    ['Angular', BRACE, /\{\{[^}\uE000]{0,100}(?:constructor|\$on|\$eval|alert ?\()/],
  ],
  { where: ANYWHERE },
);
