import fc from 'fast-check';
import type { Operation, Parameter, Schema } from './document.ts';

/** A request, as it goes out. */
export interface Sent {
  readonly method: string;
  /** As it stands on the wire. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

const LONE = /\p{Cs}/gu; // half a pair has no UTF-8
const encoded = (text: string) => encodeURIComponent(text.replace(LONE, '\ufffd'));

/** Texts that others have fallen over, already encoded: escapes that are broken, bytes that are no UTF-8, controls, numbers beyond all numbers. */
const ODD = [
  ...['', ' ', '0', '-1', '1.5', '1e3', '1e400', 'NaN', '99999999999999999999999', '0x10', 'null', 'true', '[]', '{}'],
  ...["'", '"', "';--", '\\', '$(id)', '{{7*7}}', '../../etc/passwd', '\r\nSet-Cookie: a=b', '\0', '\u001b[2J'],
  ...[
    '\u202e',
    '日本',
    '👩‍👩‍👧',
    'e\u0301',
    '\ufeff',
    '%',
    '*'.repeat(500),
    '('.repeat(300),
    'a AND '.repeat(300),
    'x'.repeat(5000),
  ],
  ...[
    '24h',
    '9999999999d',
    '2026-13-45T99:99:99Z',
    '-1h',
    '0000-00-00',
    '+275760-09-13T00:00:00Z',
    '1.2.3.4/33',
    '::ffff:1.2.3.4',
  ],
].map(encoded);
const RAW = ['%', '%zz', '%ff%fe', '%ed%a0%80', '%c0%af', '+', ';', '%2f..%2f', '%00', '%0d%0a'];
const odd = fc.oneof(fc.constantFrom(...ODD, ...RAW), fc.string({ unit: 'binary', maxLength: 40 }).map(encoded));

/** A value that the schema takes. */
export function fitting(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'integer':
    case 'number':
      return fc.integer({ min: Math.max(schema.minimum ?? 0, -1000), max: Math.min(schema.maximum ?? 1000, 100_000) });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(fitting(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      });
    case 'object':
      return fittingObject(schema);
    default:
      return fittingText(schema);
  }
}

function fittingObject({ properties = {}, required = [] }: Schema): fc.Arbitrary<object> {
  const values = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, fitting(one)]));
  return fc.record(values, { requiredKeys: [...required] });
}

function fittingText({ format, pattern, minLength = 0, maxLength = 200 }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).map((text) => text.slice(0, maxLength));
  return fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 30) });
}

type Pairs = readonly (readonly [string, string])[];

/** Words of a query string; some parameters, as they should be (`isFair`) or not. */
function queryOf(parameters: readonly Parameter[], isFair: boolean): fc.Arbitrary<Pairs> {
  const fair = parameters.map(({ name, required, schema }) => {
    const value = fitting(schema).map((one): Pairs => [[name, encoded(String(one))]]);
    return required ? value : fc.oneof(fc.constant<Pairs>([]), value);
  });
  const all = fc.tuple(...fair).map((lists) => lists.flat());
  if (isFair) return all;
  const names = [...parameters.map(({ name }) => name), '__proto__', 'constructor', 'x', 'a[b]', ''];
  const wrong = fc.array(fc.tuple(fc.constantFrom(...names), odd), { minLength: 1, maxLength: 4 });
  return fc.tuple(all, wrong).map(([good, bad]) => [...good, ...bad]); // also keys that come twice
}

/** Requests of an operation, as they should be or not. */
export function requestsOf({ method, path, parameters, requestBody }: Operation, isFair: boolean): fc.Arbitrary<Sent> {
  const places = parameters.filter((one) => one.in === 'path');
  const values = places.map(({ schema }) => (isFair ? fitting(schema).map((one) => encoded(String(one))) : odd));
  const query = queryOf(
    parameters.filter((one) => one.in === 'query'),
    isFair,
  );
  const body = requestBody === undefined ? fc.constant(NOTHING) : bodyOf(Object.entries(requestBody.content), isFair);
  return fc.tuple(fc.tuple(...values), query, body).map(([given, pairs, { type, bytes }]) => ({
    method,
    path:
      pathOf(path, places, given) +
      (pairs.length === 0 ? '' : `?${pairs.map(([name, text]) => `${name}=${text}`).join('&')}`),
    headers: type === '' ? {} : { 'content-type': type },
    body: bytes,
  }));
}

const pathOf = (path: string, places: readonly Parameter[], given: readonly string[]) =>
  places.reduce((text, { name }, nth) => text.replace(`{${name}}`, () => given[nth] || 'x'), path);

interface Body {
  readonly type: string;
  readonly bytes: Buffer | null;
}
const NOTHING: Body = { type: '', bytes: null };
const json = (text: string): Body => ({ type: 'application/json', bytes: Buffer.from(text) });

function bodyOf(
  content: readonly (readonly [string, { readonly schema: Schema }])[],
  isFair: boolean,
): fc.Arbitrary<Body> {
  const [[type, { schema }] = ['', { schema: {} }]] = content;
  if (type !== 'application/json') return fc.string().map((text) => ({ type, bytes: Buffer.from(text) }));
  const fair = fitting(schema).map((value) => JSON.stringify(value));
  return isFair ? fair.map(json) : fc.oneof(wrongBodies(schema), fair.chain(broken));
}

/** Values of other types in the places of the right ones, keys that are missing or too many. */
function wrongBodies(schema: Schema): fc.Arbitrary<Body> {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(1e308, -0, '', 'x'.repeat(20_000), '\u0000', '\ud800', [[]], {}),
  );
  const names = [...Object.keys(schema.properties ?? {}), '__proto__', 'constructor', 'toString', 'x'];
  const changed = fc.tuple(fitting(schema), fc.constantFrom(...names), value).map(([good, name, bad]) => {
    const text = JSON.stringify(bad) ?? 'null';
    const inner = JSON.stringify(good).slice(1, -1);
    return json(`{${inner}${inner === '' ? '' : ','}${JSON.stringify(name)}:${text}}`); // twice, the last holds
  });
  return fc.oneof(
    changed,
    value.map((one) => json(JSON.stringify(one) ?? 'null')),
  );
}

/** What is no JSON, or is not said to be. */
function broken(text: string): fc.Arbitrary<Body> {
  const bytes = Buffer.from(text);
  return fc.constantFrom(
    NOTHING,
    json(''),
    json(text.slice(0, -1)),
    json(`\ufeff${text}`),
    json(`${text}${text}`),
    json('['.repeat(20_000)),
    json(`{"a":${'1'.repeat(5000)}}`),
    json('{"__proto__":{"x":1}}'),
    json(`"${'x'.repeat(1_200_000)}"`),
    { type: 'application/json', bytes: Buffer.from([0x22, 0xff, 0xfe, 0x22]) },
    ...['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded'].map(
      (type) => ({ type, bytes }),
    ),
    ...['application/json; charset=utf-16', 'application/jsonx', '*/*', 'a/b; c="', 'application/octet-stream'].map(
      (type) => ({ type, bytes }),
    ),
  );
}
