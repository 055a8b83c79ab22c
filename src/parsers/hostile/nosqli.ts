import { notSearched } from './boxes.ts';
import { BRACE, BRACKET, BREAK, DOLLAR, family, PAREN, QUOTE, type Rule, re } from './rule.ts';

// Operators and calls of document databases where a value should be.

/** The name of a parameter that takes conditions. */
const FILTER = String.raw`\uE000(?:filters?|where|query|q|conditions)`;
/** Operators of document databases where a value should be; a filter is where they should be. */
export const nosqli: readonly Rule[] = family('nosqli', 'T1190', [
  [
    'operator as a parameter',
    DOLLAR | BRACKET,
    re(
      String.raw`\[\$(?:where|jsonschema|expr|func|function|(?<!${FILTER}\[[^\uE000\uE001]{0,100}\[\$)(?:ne|nin|regex|exists|not|nor|all|size|mod|type|elemmatch))\]`,
    ),
  ],
  [
    'comparison with nothing',
    DOLLAR | BRACKET,
    /\[\$(?:gt|gte|lt|lte|in|or|and|eq)\](?:\[\d{0,3}\])?\uE001(?:undefined)?(?:\uE000|$)/,
  ],
  [
    'operator behind a quote',
    DOLLAR | QUOTE,
    /\uE001[^\uE000'"]{0,60}['"] ?, ?['"]?\$(?:or|and|nor|where|expr)\b['"]? ?:/,
  ],
  [
    'call of a collection',
    PAREN,
    re(
      String.raw`\b${notSearched('db')}\.(?:\w{1,60}\.(?:insert|find|update|replace|delete|remove|drop|aggregate|count|distinct|mapreduce)(?:one|many|documents)?|dropdatabase|getcollectionnames|injection) ?\(`,
    ),
  ],
  [
    'operator in JSON',
    DOLLAR | BRACE,
    re(
      String.raw`\{ ?['"]?\$(?:where|func|function|expr|accumulator|(?<!${FILTER}\uE001[^\uE000]{0,300}\$)(?:ne|nin|regex|exists))['"]? ?:`,
    ),
  ],
  ['comparison with nothing in JSON', DOLLAR | BRACE, /\{ ?['"]?\$(?:gt|gte|lt|lte)['"]? ?: ?['"]{2} ?\}/],
  ['script for the server', DOLLAR, /\$where\b(?:[^\uE000]{0,80}(?:function|return|this\.|sleep)|['"]? ?: ?['"])/],
  [
    'script',
    QUOTE | BREAK,
    /['"] ?(?:\|\||&&|;) ?(?:this\.\w{1,40} ?(?:==|!=|\.match)|return (?:true|false|1|!)|sleep\(|while ?\()/,
  ],
  ['end of script', QUOTE, /['"] ?\|\| ?['"]?\d{1,6}['"]? ?==? ?['"]?\d/],
]);
