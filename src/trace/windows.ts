import type { Event } from '../core/event.ts';

/**
 * Is it an event of a Windows log, whichever way it came? The log's name says so, which is on all that was read as such: alone, or as a
 * document that a shipper sent in bulk. Few say no log; those are told by their parser.
 */
export const isWindows = ({ parser, fields }: Pick<Event, 'parser' | 'fields'>): boolean =>
  fields['winlog.channel'] !== undefined || parser === 'windows-events';
