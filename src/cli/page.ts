import { readlink, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import type { Language } from '../report/html.ts';
import type { Story } from '../trace/story.ts';
import { cannotWrite, writeWholeFile } from './whole-file.ts';

/** Where files are none, but the memory disk. */
const DEVICES = /^\/(?:dev(?!\/shm\/)|proc)\//;
const LANGUAGES: ReadonlySet<string> = new Set(['en', 'ko']);
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
  try {
    if (await isNoFile(path))
      await writeFile(path, page); // a folder says EISDIR
    else await writeWholeFile(path, page);
  } catch (cause) {
    throw cannotWrite(file, cause);
  }
}

/** Is it a pipe, a device or a folder? So is what leads into /dev or /proc: "/dev/stdout" is a plain file when that is sent to one. */
async function isNoFile(path: string): Promise<boolean> {
  const link = await readlink(path).catch(() => '');
  if ([path, resolve(dirname(path), link)].some((one) => DEVICES.test(one))) return true;
  const found = await stat(path).catch(() => null);
  return found !== null && !found.isFile();
}
