import type { Controller } from '../trace/tracks.ts';
import { type Line, line, say } from './layout.ts';
import { type Column, table } from './table.ts';
import { andMore, cite, labelled, type Telling } from './telling.ts';
import { nameOf, placeOf } from './words.ts';

const MOST = 3;
const COLUMNS: readonly Column[] = [
  { flexible: true, least: 15, most: 39 },
  { flexible: true, least: 4, most: 36 },
  { flexible: true, least: 20, most: 80, lines: 2 },
  {},
];

/** Controllers as rows: address, place, why, where it is written. */
export function controllerRows(telling: Telling, controllers: readonly Controller[]): Line[] {
  const rows = controllers.map((controller): Line[] => [
    line(say(nameOf(controller.address), 'bad')),
    line(say(placeOf(controller.place), 'faint')),
    line(controller.reasons.slice(0, 2).join('; ')),
    cite(telling, controller.evidence[0]),
  ]);
  return table(rows, COLUMNS, telling.room);
}

/** Who the affected hosts all talk to. */
export function controllersSection(telling: Telling): Line[] {
  const { controllers } = telling.story;
  const rows = controllerRows(telling, controllers.slice(0, MOST));
  return labelled('Led from', [...rows, ...andMore(controllers.length - MOST, 'address', '--json', 'addresses')]);
}
