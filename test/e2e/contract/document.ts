import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** The part of JSON Schema that the API's document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: Schema;
}

type Content = Readonly<
  Record<string, { readonly schema: Schema; readonly 'x-events'?: Readonly<Record<string, Schema>> }>
>;

export interface Operation {
  readonly method: string;
  /** With `{names}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: Content }>>;
}

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'method' | 'path'>>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, { readonly content: Content }>>;
  };
}

/** What tells of the inside: files, stacks, SQL, the engine's own words. */
const LEAK = /node_modules|\/work\/|\/tmp\/|file:\/\/|\bat .{1,80}:\d+:\d+|DB::|"stack"|ECONNREFUSED/;

/** A statement of ours; what is wrong with one of theirs is told in its own words. */
const STATEMENT = /\bSELECT\b[\s\S]{1,400}\bFROM\b/;

/** The API's document, and whether answers are as it says. */
export class Contract {
  readonly operations: readonly Operation[];
  readonly #document: Document;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: false });
  readonly #known = new Map<Schema, ValidateFunction>();

  constructor(document: unknown) {
    // An answer may have no key that the document does not know: here it is closed, for clients it is open.
    this.#document = closed(document) as Document;
    (addFormats as unknown as (ajv: Ajv2020) => void)(this.#ajv);
    this.operations = Object.entries(this.#document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...operation,
        parameters: operation.parameters ?? [],
        method: method.toUpperCase(),
        path,
      })),
    );
  }

  /** What is wrong with an answer; null when nothing is. */
  fault(operation: Operation, { status, type, text }: Answer): string | null {
    const { responses, path } = operation;
    const said = responses[String(status)] ?? responses[`${Math.floor(status / 100)}XX`];
    const isFault = status >= 500 && status !== 503 && responses[String(status)] === undefined;
    if (said === undefined || isFault) return `status ${status}: ${text.slice(0, 200)}`;
    if (status >= 400 && tellsOfTheInside(path, text)) return `tells of the inside: ${text.slice(0, 400)}`;
    const content = said.$ref === undefined ? said.content : this.#document.components.responses['Problem']?.content;
    if (content === undefined) return text === '' ? null : `a body at status ${status}`;
    const [media = ''] = type.split(';');
    const form = content[media];
    if (form === undefined) return `${media} at status ${status}: ${text.slice(0, 200)}`;
    if (media === 'text/event-stream') return this.#streamFault(form['x-events'] ?? {}, text);
    return media.endsWith('json') ? this.#misfit(form.schema, text) : null;
  }

  #streamFault(events: Readonly<Record<string, Schema>>, text: string): string | null {
    for (const block of text.split('\n\n').slice(0, -1)) {
      const [name, data] = [fieldOf(block, 'event'), fieldOf(block, 'data')];
      if (name === '' && data === '') continue; // a comment
      const schema = events[name];
      const wrong = schema === undefined ? 'is not said' : this.#misfit(schema, data);
      if (wrong !== null) return `event ${name}: ${wrong}`;
    }
    return null;
  }

  #misfit(schema: Schema, text: string): string | null {
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch {
      return `no JSON: ${text.slice(0, 200)}`;
    }
    const fits = this.#known.get(schema) ?? this.#ajv.compile({ ...schema, components: this.#document.components });
    this.#known.set(schema, fits);
    return fits(data)
      ? null
      : `${this.#ajv.errorsText(fits.errors)} ${JSON.stringify(fits.errors?.[0]?.params)}: ${text.slice(0, 400)}`;
  }
}

/** Of a block of server-sent events: lines end at LF, not at U+2028. */
function fieldOf(block: string, name: string): string {
  const line = block.split('\n').find((one) => one.startsWith(`${name}: `));
  return line?.slice(name.length + 2) ?? '';
}

const tellsOfTheInside = (path: string, text: string) =>
  LEAK.test(text) || (path !== '/api/v1/sql' && STATEMENT.test(text));

function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]));
  const isOpen =
    'type' in inner && inner['type'] === 'object' && 'properties' in inner && !('additionalProperties' in inner);
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}
