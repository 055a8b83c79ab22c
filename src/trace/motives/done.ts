import type { StepDraft } from '../draft.ts';
import type { NamedSession } from '../findings.ts';
import { serviceCommands } from '../service-accounts.ts';

const MOST_STEPS = 20_000;

/** Something that an intruder did. */
export interface Done {
  readonly step: StepDraft;
  readonly host: string;
  /** In an intruder's session, at a time that is known. */
  readonly sure: boolean;
}

/** What was done in intruders' sessions, by service accounts like a person, and without a time by accounts that intruders had. */
export function doneByIntruders(sessions: readonly NamedSession[], loose: readonly StepDraft[]): Done[] {
  const intruders = sessions.filter(({ suspect }) => suspect).map(({ draft }) => draft);
  const acting = new Set(intruders.flatMap(({ host, acts }) => [...acts].map((user) => `${host} ${user}`)));
  const typed = intruders.flatMap(({ host, steps }) => steps.map((step) => ({ step, host, sure: true })));
  const services = serviceCommands(loose).map(({ step }) => step);
  const untimed = loose.filter(
    ({ kind, noted, user }) => kind === 'command' && Number.isNaN(noted.time) && acting.has(`${noted.host} ${user}`),
  );
  const unsure = [...services, ...untimed].map((step) => ({ step, host: step.noted.host, sure: false }));
  return [...typed, ...unsure].slice(0, MOST_STEPS);
}
