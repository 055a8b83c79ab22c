import { CODE_HOST, EXACT, EXTENSIONS, type Mark, PATTERNS } from './probe-paths.ts';

// Paths that nobody asks for who was not looking for a hole. A path is cut at its slashes and each part looked up, so that
// an ordinary one costs a few look-ups; paths repeat, so the answer is cached.

/** What a path is known for. */
export interface PathFinding {
  readonly name: string;
  readonly category: string;
  readonly technique: string;
  /** `always`: an attack whatever the answer. `missing`: only where it is not there. `login`: a place to log in. */
  readonly grade: Mark['grade'];
  /** A place to log in, whatever else it is. */
  readonly login: boolean;
}

const MAX_PATH = 2048;
const MAX_CACHED = 8192;
const cache = new Map<string, PathFinding | null>();

/** The finding over a path as sent, or null. */
export function findPath(path: string): PathFinding | null {
  const known = cache.get(path);
  if (known !== undefined) return known;
  const finding = inspectPath(path);
  if (path.length <= 256) {
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(path, finding);
  }
  return finding;
}

/** The same for a path that is not likely to come again soon. */
export function inspectPath(raw: string): PathFinding | null {
  let best: PathFinding | null = null;
  const path = readable(raw.slice(0, MAX_PATH));
  let start = path.charCodeAt(0) === 0x2f ? 1 : 0;
  while (start <= path.length) {
    const slash = path.indexOf('/', start);
    const end = slash === -1 ? path.length : slash;
    if (end > start) {
      const part = path.slice(start, end);
      best = worse(best, slash === -1 ? ofPart(path, part, marksOf(part)) : ofFolder(path, part));
    }
    start = end + 1;
  }
  best = worse(best, ofExtension(path));
  return best !== null && best.category === 'probe' && CODE_HOST.test(path) ? null : best;
}

function readable(path: string): string {
  const lower = path.toLowerCase();
  if (!lower.includes('%')) return lower;
  return lower.replace(/%(?:25)?([2-7][0-9a-f])/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

const RANK = { always: 3, missing: 2, login: 1 } as const;

function worse(a: PathFinding | null, b: PathFinding | null): PathFinding | null {
  if (a === null || b === null) return a ?? b;
  const [worst, other] = RANK[b.grade] > RANK[a.grade] ? [b, a] : [a, b];
  return other.login && !worst.login ? { ...worst, login: true } : worst;
}

// The folders of a site come again and again: those that say nothing in any path are remembered.
const MAX_INNOCENT = 4096;
const MAX_INNOCENT_LENGTH = 40;
const innocent = new Set<string>();

function ofFolder(path: string, part: string): PathFinding | null {
  if (innocent.has(part)) return null;
  const marks = marksOf(part);
  const found = ofPart(path, part, marks);
  if (found !== null || marks !== undefined || part.length > MAX_INNOCENT_LENGTH) return found;
  if (innocent.size >= MAX_INNOCENT) innocent.clear();
  innocent.add(Buffer.from(part, 'utf16le').toString('utf16le')); // a copy, which keeps no long line alive
  return null;
}

function marksOf(part: string): readonly Mark[] | undefined {
  return EXACT.get(part) ?? (VERSION_END.test(part) ? EXACT.get(withoutVersion(part)) : undefined);
}

function ofPart(path: string, part: string, marks: readonly Mark[] | undefined): PathFinding | null {
  let best: PathFinding | null = null;
  for (const mark of marks ?? [])
    if (mark.pattern === undefined || mark.pattern.test(path)) best = worse(best, finding(mark, part));
  if (best !== null) return best;
  const hidden = part.charCodeAt(0) === 0x2e && part !== '..' ? gradeOfHidden(part) : null;
  if (hidden !== null)
    return {
      name: `hidden file ${part.slice(0, 60)}`,
      category: 'probe',
      technique: 'T1595.003',
      grade: hidden,
      login: false,
    };
  for (const mark of PATTERNS) if (mark.pattern?.test(part)) return finding(mark, part);
  return null;
}

/** What `withoutVersion` may change. */
const VERSION_END = /(?:[\d._-](?:\.php)?|~)$/;

function withoutVersion(part: string): string {
  return part.replace(/[-_.]?v?\d[\d._-]*(?=\.php$|$)/, '').replace(/~$/, '');
}

const HIDDEN =
  /^\.(?:env|git|svn|hg|bzr|cvs|aws|ssh|ht(?:access|passwd|group|digest)|ds_store|idea|vscode|docker|kube|npmrc|netrc|pgpass|my\.cnf|bash|zsh|sh_history|history|profile|viminfo|mysql_history|config|credentials|ftpconfig|remote-sync|sftp|travis|circleci|gitlab|composer|dockerenv|dockercfg|boto|s3cfg|rnd|rhosts|secret|passwd|psql|terraform|tfstate|vault|wp-config|db|sql|backup|old|bak|local|jenkins|subversion|msmtprc|esmtprc|azure|gcloud|gnupg|anydesk|xauthority|lesshst|python_history|irb|node_repl|php_history|selected_editor)/;

function gradeOfHidden(part: string): 'always' | 'missing' | null {
  if (HIDDEN.test(part)) return 'always';
  return /^\.(?:well-known|\.|\w{0,2}$)/.test(part) ? null : 'missing';
}

function ofExtension(path: string): PathFinding | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const found = EXTENSIONS.exec(name)?.[0];
  if (found === undefined) return null;
  return {
    name: `file left behind *${found}`,
    category: 'probe',
    technique: 'T1595.003',
    grade: 'always',
    login: false,
  };
}

function finding(mark: Mark, part: string): PathFinding {
  return {
    name: mark.name === '' ? `path ${part.slice(0, 60)}` : mark.name,
    category: mark.category,
    technique: mark.technique,
    grade: mark.grade,
    login: mark.grade === 'login',
  };
}
