import type { DoctorLine } from '../api/view.ts';
import { canaries } from './doctor/canary.ts';
import { certificates } from './doctor/certificates.ts';
import { clock } from './doctor/clock.ts';
import { disk } from './doctor/disk.ts';
import { lastRecords } from './doctor/last-records.ts';
import { said, warn } from './doctor/line.ts';
import { anchors, parts, protection } from './doctor/parts.ts';
import { scrub } from './doctor/scrub.ts';
import { buffers, walls } from './doctor/walls.ts';
import type { Server } from './serve.ts';

const CHECKS: readonly (readonly [area: string, check: (server: Server) => Promise<readonly DoctorLine[]>])[] = [
  ['parts', parts],
  ['canary', canaries],
  ['ledger', lastRecords],
  ['protection', protection],
  ['anchors', anchors],
  ['reading again', scrub],
  ['disk', disk],
  ['certificate', certificates],
  ['clock', clock],
  ['walls', walls],
  ['buffers', buffers],
];

/** Looks at everything, and tries what can be tried. A check that fails itself is a line, too. Takes some 15 seconds at most. */
export async function examine(server: Server): Promise<readonly DoctorLine[]> {
  const all = CHECKS.map(async ([area, check]) =>
    check(server).catch((error: unknown) => [
      warn(area, `this could not be looked at: ${said(error)}`, 'Run it again; spoor status says which part is away.'),
    ]),
  );
  return (await Promise.all(all)).flat();
}
