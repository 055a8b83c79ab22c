import { allowed, isPlainLiteral, isPlainType, isSmallPattern } from './allowed.ts';
import { type Node, refusal } from './tree.ts';

const WORD = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
/** Databases that every engine has, beside those that it says. */
const ALWAYS = ['system', 'default', 'information_schema'];
const MOST_NODES = 1500;

/**
 * Judges a query by its tree. Throws E_USAGE unless it does nothing but select from views of the database that it runs in, with functions
 * of the list. `databases`: all that the engine has.
 *
 * Tables have no database before their name, so that they can be nothing but views of ours, or names that the query itself made; and no
 * name is that of a database, for `IN system.users` is a column to the tree, and a table to the engine where there is no such column.
 */
export function judge(root: Node, databases: readonly string[]): void {
  const taken = new Set([...ALWAYS, ...databases].map((name) => name.toLowerCase()));
  let nodes = 0;
  const look = (node: Node, parent: Node | null): void => {
    nodes += 1;
    if (nodes > MOST_NODES) throw refusal(`it has more than ${MOST_NODES} parts`);
    nameIsFree(node, taken);
    if (node.kind === 'TableIdentifier') table(node);
    if (node.kind === 'Function') func(node, parent);
    for (const child of node.children) look(child, node);
  };
  if (root.kind !== 'SelectWithUnionQuery' || root.children.length !== 1)
    throw refusal('one SELECT, without FORMAT, SETTINGS or INTO OUTFILE');
  look(root, null);
}

/**
 * Throws E_USAGE for a quoted name with brackets or line breaks: in the lines of the tree, it could look like something else. `sql` as the
 * engine wrote it: it quotes texts by ' and names by `, and escapes what is in them.
 */
export function namesArePlain(sql: string): void {
  for (const [, name] of sql.matchAll(/'(?:[^'\\]|\\.)*'|`((?:[^`\\]|\\.)*)`/gs))
    if (name !== undefined && /[()\\\n]/.test(name))
      throw refusal('names and aliases with brackets or line breaks: use letters, digits and _');
}

function nameIsFree({ kind, name, alias }: Node, taken: ReadonlySet<string>): void {
  const first = kind === 'Identifier' ? (name.split('.', 1)[0] ?? '') : '';
  for (const word of [first, alias.split('.', 1)[0] ?? ''])
    if (taken.has(word.toLowerCase())) throw refusal(`"${word}" is a database: views are named without one`);
}

function table({ name }: Node): void {
  if (name.includes('.')) throw refusal(`the table "${shown(name)}": views are named without a database`);
  if (!WORD.test(name)) throw refusal(`the table "${shown(name)}"`);
}

function func({ name, children }: Node, parent: Node | null): void {
  if (parent?.kind === 'TableExpression') throw refusal(`the table function "${shown(name)}"; range() makes numbers`);
  const may = allowed(name);
  if (may === null) throw refusal(`the function "${shown(name)}"; docs/guides/sql.md lists those that are`);
  const [given] = children;
  const args = given?.kind === 'ExpressionList' ? given.children : [];
  if (may.second === 'type') castIsPlain(args);
  else if (may.second === 'pattern') patternIsSmall(name, args);
  else
    for (const arg of args.slice(may.freeArguments))
      if (arg.kind !== 'Literal' || !isPlainLiteral(arg.name)) throw zone(name);
}

function patternIsSmall(name: string, [, pattern]: readonly Node[]): void {
  if (pattern?.kind !== 'Literal' || !isSmallPattern(pattern.name))
    throw refusal(
      `${shown(name)}() with a pattern that is not written out, is longer than 500 letters, or repeats {n} too often`,
    );
}

const zone = (name: string) => refusal(`${shown(name)}() with a time zone that is not written out, as 'Europe/Berlin'`);

function castIsPlain(args: readonly Node[]): void {
  const [, type, ...more] = args;
  const text = type?.kind === 'Literal' ? /^'(?<text>[^'\\]*)'$/.exec(type.name)?.groups?.['text'] : undefined;
  if (text === undefined || more.length > 0 || !isPlainType(text))
    throw refusal('a cast to a type that is not a plain one; a time zone goes into toDateTime(x, zone)');
}

const shown = (name: string) => name.slice(0, 80);
