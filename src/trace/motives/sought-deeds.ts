import { addTo } from '../../core/grouped.ts';
import type { StepDraft } from '../draft.ts';
import type { NamedSession } from '../findings.ts';
import type { Citer } from '../noted.ts';
import { isAccountMade } from '../step-tells.ts';
import type { Motive } from '../tracks.ts';
import { DEEDS, deedsOf } from './deed-rules.ts';
import { type Done, doneByIntruders } from './done.ts';
import { listed, many, motive, stepLines } from './telling.ts';

const SHOWN = 120;
const COMING_BACK = 'To come back later';

/** What they read, took, and used the machines for, by what was done in intruders' sessions. */
export function soughtByDeeds(sessions: readonly NamedSession[], loose: readonly StepDraft[], citer: Citer): Motive[] {
  const byTitle = new Map<string, Done[]>();
  for (const done of doneByIntruders(sessions, loose))
    for (const title of titlesOf(done.step)) addTo(byTitle, title, done);
  return DEEDS.flatMap(({ title }) => {
    const done = byTitle.get(title);
    return done === undefined ? [] : [tell(title, done, citer)];
  });
}

function titlesOf(step: StepDraft): readonly string[] {
  if (isAccountMade(step)) return [COMING_BACK];
  return step.kind === 'command' || step.kind === 'sudo' || step.kind === 'cron' ? deedsOf(step.text) : [];
}

function tell(title: string, all: readonly Done[], citer: Citer): Motive {
  const sure = all.filter((one) => one.sure);
  const done = sure.length > 0 ? [...sure, ...all.filter((one) => !one.sure)] : all;
  const said = [...new Set(done.map(({ step, host }) => `${host}: ${step.text.slice(0, SHOWN)}`))];
  const doubt = sure.length > 0 ? '' : ' (when is not known)';
  return motive('sought', {
    title,
    detail: `${many(done.length, 'command')}${doubt}: ${listed(said, 3)}`,
    hosts: done.map(({ host }) => host),
    count: done.length,
    confidence: sure.length > 0 ? 'high' : 'medium',
    evidence: stepLines(
      done.map(({ step }) => step),
      citer,
    ),
  });
}
