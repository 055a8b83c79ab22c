import type { Story } from '../trace/story.ts';
import { adviceSection } from './advice.ts';
import { attackersSection } from './attackers.ts';
import { controllersSection } from './controllers.ts';
import { noticedSection, thenSection } from './deeds.ts';
import { headline } from './headline.ts';
import { holesSections } from './holes.ts';
import { paint } from './layout.ts';
import { pathSection } from './path.ts';
import { moreSection, readSection, unknownSection } from './reading.ts';
import { stack, type TellOptions, tellingOf } from './telling.ts';
import { wayIn } from './way-in.ts';
import { whySection } from './why-you.ts';

export { attackerDetail } from './attacker-detail.ts';
export { hostDetail } from './host-detail.ts';
export { sessionDetail } from './sessions.ts';
export { timeline } from './timeline.ts';

/**
 * The one screen: the verdict, how they came in, from host to host, what they did, what is missing, who attacked, as how
 * many, who leads them and why you, what to do, what was read and what is not known. No line is wider than `columns`; nothing in it can command a terminal.
 */
export function overview(story: Story, options: TellOptions): string {
  const telling = tellingOf(story, options);
  const [wiped = [], missing = []] = holesSections(telling);
  const blocks = [
    headline(telling),
    [...wayIn(telling), ...pathSection(telling), ...thenSection(telling), ...wiped],
    noticedSection(telling),
    [...attackersSection(telling), ...controllersSection(telling), ...whySection(telling)],
    adviceSection(telling),
    [...missing, ...unknownSection(telling), ...readSection(telling)],
    moreSection(telling),
  ];
  return paint(stack(...blocks), options.columns, options.color);
}
