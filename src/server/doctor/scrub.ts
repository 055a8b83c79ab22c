import type { DoctorLine } from '../../api/view.ts';
import { counted } from '../../core/text.ts';
import type { Server } from '../serve.ts';
import { ok, warn } from './line.ts';

const DAY_MS = 86_400_000;
/** A pass that began so many days ago and is not done is late, whatever the configuration asks for. */
const LATE_DAYS = 30;

/** Is all that is kept read again from time to time? What that found is told with the ledger. */
export async function scrub({ upkeep }: Server): Promise<DoctorLine[]> {
  const { at, of, beganMs, last } = upkeep.scrub.progress;
  const now = `record ${at.toLocaleString('en')} of ${of.toLocaleString('en')}`;
  if (beganMs !== null && Date.now() - beganMs > LATE_DAYS * DAY_MS)
    return [
      warn(
        'reading again',
        `it began ${counted(Math.floor((Date.now() - beganMs) / DAY_MS), 'day')} ago, and is at ${now}`,
        'The machine has no time for it. spoor verify looks at all records at once.',
      ),
    ];
  if (last === null) return [ok('reading again', `for the first time; it is at ${now}`)];
  return [
    ok(
      'reading again',
      `${last.records === 1 ? 'the one record' : `all ${counted(last.records, 'record')}`}, by ${new Date(last.finishedMs).toISOString()}`,
    ),
  ];
}
