import type { Tally } from './tally.ts';
import { PANEL } from './web-tally.ts';

/** So many addresses that do nothing else but log in are no one's guests. */
export const LEAST_GUESSERS = 20;
/** Forms of those who look after a site. */
const FORM =
  /^\/(?:[\w.-]{1,80}\/){0,4}(?:wp-login\.php|administrator\/index\.php|(?:php-?my-?admin|pma|myadmin)[\w.-]{0,20}\/index\.php)$/i;

/**
 * Does it only log in, wrongly, to a page for administrators, and never loads what that page is made of? One such address may be anybody's
 * program; many of them share a list of passwords, so that none is conspicuous. A referrer is no sign of a browser: guessers send one.
 */
export function isSilentGuesser(tally: Tally): boolean {
  const { requests, webFailures, pathClasses } = tally;
  const onePath = (pathClasses & (pathClasses - 1)) === 0;
  if (requests === 0 || webFailures === 0 || requests > 2 * webFailures || !onePath) return false;
  const paths = tally.paths.map((path) => (path.startsWith(PANEL) ? path.slice(PANEL.length) : path));
  return paths.length > 0 && paths.every((path) => FORM.test(path));
}
