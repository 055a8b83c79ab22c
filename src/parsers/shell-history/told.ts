const STAMPED = /^(?:#\d{9,10}|: \d{9,10}:\d{1,9};.*)$/s;
const FISH = /^- cmd: /;
// .bash_history, root_zsh_history, .history, .ash_history.1, fish_history: but not what other programs remember.
const NAME = /(?:^|[\\/._-])(?:(?:ba|z|a|da|k|mk|fi|tc|c)?sh_?)?hist(?:ory|file)(?:[._-][\w-]{1,20})?$/i;
const OTHERS =
  /(?:mysql|mariadb|psql|sqlite|python|redis|rediscli|irb|node_repl|lftp|mongo|dbshell|octave|R)_?hist|[\\/]apt[\\/]/i;
// A line that is surely not a command: a log's stamp, a record, JSON.
const LOG_LINE =
  /^(?:<\d{1,3}>|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:|\d{4}-\d\d-\d\d[T ]\d\d:|\{"|type=[A-Z]|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3} \S+ \S+ \[|Start-Date: |__CURSOR=)/;

/**
 * Is this the history of a shell? With stamps its first line tells; without, its name must say so and nothing in it may
 * speak against it.
 */
export function looksLikeHistory(path: string, head: readonly string[]): boolean {
  const lines = head.filter((line) => line !== '');
  const [first, second = ''] = lines;
  if (first === undefined) return false;
  if (STAMPED.test(first)) return true;
  if (FISH.test(first)) return /^ {2}when: \d{9,10}$/.test(second);
  if (!NAME.test(path) || OTHERS.test(path)) return false;
  return (
    lines.every((line) => !line.includes('\0')) &&
    lines.filter((line) => LOG_LINE.test(line)).length * 20 <= lines.length
  );
}
