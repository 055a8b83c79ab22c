import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import * as z from 'zod';
import { createApp } from '../src/api/app.ts';
import { openApi } from '../src/api/openapi.ts';
import type { ServerView } from '../src/api/view.ts';
import { allCommands } from '../src/cli/commands/index.ts';
import { ERROR_CODES } from '../src/core/errors.ts';
import type { Parser } from '../src/core/stages.ts';
import { parsers } from '../src/parsers/index.ts';
import { storySchema } from '../src/report/schema.ts';
import { trailSchema } from '../src/report/schema-trail.ts';
import { configPage } from './config-page.ts';

const commands = await allCommands();
const HELP_COLUMNS = 100;
const GENERATED = '<!-- Written by `npm run docs`. Do not edit. -->\n';

/** The reference pages, by path from the project's root, made from the code alone. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  const story = z.toJSONSchema(storySchema, { target: 'draft-2020-12' }) as JsonSchema;
  const trail = z.toJSONSchema(trailSchema, { target: 'draft-2020-12' }) as JsonSchema;
  return new Map([
    ['docs/reference/investigation.schema.json', `${JSON.stringify(story, null, 2)}\n`],
    ['docs/reference/investigation-json.md', jsonPage(story, 'investigation', 'investigate')],
    ['docs/reference/trace.schema.json', `${JSON.stringify(trail, null, 2)}\n`],
    ['docs/reference/trace-json.md', jsonPage(trail, 'trace', 'trace')],
    ['docs/reference/errors.md', await errorsPage()],
    ['docs/reference/parsers.md', parsersPage()],
    ['docs/reference/cli.md', cliPage()],
    ['docs/reference/openapi.json', `${JSON.stringify(apiDocument(), null, 2)}\n`],
    ['docs/reference/configuration.md', configPage(GENERATED)],
  ]);
}

/** Of routes that are registered and never asked. */
function apiDocument(): object {
  const view = { access: {} } as unknown as ServerView;
  const [page, local] = [createApp(view, { local: false }), createApp(view, { local: true })];
  return openApi(page.declarations, local.declarations);
}

/** The part of JSON Schema that our schema uses. */
interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: boolean | JsonSchema;
}

const tableCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** `list of object`, `string or null`, `"high" | "low"`. */
function typeOf(schema: JsonSchema): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (typeof schema.type === 'object') return schema.type.join(' or ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(' ');
  if (schema.type === 'array') return schema.items?.properties ? 'list' : `list of ${typeOf(schema.items ?? {})}s`;
  if (schema.format === 'date-time') return 'instant';
  if (typeof schema.additionalProperties === 'object') return `object of ${typeOf(schema.additionalProperties)}s`;
  return schema.type === undefined ? 'nothing' : schema.type;
}

/** The object that a schema describes, itself or as list item or alternative to null. */
function objectIn(schema: JsonSchema): JsonSchema | undefined {
  if (schema.properties) return schema;
  if (schema.items) return objectIn(schema.items);
  return schema.anyOf?.map(objectIn).find((found) => found !== undefined);
}

function rows(path: string, schema: JsonSchema): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const name = `${path}${key}`;
    const absent = schema.required?.includes(key) ? '' : ' (may be absent)';
    const meaning = tableCell(value.description ?? '');
    const row = `| \`${name}\` | ${tableCell(typeOf(value))}${absent} | ${meaning} |`;
    const inner = objectIn(value);
    const list = value.type === 'array' ? '[]' : '';
    return inner ? [row, ...rows(`${name}${list}.`, inner)] : [row];
  });
}

function jsonPage(schema: JsonSchema, form: string, command: string): string {
  return `# The document of \`spoor ${command} --json\`

${GENERATED}
${schema.description ?? ''} The form is \`spoor.${form}/1\`; the same as a JSON Schema (draft 2020-12) is in
[${form}.schema.json](${form}.schema.json). All keys are always there, except those marked. Text from logs
stands as it was written: it is a stranger's, and may hold anything.

| key | type | meaning |
|---|---|---|
${rows('', schema).join('\n')}
`;
}

/** Codes with the comments that stand beside them in the source. */
async function errorsPage(): Promise<string> {
  const source = await readFile(new URL('../src/core/errors.ts', import.meta.url), 'utf8');
  const meaning = (code: string): string => new RegExp(`^\\s*${code}:[^/]*// (.*)$`, 'm').exec(source)?.[1] ?? '';
  const lines = Object.entries(ERROR_CODES).map(
    ([code, { status, exit }]) => `| \`${code}\` | ${exit} | ${status} | ${tableCell(meaning(code))} |`,
  );
  return `# Errors

${GENERATED}
Every error that Spoor raises on purpose has a code that never changes its meaning. On the command line the code stands
at the end of the message, and the exit code tells its kind (sysexits.h); over HTTP it has a status.

| code | exit code | HTTP status | meaning |
|---|---|---|---|
${lines.join('\n')}

Further exit codes: 0, the run worked, whatever the verdict; 10, \`--fail-on\` was given and its verdict was reached; 70,
a bug in Spoor (please report it): over HTTP, status 500 with the code \`E_BUG\`.
`;
}

function asked(parser: Parser): string {
  const programs = ('programs' in parser ? (parser.programs ?? []) : []).map((name) =>
    name ? `\`${name}\`` : 'lines without a program',
  );
  const prefixes = ('prefixes' in parser ? (parser.prefixes ?? []) : []).map(
    (prefix) => `messages beginning \`${prefix}\``,
  );
  return tableCell([...programs, ...prefixes].join(', '));
}

const KINDS: Readonly<Record<Parser['kind'], string>> = {
  message: 'what a program says inside a syslog envelope',
  line: 'one line, one event',
  records: 'several lines, one event',
  binary: 'binary records',
};

function parsersPage(): string {
  const lines = parsers.map((parser) => `| \`${parser.name}\` | ${KINDS[parser.kind]} | ${asked(parser)} |`);
  return `# Parsers

${GENERATED}
Formats are told by content, never by a file's name. \`spoor parse --format NAME\` uses one parser alone.

| name | reads | programs |
|---|---|---|
${lines.join('\n')}
`;
}

function cliPage(): string {
  const program = new Command('spoor').configureOutput({ getOutHelpWidth: () => HELP_COLUMNS });
  for (const { register } of commands) register(program, () => undefined);
  const sections = program.commands.flatMap((command) => helpSections('spoor', '##', command));
  return `# The command line\n\n${GENERATED}\n${sections.join('\n')}`;
}

/** A command's help, and below it that of its own commands. */
function helpSections(before: string, heading: string, command: Command): string[] {
  command.configureOutput({ getOutHelpWidth: () => HELP_COLUMNS });
  const name = `${before} ${command.name()}`;
  const own = `${heading} ${name}\n\n\`\`\`text\n${command.helpInformation().trimEnd()}\n\`\`\`\n`;
  return [own, ...command.commands.flatMap((inner) => helpSections(name, `${heading}#`, inner))];
}
