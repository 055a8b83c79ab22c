import type { SessionDraft, StepDraft } from './draft.ts';
import { REFUSED, tellsOfStep } from './step-tells.ts';
import type { Strangeness } from './strange-logins.ts';

const AROUND = 'Shell out of a helper program';
const NOTHING: Strangeness = { score: 0, reasons: [] };

/**
 * Sudo refused something grave, and then a program that it allows was made to give a shell: whoever sits there takes rights that
 * were denied. It needs no stranger: an owner of the account can do it as well.
 */
export function evadedSudo({ steps }: SessionDraft): Strangeness {
  const refused = steps.find((step) => tellsOfStep(step).includes(REFUSED));
  if (refused === undefined) return NOTHING;
  const around = steps.slice(steps.indexOf(refused)).find(isAround);
  if (around === undefined) return NOTHING;
  const said = `sudo refused "${refused.text.slice(0, 60)}", then a shell out of a program that it allows: "${around.text.slice(0, 80)}"`;
  return { score: 3, reasons: [said] };
}

function isAround(step: StepDraft): boolean {
  return step.kind === 'sudo' && step.outcome !== 'failure' && tellsOfStep(step).some(({ title }) => title === AROUND);
}
