import { AppError } from '../core/errors.ts';
import { blockListOf, DEFAULT_EXPIRE_SECONDS } from '../report/block-form.ts';
import { blockForms } from '../report/blocklists/index.ts';
import type { Story } from '../trace/story.ts';

/** The forms that `--blocklist` takes, for its help. */
export const FORM_NAMES = blockForms.map(({ name }) => name).join(', ');

const DURATION = /^(?<count>\d{1,6})(?<unit>[smhdw])$/;
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const MOST_SECONDS = 10 * 365 * 86_400;

/** Throws E_USAGE for a form that is none, a duration that is none, and a duration that the form has no place for. */
export function checkBlockList(form: string | undefined, expire: string | undefined): void {
  const found = form === undefined ? undefined : blockForms.find(({ name }) => name === form);
  if (form !== undefined && found === undefined)
    throw new AppError('E_USAGE', `--blocklist "${form.slice(0, 80)}": give one of ${FORM_NAMES}`);
  if (expire === undefined) return;
  secondsOf(expire);
  if (found?.expires !== true) {
    const able = blockForms.filter(({ expires }) => expires).map(({ name }) => `--blocklist ${name}`);
    throw new AppError('E_USAGE', `--expire has a meaning only with ${able.join(' or ')}`);
  }
}

/** The story's block list in the form of that name. */
export function writeBlockList(story: Story, form: string, expire: string | undefined): string {
  const list = blockListOf(story, expire === undefined ? DEFAULT_EXPIRE_SECONDS : secondsOf(expire));
  return blockForms.find(({ name }) => name === form)?.write(list) ?? '';
}

function secondsOf(text: string): number {
  const { count, unit } = DURATION.exec(text)?.groups ?? {};
  const seconds = Number(count ?? 0) * (UNIT_SECONDS[unit ?? ''] ?? 0);
  if (seconds < 1 || seconds > MOST_SECONDS)
    throw new AppError(
      'E_USAGE',
      `--expire "${text.slice(0, 80)}" is no duration: give 30d, 12h or 90m, at most 10 years`,
    );
  return seconds;
}
