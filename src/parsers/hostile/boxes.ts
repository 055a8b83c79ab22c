// Parameters whose values are texts of their own: what people search for, and whole queries in another language. What
// stands there on its own is no attack by itself; what breaks out of a quote, a bracket or a statement is.

/** Where people type what they look for. */
export const SEARCHES =
  'q|query|search|s|search_?(?:query|terms?|text|words?|phrase|keys?|keywords?|string|for|value)|querystring|sysparm_query|qry|wd|terms?|keywords?|kw|text';
/** Where programs send a query, or an expression of one: OData, Socrata, SPARQL, PromQL, InfluxQL, SOQL, field lists. */
const QUERIES = String.raw`\$[a-z]{2,10}|sql|sql_query|soql|tq|jql|cql|cql_filter|where|expr|expression|formula|target|select|fields?|fl|columns|cols|metrics|group_?by|having`;
/** Where people write sentences, and programs the errors they met. */
const TEXTS =
  'message|msg|comment|body|description|desc|text|title|subject|notes?|content|question|reason|feedback|details|stack|stacktrace|trace|err|error|exception|exd|issue\\[\\w{1,20}\\]';
/** What ends the harmless beginning of such a text. */
const HARMLESS = String.raw`[^'"\x60;|&\n<)\uE000]{0,200}`;

/** One of the words, but not where it is only searched for. */
export const notSearched = (words: string): string =>
  String.raw`(?:${words})(?<!\uE000(?:${SEARCHES})\uE001${HARMLESS}(?:${words}))`;

/** One of the words, but neither where it is searched for nor in a query of its own. */
export const notQueried = (words: string): string =>
  String.raw`${notSearched(words)}(?<!\uE000(?:query|${QUERIES})\uE001[^\uE000]{0,300}(?:${words}))`;

/**
 * One of the words, but not in a search and behind words of everyday language: "php system()". `first`: not at its
 * beginning either.
 */
export function notExplained(words: string, first = false): string {
  const talk = String.raw`(?:[a-z][\w.]{0,30} (?:[\w.]{1,30} ){0,6})${first ? '?' : ''}`;
  return String.raw`(?:${words})(?<!\uE000(?:${SEARCHES})\uE001${talk}(?:${words}))`;
}

/** At the beginning of a value: one that nobody searches for. */
export const UNSEARCHED = String.raw`(?<!\uE000(?:${SEARCHES})\uE001)`;
/** The beginning of a value that is no search. */
export const NO_SEARCH = String.raw`\uE001${UNSEARCHED}`;
/** The characters, but not at the beginning of a search, or of a script that is quoted there. */
export const notFirst = (characters: string): string =>
  String.raw`${characters}(?<!\uE000(?:${SEARCHES})\uE001(?:#!)?${characters})`;

/** Stands behind a word in a sentence or a search: "my /etc/hosts says". */
export const TOLD = String.raw`(?<=\uE000(?:${SEARCHES}|${TEXTS})\uE001[^\uE000]{0,300}[a-z,:.!?] ["']?)`;
/** Does not. */
export const NOT_TOLD = TOLD.replace('(?<=', '(?<!');

/** What stands behind `javascript:` in a link that a script serves: nothing, or a call of ServiceNow's own. */
export const NO_SCRIPT = String.raw`(?: ?void ?\( ?0? ?\))? ?;? ?(?:\uE000|$)|gs\.`;
