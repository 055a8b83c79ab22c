import { readdir, readFile, writeFile } from 'node:fs/promises';

// Writes the section "Unreleased" of CHANGELOG.md from changes/: `npx tsx scripts/changelog.ts`. At a release its heading gets
// the version and the date by hand, and the files in changes/ go.
const ROOT = new URL('../', import.meta.url);
const KINDS = [
  ['breaking', 'Breaking'],
  ['security', 'Security'],
  ['feature', 'New'],
  ['fix', 'Fixed'],
] as const;
const NAME = /^[a-z0-9-]+\.(?<kind>[a-z]+)\.md$/;
const HEADING = '## Unreleased\n';

/** The fragments of one kind as a list, under their heading; '' when there are none. */
async function listOf(kind: string, heading: string, files: readonly string[]): Promise<string> {
  const chosen = files.filter((file) => NAME.exec(file)?.groups?.['kind'] === kind);
  const texts = await Promise.all(chosen.map((file) => readFile(new URL(`changes/${file}`, ROOT), 'utf8')));
  const items = texts.map((text) => `- ${text.trim().replaceAll('\n', '\n  ')}\n`);
  return items.length === 0 ? '' : `### ${heading}\n\n${items.join('')}`;
}

const files = (await readdir(new URL('changes/', ROOT))).sort();
const strays = files.filter((file) => !KINDS.some(([kind]) => NAME.exec(file)?.groups?.['kind'] === kind));
if (strays.length > 0)
  throw new Error(`changes/${strays[0]}: name it <slug>.<${KINDS.map(([kind]) => kind).join('|')}>.md`);
const lists = await Promise.all(KINDS.map(([kind, heading]) => listOf(kind, heading, files)));
const path = new URL('CHANGELOG.md', ROOT);
const before = await readFile(path, 'utf8');
const begin = before.indexOf(HEADING);
if (begin === -1) throw new Error('CHANGELOG.md has no section "## Unreleased"');
const next = before.indexOf('\n## ', begin + HEADING.length);
const section = `${HEADING}\n${lists.filter((list) => list !== '').join('\n')}`;
await writeFile(path, before.slice(0, begin) + section + (next === -1 ? '' : before.slice(next)));
