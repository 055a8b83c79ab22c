import type { Story } from '../trace/story.ts';
import { clockOf } from './clock.ts';
import { bullet, type Line, line, paint, say, wrap } from './layout.ts';
import { sectionRoom } from './table.ts';
import { labelled, stack, type TellOptions } from './telling.ts';
import { count, nameOf } from './words.ts';

/** What of a server's store a story was told from, for below it on a screen, and whether that is all there is; '' for a story from files. */
export function liveText(story: Story, { columns, color }: TellOptions): string {
  const { live, inputs } = story;
  if (live === undefined) return '';
  const room = sectionRoom(columns);
  const clock = clockOf(story);
  const until = live.until === null ? 'on' : `until ${clock.stamp(live.until)}`;
  const whose = [live.host && ` of ${nameOf(live.host)}`, live.sender && ` sent by ${nameOf(live.sender)}`].join('');
  const facts: Line[] = [
    ...wrap(line(`all${whose} from ${clock.stamp(live.since)} ${until} (${clock.offset(live.since)})`), room, 3),
    ...wrap(
      line(`${count(live.records, 'record')} of ${count(inputs.length, 'stream')} in ${nameOf(live.origin)}`),
      room,
      3,
    ),
    ...wrap(line('a number behind a stream is a record’s index: ', say('spoor show INDEX --proof', 'code')), room, 2),
  ];
  const whole = live.missing.length === 0;
  const gaps = whole
    ? wrap(line('nothing that was sent is known to be missing'), room, 2)
    : live.missing.flatMap((words) => bullet(line(words), room, 4));
  const sections = stack(labelled('Asked', facts), labelled(whole ? 'Complete' : 'But for', gaps));
  return paint(sections, columns, color);
}
