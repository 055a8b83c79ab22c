import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import type { Language } from '../report/html.ts';
import type { Story } from '../trace/story.ts';

const LANGUAGES: ReadonlySet<string> = new Set(['en', 'ko']);
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EROFS: 'the disk is read-only',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EIO: 'the disk or network reports an error',
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'a folder is in its place',
};

/** Throws E_USAGE for a language that the page does not speak. */
export function checkLanguage(language: string | undefined): void {
  if (language !== undefined && !LANGUAGES.has(language))
    throw new AppError('E_USAGE', `--lang "${language.slice(0, 80)}": give en or ko`);
}

/** The language to open the page with: as asked, else this machine's (POSIX: LC_ALL, LC_MESSAGES, LANG), else English. */
export function languageOf(asked: string | undefined, env: NodeJS.ProcessEnv): Language {
  const locale = asked ?? (env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '');
  return /^ko(?:[_.@-]|$)/i.test(locale) ? 'ko' : 'en';
}

/**
 * Writes a story as one HTML page. The file is there whole, on the disk, or as it was before; what is no plain file (a
 * pipe, a device) is written to as it stands. Throws E_OUTPUT.
 */
export async function writePage(file: string, story: Story, language: Language): Promise<void> {
  const { htmlPage } = await import('../report/html.ts'); // the map takes time to load: only where it is wanted
  const page = htmlPage(story, language);
  const path = resolve(file);
  const draft = join(dirname(path), `.${basename(path).slice(0, 80)}.${randomUUID()}.tmp`);
  try {
    const found = await stat(path).catch(() => null);
    if (found && !found.isFile()) return await writeFile(path, page); // a folder says EISDIR
    const handle = await open(draft, 'wx');
    try {
      await handle.writeFile(page);
      await handle.sync(); // a full disk may show only here
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => {});
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw new AppError('E_OUTPUT', `cannot write "${file.slice(-80)}": ${REASONS[code] ?? message} (${code})`, {
      cause,
    });
  }
}
