import { EmbeddedActionsParser, type IRecognitionException, type IToken } from 'chevrotain';
import { fault, quoted } from './fault.ts';
import {
  And,
  Between,
  Field,
  Last,
  LeftParen,
  Minus,
  Not,
  Or,
  Phrase,
  queryLexer,
  RightParen,
  TOKENS,
  ValueParen,
  ValuePhrase,
  ValueRange,
  ValueWord,
  Word,
} from './tokens.ts';

/** A query as it was written. Tokens keep their places for errors. */
export type Syntax =
  | { readonly is: 'all' | 'any'; readonly of: readonly Syntax[] }
  | { readonly is: 'not'; readonly of: Syntax }
  | { readonly is: 'word' | 'phrase' | 'last' | 'between'; readonly token: IToken }
  | { readonly is: 'field'; readonly name: IToken; readonly values: readonly IToken[] };

/** Most that a query may be: what is larger is no person's. */
const MOST = { characters: 2000, depth: 20, terms: 100 } as const;

class QueryParser extends EmbeddedActionsParser {
  constructor() {
    super(TOKENS, { maxLookahead: 2 });
    this.performSelfAnalysis();
  }

  readonly query = this.RULE('query', (): Syntax => {
    const of: Syntax[] = [];
    this.OPTION(() => of.push(this.SUBRULE(this.any)));
    return { is: 'all', of };
  });

  readonly any = this.RULE('any', (): Syntax => {
    const of: Syntax[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: Or, DEF: () => of.push(this.SUBRULE(this.all)) });
    return { is: 'any', of };
  });

  readonly all = this.RULE('all', (): Syntax => {
    const of: Syntax[] = [this.SUBRULE(this.one)];
    this.MANY(() => {
      this.OPTION(() => this.CONSUME(And));
      of.push(this.SUBRULE2(this.one));
    });
    return { is: 'all', of };
  });

  readonly one = this.RULE('one', (): Syntax => {
    let negated = false;
    this.MANY(() => {
      this.OR([{ ALT: () => this.CONSUME(Not) }, { ALT: () => this.CONSUME(Minus) }]);
      negated = !negated;
    });
    const of = this.SUBRULE(this.plain);
    return negated ? { is: 'not', of } : of;
  });

  readonly plain = this.RULE(
    'plain',
    (): Syntax =>
      this.OR([
        {
          ALT: () => {
            this.CONSUME(LeftParen);
            const inner = this.SUBRULE(this.any);
            this.CONSUME(RightParen);
            return inner;
          },
        },
        { ALT: () => this.SUBRULE(this.field) },
        { ALT: () => ({ is: 'phrase', token: this.CONSUME(Phrase) }) },
        { ALT: () => ({ is: 'last', token: this.CONSUME(Last) }) },
        { ALT: () => ({ is: 'between', token: this.CONSUME(Between) }) },
        { ALT: () => ({ is: 'word', token: this.CONSUME(Word) }) },
      ]),
  );

  readonly field = this.RULE('field', (): Syntax => {
    const name = this.CONSUME(Field);
    const values: IToken[] = [];
    this.OR([
      { ALT: () => values.push(this.CONSUME(ValueWord)) },
      { ALT: () => values.push(this.CONSUME(ValuePhrase)) },
      { ALT: () => values.push(this.CONSUME(ValueRange)) },
      {
        ALT: () => {
          this.CONSUME(ValueParen);
          this.AT_LEAST_ONE_SEP({ SEP: Or, DEF: () => values.push(this.SUBRULE(this.listed)) });
          this.CONSUME(RightParen);
        },
      },
    ]);
    return { is: 'field', name, values };
  });

  readonly listed = this.RULE(
    'listed',
    (): IToken => this.OR([{ ALT: () => this.CONSUME(Word) }, { ALT: () => this.CONSUME(Phrase) }]),
  );
}

let parser: QueryParser | null = null;

/** Reads the syntax of a query. Throws E_USAGE with the column for what is none, or is beyond `MOST`. */
export function syntaxOf(text: string): Syntax {
  if (text.length > MOST.characters)
    throw fault({ at: MOST.characters }, `a query has ${MOST.characters} characters at most`);
  const { tokens } = queryLexer.tokenize(text);
  checkSize(tokens);
  parser ??= new QueryParser();
  parser.input = tokens;
  const syntax = parser.query();
  const [error] = parser.errors;
  if (error !== undefined) throw refusal(error, tokens, text);
  return syntax;
}

/** Before it is parsed: the parser goes down by itself. */
function checkSize(tokens: readonly IToken[]): void {
  let depth = 0;
  let terms = 0;
  for (const one of tokens) {
    const place = { at: one.startOffset };
    if (one.tokenType === LeftParen || one.tokenType === ValueParen) depth += 1;
    else if (one.tokenType === RightParen) depth -= 1;
    else if (one.tokenType !== Field && one.tokenType !== And && one.tokenType !== Or) terms += 1;
    if (depth > MOST.depth) throw fault(place, `${MOST.depth} parentheses within each other are the most`);
    if (terms > MOST.terms) throw fault(place, `${MOST.terms} words and conditions are the most`);
  }
}

const WANTED = 'a word, a "phrase", field:value or a parenthesis';

/** What is wrong, for people. */
function refusal(error: IRecognitionException, tokens: readonly IToken[], text: string): Error {
  const isEnd = Number.isNaN(error.token.startOffset) || error.token.image === '';
  const before = isEnd ? tokens.at(-1) : tokens[tokens.indexOf(error.token) - 1];
  if (before?.tokenType === Field) return noValue(before, error.token.image);
  const unclosed = openParen(tokens);
  if (isEnd) {
    if (before?.tokenType === And || before?.tokenType === Or || before?.tokenType === Not)
      return fault({ at: before.startOffset }, `${before.image} wants ${WANTED} behind it`);
    if (unclosed !== null) return fault(unclosed, 'this ( has no ) to close it');
    return fault({ at: text.length }, `${WANTED} is missing`);
  }
  return fault({ at: error.token.startOffset }, notHere(error.token));
}

function noValue({ image, startOffset }: IToken, next: string): Error {
  const place = { at: startOffset + image.length };
  if (next.startsWith('"')) return fault(place, 'this " has no second one to close it');
  const name = image.slice(0, -1);
  return fault(place, `${image} wants a value right behind the colon: ${name}:x; for the text itself write "${image}"`);
}

function openParen(tokens: readonly IToken[]): { at: number } | null {
  const open: IToken[] = [];
  for (const one of tokens) {
    if (one.tokenType === LeftParen || one.tokenType === ValueParen) open.push(one);
    else if (one.tokenType === RightParen) open.pop();
  }
  const last = open.at(-1);
  return last === undefined ? null : { at: last.startOffset };
}

function notHere({ tokenType, image }: IToken): string {
  if (tokenType.name === 'OpenQuote') return 'this " has no second one to close it';
  if (tokenType === RightParen) return `a ) that closes nothing, or nothing before it: ${WANTED} is wanted`;
  if (tokenType === And || tokenType === Or)
    return `${image} wants ${WANTED} before it; for the word itself write "${image}"`;
  return `${quoted(image)} is not wanted here: values in a list stand between OR, as in host:(web-1 OR web-2)`;
}
