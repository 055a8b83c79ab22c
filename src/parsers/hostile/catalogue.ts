import { rfi, ssrf } from './inclusion.ts';
import { injection } from './injection.ts';
import { java } from './java.ts';
import { php } from './php.ts';
import { HEADERS, type Rule, TARGET } from './rule.ts';
import { scriptCode } from './script-code.ts';
import { shell } from './shell.ts';
import { nosqli, sqli } from './sqli.ts';
import { traversal } from './traversal.ts';
import { windows } from './windows.ts';
import { xss } from './xss.ts';

const all: readonly Rule[] = [
  ...sqli, ...nosqli, ...xss, ...traversal, ...rfi, ...ssrf, ...shell, ...windows, ...php, ...java, ...scriptCode, ...injection,
];

/** The rules over a target. */
export const targetRules: readonly Rule[] = all.filter(({ where }) => (where & TARGET) !== 0);
/** The rules over a user agent or a referrer. */
export const inclusionRules: readonly Rule[] = all.filter(({ where }) => (where & HEADERS) !== 0);
