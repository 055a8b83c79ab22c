import type { Motive, MotiveKind } from '../trace/tracks.ts';
import { type Line, line, say, wrap } from './layout.ts';
import { andMore, labelled, type Telling } from './telling.ts';

/** What to do is not cut short. */
const MEND_LINES = 4;
/** How many of each kind the first screen shows. */
const MOST: Readonly<Record<MotiveKind, number>> = { sought: 1, aim: 1, invited: 2 };

// What invited them stands with its mending alone; how it shows is in the page and the document.
function lines({ title, detail, mend }: Motive, room: number): Line[] {
  if (mend !== '') return wrap(line(say(`${title}: `), say(mend, 'code')), room, MEND_LINES);
  return wrap(line(detail === '' || detail === title ? title : `${title}: ${detail}`), room, 2);
}

/** What they were after, whether they aimed at you, and what invited them with its mending. */
export function whySection({ story, room }: Telling): Line[] {
  const shown = (['sought', 'aim', 'invited'] as const).flatMap((kind) =>
    story.motives.filter((motive) => motive.kind === kind).slice(0, MOST[kind]),
  );
  const left = story.motives.filter(({ kind }) => kind === 'invited').length - MOST.invited;
  const told = shown.flatMap((motive) => lines(motive, room));
  return labelled('Why you', [
    ...told,
    ...andMore(left, 'thing that invited them', '--html FILE', 'things that invited them'),
  ]);
}
