import type { EcsFields } from '../core/event.ts';
import { stampedLines } from './stamped/lines.ts';

const CHANGES: ReadonlyMap<string, readonly [type: string, action: string]> = new Map([
  ['Installed', ['installation', 'package_installed']],
  ['Dep-Installed', ['installation', 'package_installed']],
  ['Reinstalled', ['change', 'package_upgraded']],
  ['Updated', ['change', 'package_upgraded']],
  ['Dep-Updated', ['change', 'package_upgraded']],
  ['Upgraded', ['change', 'package_upgraded']],
  ['Upgrade', ['change', 'package_upgraded']],
  ['Downgraded', ['change', 'package_downgraded']],
  ['Downgrade', ['change', 'package_downgraded']],
  ['Erase', ['deletion', 'package_removed']],
  ['Erased', ['deletion', 'package_removed']],
  ['Dep-Erased', ['deletion', 'package_removed']],
  ['Removed', ['deletion', 'package_removed']],
  ['Obsoleted', ['deletion', 'package_removed']],
]);
const LEVELS = 'CRITICAL|ERROR|WARNING|INFO|DEBUG|DDEBUG|SUBDEBUG|TRACE|ALL';
// yum.log: "Mar 12 07:11:05 Installed: curl-7.61.1-22.el8.x86_64"; dnf.rpm.log and dnf.log: a zone and a level in between
const SHAPE = new RegExp(
  `^(?:[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d (?:${[...CHANGES.keys()].join('|')}): \\S|\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:Z|[+-]\\d\\d:?\\d\\d) (?:${LEVELS}) )`,
);
const LEVEL = new RegExp(`^(?<level>${LEVELS}) {1,8}`);
// name-version-release.arch, where an epoch stands before the name (yum) or the version (dnf)
const PACKAGE =
  /^(?:\d{1,9}:)?(?<name>[^\s:]{1,200})-(?<version>(?:\d{1,9}:)?[^\s:-]{1,100}-[^\s:-]{1,100})\.(?<arch>noarch|src|[a-z][a-z0-9_]{2,15})$/;

/** yum's and dnf's own logs (yum.log, dnf.rpm.log, dnf.log). yum.log has no year. */
export default stampedLines({
  name: 'yum',
  shape: SHAPE,
  read(text: string) {
    const level = LEVEL.exec(text);
    const message = level ? text.slice(level[0].length) : text;
    return {
      process: level ? 'dnf' : 'yum',
      message,
      fields: { 'log.level': level?.groups?.['level']?.toLowerCase(), ...fieldsOf(message) },
    };
  },
});

function fieldsOf(message: string): EcsFields {
  const colon = message.indexOf(': ');
  const change = colon === -1 || colon > 20 ? undefined : CHANGES.get(message.slice(0, colon));
  const command = /^Command: (?<line>.{1,4096})$/s.exec(message)?.groups?.['line']; // dnf.log, at its beginning
  if (command !== undefined)
    return {
      'event.category': ['package'],
      'event.type': ['info'],
      'event.action': 'package_run_started',
      'process.command_line': command,
    };
  if (change === undefined)
    return { 'event.category': ['package'], 'event.type': ['info'], 'event.action': 'package_log' };
  const written = message.slice(colon + 2).trim();
  const parts = written.length > 500 ? undefined : PACKAGE.exec(written)?.groups;
  return {
    'event.category': ['package'],
    'event.type': [change[0]],
    'event.action': change[1],
    'package.name': parts?.['name'] ?? written,
    'package.version': parts?.['version'],
    'package.architecture': parts?.['arch'],
    'package.type': 'rpm',
  };
}
