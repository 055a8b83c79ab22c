import { addTo } from '../../core/grouped.ts';
import { fragments } from './fragments.ts';
import { rfi, ssrf } from './inclusion.ts';
import { injection } from './injection.ts';
import { java } from './java.ts';
import { nosqli } from './nosqli.ts';
import { outsideSearch } from './outside-search.ts';
import { php } from './php.ts';
import { HEADERS, type Rule, TARGET, type View } from './rule.ts';
import { scriptCode } from './script-code.ts';
import { shell } from './shell.ts';
import { sqli } from './sqli.ts';
import { traversal } from './traversal.ts';
import { windows } from './windows.ts';
import { xss } from './xss.ts';

/** Rules that need the same characters of the same view: one test says whether any of them can match. */
export interface RuleGroup {
  readonly needs: number;
  readonly view: View;
  readonly any: RegExp;
  readonly rules: readonly Rule[];
}

const all: readonly Rule[] = [
  ...sqli,
  ...nosqli,
  ...xss,
  ...traversal,
  ...rfi,
  ...ssrf,
  ...shell,
  ...windows,
  ...php,
  ...java,
  ...scriptCode,
  ...injection,
  ...outsideSearch,
  ...fragments,
];

function grouped(where: number): readonly RuleGroup[] {
  const groups = new Map<string, Rule[]>();
  for (const rule of all) {
    if ((rule.where & where) === 0) continue;
    const alone = rule.hidden || /\\[1-9]/.test(rule.pattern.source); // a reference counts the groups before it
    const key = `${rule.needs} ${rule.view} ${alone ? rule.name : ''}`;
    addTo(groups, key, rule);
  }
  return [...groups.values()].map((rules) => {
    const [{ needs, view, pattern }] = rules as [Rule];
    const any = rules.length === 1 ? pattern : new RegExp(rules.map((rule) => `(?:${rule.pattern.source})`).join('|'));
    return { needs, view, any, rules };
  });
}

/** The rules over a target. */
export const targetRules: readonly RuleGroup[] = grouped(TARGET);
/** The rules over a user agent or a referrer. */
export const headerRules: readonly RuleGroup[] = grouped(HEADERS);
