import type { EcsFields } from '../core/event.ts';
import { stampedLines } from './stamped/lines.ts';

const SHAPE =
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:startup (?:archives|packages) |status [a-z-]{1,20} \S|conffile \/|(?:install|upgrade|remove|purge|disappear|configure|trigproc) \S{1,200} \S{1,200} \S)/;

const CHANGES: ReadonlyMap<string, readonly [type: string, action: string]> = new Map([
  ['install', ['installation', 'package_installed']],
  ['upgrade', ['change', 'package_upgraded']],
  ['remove', ['deletion', 'package_removed']],
  ['purge', ['deletion', 'package_removed']],
  ['disappear', ['deletion', 'package_removed']],
]);

/** dpkg(1)'s --log, /var/log/dpkg.log: local time, one step a line. What changed is told once; its further states are info. */
export default stampedLines({
  name: 'dpkg',
  shape: SHAPE,
  read(text: string) {
    const words = text.split(' ');
    const [verb = ''] = words;
    return { process: 'dpkg', message: text, fields: { 'event.category': ['package'], ...fieldsOf(verb, words) } };
  },
});

function fieldsOf(verb: string, words: readonly string[]): EcsFields {
  if (verb === 'startup') return { 'event.type': ['info'], 'event.action': 'package_run_started' };
  if (verb === 'conffile') return { 'event.type': ['info'], 'event.action': 'package_conffile', 'file.path': words[1] };
  if (verb === 'status') {
    const [, state, name = '', version] = words;
    return {
      'event.type': ['info'],
      'event.action': 'package_status',
      'event.reason': state,
      ...packageOf(name, version),
    };
  }
  const [, name = '', before, after] = words;
  const change = CHANGES.get(verb);
  if (change === undefined)
    return { 'event.type': ['info'], 'event.action': `package_${verb}`, ...packageOf(name, before) };
  const version = after === '<none>' ? before : after;
  const old = before === '<none>' || before === version ? undefined : before;
  return {
    'event.type': [change[0]],
    'event.action': change[1],
    ...packageOf(name, version),
    'spoor.package.before': old,
  };
}

function packageOf(name: string, version: string | undefined): EcsFields {
  const colon = name.indexOf(':');
  return {
    'package.name': colon === -1 ? name : name.slice(0, colon),
    'package.architecture': colon === -1 ? undefined : name.slice(colon + 1),
    'package.version': version === '<none>' ? undefined : version,
    'package.type': 'deb',
  };
}
