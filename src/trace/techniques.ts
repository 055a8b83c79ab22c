import type { StepDraft } from './draft.ts';
import { ACCOUNT_RULES } from './techniques/account-rules.ts';
import { readLine } from './techniques/calls.ts';
import { HARM_RULES } from './techniques/harm-rules.ts';
import { LOG_RULES } from './techniques/log-rules.ts';
import { LOOK_RULES } from './techniques/look-rules.ts';
import type { Tell } from './techniques/rule.ts';
import { RUN_RULES } from './techniques/run-rules.ts';
import { STAY_RULES } from './techniques/stay-rules.ts';
import { WINDOWS_RULES } from './techniques/windows-rules.ts';

export type { Tell } from './techniques/rule.ts';

/** Most telling first. Of the rules with one title the gravest that holds is told. */
const RULES = [
  ...LOG_RULES,
  ...HARM_RULES,
  ...ACCOUNT_RULES,
  ...RUN_RULES,
  ...STAY_RULES,
  ...LOOK_RULES,
  ...WINDOWS_RULES,
];
const MAX_INPUT = 4096;
const LEVELS: readonly Tell['level'][] = ['critical', 'high', 'medium', 'low', 'informational'];

/** Graver first, as a sort wants it. */
export function compareLevels(a: Tell['level'], b: Tell['level']): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b);
}

/** Commands repeat, and each is asked about by several readers: what was told last is kept, so that it is told once. */
const KEPT = 4096;
const kept = new Map<string, readonly Tell[]>();

/** Everything a command line gives away, each once, most telling first. Never fails, whatever the line holds. */
export function tellsOf(commandLine: string): readonly Tell[] {
  const text = commandLine.slice(0, MAX_INPUT);
  const known = kept.get(text);
  if (known !== undefined) return known;
  const told = judge(text);
  if (kept.size >= KEPT) kept.clear();
  kept.set(text, told);
  return told;
}

function judge(text: string): Tell[] {
  const line = readLine(text);
  const told = new Map<string, Tell>();
  for (const rule of RULES) {
    const known = told.get(rule.title);
    if (known !== undefined && compareLevels(known.level, rule.level) <= 0) continue;
    if (rule.test(line)) told.set(rule.title, { title: rule.title, level: rule.level, techniques: rule.techniques });
  }
  return [...told.values()];
}

/** ATT&CK technique ids of a step: of its command, or of what kind of change it is. */
export function techniquesOf(step: StepDraft): readonly string[] {
  if (step.kind === 'account') return step.noted.fields['event.action'] === 'user_deleted' ? ['T1531'] : ['T1136.001'];
  if (step.kind === 'group' || step.kind === 'password') return ['T1098'];
  if (step.kind === 'package' || step.kind === 'file' || step.kind === 'service') return [];
  const told = tellsOf(step.text).flatMap(({ techniques }) => techniques);
  return [...new Set(step.kind === 'cron' ? ['T1053.003', ...told] : told)];
}
