import { AppError } from '../core/errors.ts';
import type { BinaryParser, LineParser, Message, MessageParser, Parser, RecordsParser } from '../core/stages.ts';

/** Which parser is asked for what, built once from the registry, so that a hundred parsers cost what one costs. */
export interface Dispatch {
  readonly messages: ReadonlyMap<string, readonly MessageParser[]>;
  /** Message prefixes asked for under any program, by their first character code. */
  readonly prefixes: ReadonlyMap<number, readonly { readonly prefix: string; readonly parser: MessageParser }[]>;
  /** Asked for programs that no parser names. */
  readonly strangers: readonly MessageParser[];
  readonly lines: readonly LineParser[];
  readonly linesByProgram: ReadonlyMap<string, readonly LineParser[]>;
  readonly records: readonly RecordsParser[];
  readonly recordsByProgram: ReadonlyMap<string, RecordsParser>;
  readonly binaries: readonly BinaryParser[];
}

/** `format` keeps one parser only (for a person who knows better). Throws E_USAGE for a name that no parser has. */
export function createDispatch(parsers: readonly Parser[], format?: string): Dispatch {
  if (format !== undefined && format !== 'syslog' && !parsers.some(({ name }) => name === format)) {
    const names = ['syslog', ...parsers.map(({ name }) => name)].join(', ');
    throw new AppError('E_USAGE', `unknown format "${format.slice(0, 80)}": one of ${names}`);
  }
  const wanted = parsers.filter(({ name, kind }) => format === undefined || name === format || kind === 'message');
  const lines = wanted.filter((parser) => parser.kind === 'line');
  const records = wanted
    .filter((parser) => parser.kind === 'records')
    .map((parser) => (parser.name === format ? { ...parser, accepts: () => true } : parser));
  const messages = wanted.filter((parser) => parser.kind === 'message');
  return {
    messages: byKey(messages, ({ programs }) => programs),
    prefixes: prefixTable(messages),
    strangers: messages.filter(({ anyProgram }) => anyProgram === true),
    lines,
    linesByProgram: byKey(lines, ({ programs }) => programs ?? []),
    records,
    recordsByProgram: new Map(records.flatMap((parser) => (parser.programs ?? []).map((name) => [name, parser]))),
    binaries: wanted.filter((parser) => parser.kind === 'binary'),
  };
}

function byKey<P>(parsers: readonly P[], keys: (parser: P) => readonly string[]): Map<string, P[]> {
  const table = new Map<string, P[]>();
  for (const parser of parsers) for (const key of keys(parser)) table.set(key, [...(table.get(key) ?? []), parser]);
  return table;
}

function prefixTable(parsers: readonly MessageParser[]): Dispatch['prefixes'] {
  const table = new Map<number, { prefix: string; parser: MessageParser }[]>();
  for (const parser of parsers)
    for (const prefix of parser.prefixes ?? []) {
      const code = prefix.charCodeAt(0);
      table.set(code, [...(table.get(code) ?? []), { prefix, parser }]);
    }
  return table;
}

/** What a message parser made of a message. */
export interface Understood {
  readonly parser: string;
  readonly fields: NonNullable<ReturnType<MessageParser['parse']>>;
}

/** What relays and editors leave at a line's end; rsyslog writes a line feed as #012. */
const BLANK_END = /(?:\s|#01[125]){1,64}$/;

/** Asks the parsers of the message's beginning, then those of its program. Blanks at its end are nobody's words. */
export function parseMessage(dispatch: Dispatch, given: Message): Understood | null {
  const last = given.message.charCodeAt(given.message.length - 1);
  const isBare = last > 0x20 && !given.message.endsWith('#012');
  const message = isBare ? given : { ...given, message: given.message.replace(BLANK_END, '') };
  const prefixed = dispatch.prefixes.get(message.message.charCodeAt(0));
  if (prefixed)
    for (const { prefix, parser } of prefixed) {
      if (!message.message.startsWith(prefix)) continue;
      const fields = parser.parse(message);
      if (fields) return { parser: parser.name, fields };
    }
  for (const parser of dispatch.messages.get(message.appName) ?? dispatch.strangers) {
    const fields = parser.parse(message);
    if (fields) return { parser: parser.name, fields };
  }
  return null;
}
