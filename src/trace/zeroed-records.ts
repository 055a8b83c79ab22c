import { grouped } from '../core/grouped.ts';
import { lowerBound } from './lower-bound.ts';
import type { MissingOptions } from './missing-facts.ts';
import { cite, instant, type Noted } from './noted.ts';
import type { Missing } from './story.ts';

/** Login records that were overwritten with zeros. */
export function zeroedRecords({ notables, citer }: MissingOptions): Missing[] {
  const wiped = notables.filter(({ fields }) => fields['error.code'] === 'zeroed_record');
  const inputs = new Set(wiped.map(({ input }) => input));
  const records = notables.filter(({ input, fields }) => inputs.has(input) && fields['error.code'] === undefined);
  const byInput = new Map([...grouped(records, ({ input }) => input)].map(([input, all]) => [input, byLine(all)]));
  return wiped.map((noted) => {
    const at = instant(noted.time);
    return {
      kind: 'wtmp_zeroed',
      host: noted.host,
      file: citer.paths[noted.input] ?? '',
      from: at,
      to: at,
      detail: `record ${noted.line} was overwritten with zeros`,
      suspicion: isBeforeCrash(noted, byInput.get(noted.input) ?? []) ? 'medium' : 'high',
      evidence: [cite(citer, noted)],
    };
  });
}

// When the power fails, a file has its new length on the disk and not yet what was written: zeros, then the next boot, and no
// shutdown in front.
function isBeforeCrash(zeroed: Noted, records: readonly Noted[]): boolean {
  const at = lowerBound(records, zeroed.line, ({ line }) => line);
  return records[at]?.fields['event.action'] === 'boot' && records[at - 1]?.fields['event.action'] !== 'shutdown';
}

function byLine(records: readonly Noted[]): Noted[] {
  return [...records].sort((a, b) => a.line - b.line);
}
