import * as z from 'zod';
import { PERMISSIONS, type Permission, TOKEN_PERMISSIONS } from '../access/roles.ts';
import type { Declaration } from './caller.ts';
import type { Described } from './described.ts';
import { problem } from './problem.ts';

type Json = Readonly<Record<string, unknown>>;
interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
}

const ABOUT = `What a Spoor server is asked, and what it answers.

**Who asks.** A browser by its session cookie, a program by \`Authorization: Bearer TOKEN\`; what a route needs stands in its \`security\`.
The owner of the data folder may ask all of it by the unix socket there (\`run/api.sock\`), without either.

**What goes wrong** is a problem document (RFC 9457). Its \`code\` never changes its meaning; \`detail\` is for people.

**Pages.** Where there is more, \`next\` is not null: hand it back as \`cursor\`, with the same question.

**Limits.** A question that passes a limit of time, rows or memory is ended in the index, and answered by 413. When the client leaves, its question ends.
429 and 503: try again later.

**Server-sent events** (HTML Living Standard, 9.2) have a name and a JSON document as data; \`x-events\` says which. New keys may come into answers, new values into no list.`;

const PROBLEM = { $ref: '#/components/responses/Problem' };

/**
 * The document of the API (OpenAPI 3.1), made from what the routes themselves read and answer by. `local`: routes, some of which are on the
 * local socket alone.
 */
export function openApi(declarations: readonly Declaration[], local: readonly Declaration[] = []): Json {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, Json>> = {};
  const known = new Set(declarations.map(nameOf));
  const add = (declaration: Declaration, isLocal: boolean) => {
    if (declaration.api === null) return;
    const path = declaration.url.replace(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][declaration.method.toLowerCase()] = operation(declaration, declaration.api, schemas, isLocal);
  };
  for (const one of declarations) add(one, false);
  for (const one of local) if (!known.has(nameOf(one))) add(one, true);
  const problems = { 'application/problem+json': { schema: schemas.of(problem) } };
  return {
    openapi: '3.1.1',
    info: {
      title: 'Spoor',
      version: '1',
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: schemas.named,
      responses: { Problem: { description: 'It was not done, and why.', content: problems } },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-spoor',
          description: 'Without TLS its name is `spoor`.',
        },
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Made by its owner, for some permissions and some days.',
        },
      },
    },
  };
}

const nameOf = ({ method, url }: Declaration) => `${method} ${url}`;

function operation({ method, url, needs }: Declaration, api: Described, schemas: Schemas, isLocal: boolean): Json {
  const where = isLocal ? ' On the local socket only.' : '';
  const permission = needs === null ? '' : ` Needs the permission \`${needs}\`: ${PERMISSIONS[needs]}.`;
  const parameters = [
    ...(api.params === undefined ? [] : parametersOf('path', schemas.of(api.params))),
    ...(api.query === undefined ? [] : parametersOf('query', schemas.of(api.query))),
  ];
  const body = bodyOf(api, schemas);
  return {
    operationId: `${method.toLowerCase()}${url.replace(/^\/api\/v1/, '').replace(/[^A-Za-z0-9]+/g, '_')}`,
    summary: api.about,
    description: `${api.about}${permission}${where}`,
    security: needs === null || isLocal ? [] : securityOf(needs),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== null && { requestBody: body }),
    responses: { ...answersOf(api, schemas), '4XX': PROBLEM, '5XX': PROBLEM },
  };
}

/** Names of roles that are needed stand in the scheme's list (OpenAPI 3.1, Security Requirement Object): here, the permission. */
function securityOf(needs: Permission): Json[] {
  return [{ session: [needs] }, ...(TOKEN_PERMISSIONS.includes(needs) ? [{ token: [needs] }] : [])];
}

function parametersOf(place: 'path' | 'query', schema: ObjectSchema): Json[] {
  return Object.entries(schema.properties ?? {}).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || (schema.required?.includes(name) ?? false),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

function bodyOf({ body, takes }: Described, schemas: Schemas): Json | null {
  const content = {
    ...(body !== undefined && { 'application/json': { schema: schemas.of(body) } }),
    ...textsOf(takes),
  };
  return Object.keys(content).length === 0 ? null : { required: true, content };
}

function textsOf(forms: Described['takes']): Json {
  return Object.fromEntries(
    Object.entries(forms ?? {}).map(([type, description]) => [type, { schema: { type: 'string', description } }]),
  );
}

function answersOf({ answer, statuses = [200], gives, events }: Described, schemas: Schemas): Json {
  const content = {
    ...(answer !== null && { 'application/json': { schema: schemas.of(answer) } }),
    ...textsOf(gives),
    ...(events !== undefined && { 'text/event-stream': streamOf(events, schemas) }),
  };
  if (Object.keys(content).length === 0) return { 204: { description: 'It is done.' } };
  return Object.fromEntries(
    statuses.map((status) => [String(status), { description: 'What was asked for.', content }]),
  );
}

function streamOf(events: NonNullable<Described['events']>, schemas: Schemas): Json {
  const named = Object.entries(events).map(([name, schema]) => [name, schemas.of(schema)]);
  return { schema: { type: 'string' }, 'x-events': Object.fromEntries(named) };
}

/** JSON Schemas of the document; what has an id stands once. */
class Schemas {
  readonly named: Record<string, Json> = {};

  of(schema: z.ZodType): ObjectSchema & Json {
    const made = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
    const text = JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/');
    const { $schema: _, $defs = {}, ...rest } = JSON.parse(text) as Json & { $defs?: Record<string, Json> };
    for (const [name, { id: __, ...one }] of Object.entries($defs)) this.named[name] = one;
    return this.#once(rest);
  }

  /** One that has an id itself is not among its own definitions. */
  #once({ id, ...schema }: Json): Json {
    if (typeof id !== 'string') return schema;
    this.named[id] = schema;
    return { $ref: `#/components/schemas/${id}` };
  }
}
