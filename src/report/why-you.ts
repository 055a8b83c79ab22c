import type { Motive, MotiveKind } from '../trace/tracks.ts';
import { type Line, line, say, wrap } from './layout.ts';
import { labelled, type Telling } from './telling.ts';

/** What to do is not cut short. */
const MEND_LINES = 4;
/** How many of each kind the first screen shows. */
const MOST: Readonly<Record<MotiveKind, number>> = { sought: 1, aim: 1, invited: 3 };

function lines({ title, detail, mend }: Motive, room: number): Line[] {
  const what = detail === '' || detail === title ? title : `${title}: ${detail}`;
  const told = wrap(line(what), room, 2);
  return mend === '' ? told : [...told, ...wrap(line(say('  ', 'faint'), say(mend, 'code')), room, MEND_LINES)];
}

/** What they were after, whether they aimed at you, and what invited them with its mending. */
export function whySection({ story, room }: Telling): Line[] {
  const shown = (['sought', 'aim', 'invited'] as const).flatMap((kind) =>
    story.motives.filter((motive) => motive.kind === kind).slice(0, MOST[kind]),
  );
  return labelled(
    'Why you',
    shown.flatMap((motive) => lines(motive, room)),
  );
}
