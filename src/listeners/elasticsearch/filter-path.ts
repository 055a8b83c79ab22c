const MOST_PATHS = 32;
const MOST_STEPS = 16;

type Json = Record<string, unknown>;

/**
 * What `filter_path` keeps of an answer (Elasticsearch, "Response filtering"): dotted paths parted by commas, `*` for any part of a name,
 * `**` for any names between. Lists are passed through. Paths that leave out (`-took`) are not known here: then all is kept.
 */
export function filtered(answer: Json, filterPath: string | null): Json {
  const paths = (filterPath ?? '')
    .split(',')
    .map((path) => path.trim())
    .filter(Boolean);
  if (paths.length === 0 || paths.length > MOST_PATHS || paths.some((path) => path.startsWith('-'))) return answer;
  const steps = paths.map((path) => path.split('.').slice(0, MOST_STEPS));
  return (pick(answer, steps) as Json | undefined) ?? {};
}

/** The parts of a value that any of the paths leads to; undefined when none does. */
function pick(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some((path) => path.length === 0 || (path.length === 1 && path[0] === '**'))) return value;
  if (Array.isArray(value)) {
    const kept = value.map((one) => pick(one, paths)).filter((one) => one !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const kept: Json = {};
  for (const [name, inner] of Object.entries(value)) {
    const left = paths.flatMap((path) => after(path, name));
    const found = left.length === 0 ? undefined : pick(inner, left);
    if (found !== undefined) kept[name] = found;
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/** What is left of a path once a name was passed: nothing, or one path, or for `**` several. */
function after(path: readonly string[], name: string): readonly (readonly string[])[] {
  const [step = '', ...rest] = path;
  if (step === '**') return [path, ...after(rest, name)];
  return matches(step, name) ? [rest] : [];
}

function matches(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  const parts = pattern.split('*');
  const [begin = ''] = parts;
  const end = parts.at(-1) ?? '';
  if (!name.startsWith(begin) || !name.endsWith(end) || name.length < begin.length + end.length) return false;
  let at = begin.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found === -1 || found + part.length > name.length - end.length) return false;
    at = found + part.length;
  }
  return true;
}
