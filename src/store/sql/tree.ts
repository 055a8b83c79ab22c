import { AppError } from '../../core/errors.ts';

/** A node of the engine's syntax tree, as `EXPLAIN AST` writes it. */
export interface Node {
  /** `SelectQuery`, `Function`, `Identifier` … */
  readonly kind: string;
  /** Of a Function, Identifier or TableIdentifier its name; of a Literal its text with the type; else ''. */
  readonly name: string;
  readonly alias: string;
  readonly children: Node[];
}

/** Kinds that stand alone in their line. What is not listed here or below is not known, and refused. */
const ALONE = new Set([
  'SelectWithUnionQuery',
  'SelectIntersectExceptQuery',
  'SelectQuery',
  'ExpressionList',
  'Subquery',
  'TablesInSelectQuery',
  'TablesInSelectQueryElement',
  'TableExpression',
  'TableJoin',
  'ArrayJoin',
  'Asterisk',
  'QualifiedAsterisk',
  'OrderByElement',
  'WithElement',
  'WindowListElement',
  'WindowDefinition',
  'ColumnsRegexpMatcher',
  'ColumnsListMatcher',
  'ColumnsTransformerList',
  'ColumnsExceptTransformer',
]);

/** Kinds with a name behind them. */
const NAMED = new Set(['Function', 'Identifier', 'TableIdentifier']);

/** What a person wrote to get a kind that is not taken. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['Set', 'SETTINGS: limits are set by the server'],
  ['ColumnsApplyTransformer', 'APPLY: write the functions out'],
  ['ColumnsReplaceTransformer', 'REPLACE: write the columns out'],
  ['QueryParameter', 'parameters in braces: write the values out'],
  ['InterpolateElement', 'INTERPOLATE'],
  ['SampleRatio', 'SAMPLE: views have no samples'],
  ['ASTStreamSettings', 'STREAM'],
]);

const LINE = /^(?<indent> *)(?<kind>[A-Za-z_:]{1,60})(?: (?<rest>.*))?$/s;
const TAIL = /(?: \(alias (?<alias>[^()\n]{1,200})\))?(?: \(children (?<count>\d{1,6})\))?$/;
// No brackets in names: "(alias …" and "(children …" can then be told from them for sure.
const NAME = /^[^()\n\r]{1,200}$/;

/** Why a query is not taken. */
export const refusal = (why: string): AppError => new AppError('E_USAGE', `this SQL is not taken: ${why}`);

/**
 * Reads the tree from its lines. Throws E_USAGE for whatever it does not know, be it harmless: a name may hold line breaks and brackets, so
 * that a line that is not wholly understood may be a forged one.
 */
export function readTree(lines: readonly string[]): Node {
  const path: { node: Node; count: number }[] = [];
  let root: Node | null = null;
  for (const line of lines) {
    const { depth, node, count } = nodeOf(line);
    if (depth > path.length || (depth === 0) !== (root === null)) throw refusal('its syntax tree has no form');
    whole(path.splice(depth));
    path.at(-1)?.node.children.push(node);
    root ??= node;
    path.push({ node, count });
  }
  whole(path);
  if (root === null) throw refusal('it is empty');
  return root;
}

/** A line that was forged makes one child more than was said, or one that is missing. */
function whole(ended: readonly { node: Node; count: number }[]): void {
  for (const { node, count } of ended)
    if (node.children.length !== count) throw refusal('a name in it is made to look like something else');
}

function nodeOf(line: string): { depth: number; node: Node; count: number } {
  const { indent = '', kind = '', rest = '' } = LINE.exec(line)?.groups ?? {};
  const known = ALONE.has(kind) || NAMED.has(kind) || kind === 'Literal';
  if (!known)
    throw refusal(
      REFUSED.get(kind) ?? REFUSED.get(kind.split('_')[0] ?? '') ?? `${kind || 'a name with a line break'}`,
    );
  const full = rest === '' ? '' : ` ${rest}`;
  const { alias = '', count = '0' } = TAIL.exec(full)?.groups ?? {};
  const name = full.replace(TAIL, '').slice(1);
  if (ALONE.has(kind) ? name !== '' : kind !== 'Literal' && !NAME.test(name))
    throw refusal('names and aliases with brackets or line breaks: use letters, digits and _');
  return { depth: indent.length, node: { kind, name, alias, children: [] }, count: Number(count) };
}
