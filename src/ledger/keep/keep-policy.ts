import { AppError } from '../../core/errors.ts';
import { durationUs } from './duration.ts';

/** What a ledger promises about keeping and forgetting. */
export interface KeepPolicy {
  /** The text, as its records state it. */
  readonly text: string;
  /** Records are kept at least so long, and then given up: `P365D`. Null: for ever. */
  readonly retention: string | null;
  /** Records are to be kept no longer; what is over it is told. Null: not limited. */
  readonly maximum: string | null;
}

const LINE = /^(?<key>retention|maximum)=(?<value>.*)$/;

/** Does a text state how long records are kept? */
export function isKeepPolicy(text: string): boolean {
  return text.split('\n').some((line) => LINE.test(line));
}

/** Reads `retention=` and `maximum=` lines; other lines are not ours. Throws E_CONFIG for a duration that is none, or a maximum below the retention. */
export function keepPolicy(text: string): KeepPolicy {
  const found: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const { key, value } = LINE.exec(line)?.groups ?? {};
    if (key === undefined || value === undefined) continue;
    if (found[key] !== undefined) throw new AppError('E_CONFIG', `the policy states ${key} twice`);
    durationUs(value);
    found[key] = value;
  }
  const { retention = null, maximum = null } = found;
  if (retention !== null && maximum !== null && durationUs(maximum) < durationUs(retention))
    throw new AppError('E_CONFIG', `the policy keeps records at least ${retention} and at most ${maximum}`);
  return { text, retention, maximum };
}

/** The policy as a prune record states it, in one line. */
export function policyLine({ retention, maximum }: KeepPolicy): string {
  const parts = [retention === null ? '' : `retention=${retention}`, maximum === null ? '' : `maximum=${maximum}`];
  return parts.filter((part) => part !== '').join(' ');
}

/** The text of a policy. Throws E_CONFIG when the maximum is below the retention. */
export function policyText(retention: string, maximum: string | null): string {
  const text = policyOfLine(policyLine({ text: '', retention, maximum }));
  keepPolicy(text);
  return text;
}

/** The line of a prune record as a policy's text. */
export function policyOfLine(line: string): string {
  return `${line.split(' ').join('\n')}\n`;
}
