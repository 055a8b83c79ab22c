import * as z from 'zod';
import { collectors } from '../src/collectors/index.ts';
import { listeners } from '../src/listeners/index.ts';
import { configSchema, DEFAULT_SOURCES } from '../src/server/config-schema.ts';

/** The part of JSON Schema that our schema uses. */
interface Form {
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Form>>;
  readonly items?: Form;
  readonly anyOf?: readonly Form[];
  readonly oneOf?: readonly Form[];
  readonly required?: readonly string[];
}

const sources = [...collectors, ...listeners];
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function schemaOf(schema: z.ZodType): Form {
  return z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as Form;
}

/** What a key takes when nobody says it. The machine's own name is not a default to print. */
function defaultOf(path: string, form: Form, required: boolean): string {
  if (path === 'ledger.origin') return 'HOSTNAME/spoor';
  if (form.default !== undefined) return `\`${cell(JSON.stringify(form.default))}\``;
  return required ? 'must be given' : '';
}

function rows(prefix: string, form: Form): string[] {
  return Object.entries(form.properties ?? {}).flatMap(([name, value]) => {
    const path = `${prefix}${name}`;
    if (path === 'sources' || value.const !== undefined) return [];
    const inner = rows(`${path}.`, value);
    const list = value.items?.properties === undefined ? [] : rows(`${path}[].`, value.items);
    if (inner.length > 0 && value.description === undefined) return inner;
    const given = inner.length > 0 ? '' : defaultOf(path, value, form.required?.includes(name) === true);
    return [`| \`${path}\` | ${cell(value.description ?? '')} | ${given} |`, ...inner, ...list];
  });
}

const HEAD = ['| key | meaning | when absent |', '|---|---|---|'];

/** docs/reference/configuration.md, made from the schema that the server checks. */
export function configPage(generated: string): string {
  const whole = schemaOf(configSchema(sources));
  const parts = sources.map(({ name, config }) => {
    const table = rows('', schemaOf(config));
    return [`### ${name}`, '', ...(table.length === 0 ? ['No keys.'] : [...HEAD, ...table]), ''].join('\n');
  });
  return `# The configuration file

${generated}
One YAML file: \`spoor.yml\` in the data folder, or the one that \`spoor serve --config\` names. An unknown key is an error that names the line. Secrets
stand in it as \`\${env:NAME}\` or \`\${file:/path}\`, never as themselves.

Without a file: \`sources: ${JSON.stringify(DEFAULT_SOURCES)}\`.

## Keys

${[...HEAD, ...rows('', whole)].join('\n')}

## Sources

Each entry of \`sources\` has a \`type\`, may have a \`name\` (its streams begin with it; the type when absent), and has the keys of its type.

${parts.join('\n')}`;
}
