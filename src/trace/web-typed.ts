import { grouped } from '../core/grouped.ts';
import { isBlockable } from '../core/ip.ts';
import type { FindingKind } from './finding-of.ts';
import type { Noted } from './noted.ts';
import { LED, SHELL } from './web-kinds.ts';
import { words } from './web-words.ts';

/** Different commands by which a page was used. Who looks for a page that runs them asks each for one or two. */
const LEAST_COMMANDS = 3;
/**
 * By how many bytes two answers differ where the page only says what it was asked: for each byte of the command some, for it may stand
 * there more than once and be escaped, and a few for a page that tells the time.
 */
const REPEATED = 12;
const CHANGING = 100;
/** So many addresses are no one's: a page for everybody. */
const MANY = 10;
/** What intruders type, as a whole value. What looks a network up is what the pages of routers and monitors are for. */
const COMMAND =
  /^(?:sudo )?(?:\/(?:usr\/)?s?bin\/)?(?<program>id|whoami|pwd|hostname|uname|ls|cat|head|tail|ps|w|who|last|find|locate|netstat|ss|ifconfig|ip (?:a|r|n)|env|printenv|set|history|crontab|sudo|wget|curl|chmod|rm|cp|mv|tar|zip|unzip|mysqldump|mysql|python\d?|perl|php|bash|sh|nc|ncat|echo|grep|df|mount|which|stat|file|lsof|dpkg|rpm|uptime|groups|getent|dir|type|ver|net (?:user|localgroup|view|group)|ipconfig|systeminfo|tasklist|powershell|certutil|query user)\b(?: [^\n]{0,2000})?$/;
/** What parts it from what the page takes, and closes what that opened. */
const BEFORE = /^[^;|&`$\n]{0,200}(?:[;|&\n]{1,2}|\$\(|`) {0,4}/;
const AFTER = / {0,4}[;|&#`)'"]{1,3}$/;
/** What people look for may read as a command, and what is found is of any length. */
const SEARCH =
  /^(?:q|s|search|searchword|query|keywords?|term|text|find|title|name|message|msg|comment|subject|email)$/i;
/** One line each, and short. */
const SHORT = /^(?:id|whoami|pwd|hostname)$/;
const SHORT_BYTES = 300;

interface Typed {
  readonly noted: Noted;
  readonly command: string;
  readonly bytes: number;
  /** Does it stand behind something that the page takes? */
  readonly behind: boolean;
}

/**
 * Pages into which one address typed commands, and that answered each with a text of its own length: a shell, wherever it lies; or a page
 * with a hole, where the commands stand behind something that it takes.
 * A page that ignores what it is handed gives one length, and one that repeats it gives a length that goes with the command's. The keys
 * of such places, by `placeOf`, with what they are.
 */
export function typedInto(answers: readonly Noted[], placeOf: (noted: Noted) => string): Map<string, FindingKind> {
  const typed = answers
    .filter((one) => isBlockable(one.address) && !isSignedIn(one) && !isLinked(one))
    .flatMap(typedIn);
  const pages = grouped(typed, ({ noted }) => `${noted.host} ${noted.fields['url.path']}`);
  const ofFew = [...pages.values()].filter((asked) => new Set(asked.map(({ noted }) => noted.address)).size < MANY);
  const places = grouped(ofFew.flat(), ({ noted, name }) => `${placeOf(noted)} ${name}`);
  const answered = [...places.values()].filter(isAnsweredEach);
  const kindOf = (asked: readonly Typed[]) => (asked.some(({ behind }) => behind) ? LED : SHELL);
  return new Map(answered.map((asked) => [placeOf((asked[0] as Typed).noted), kindOf(asked)]));
}

const isSignedIn = ({ fields }: Noted) => !['-', '', undefined].includes(fields['user.name'] as string | undefined);

/** Did a link of another page lead here? */
function isLinked({ fields }: Noted): boolean {
  const from = /^https?:\/\/[^/?#]{1,255}(?<path>[^?#]{0,2000})/i.exec(String(fields['http.request.referrer'] ?? ''));
  return from !== null && from.groups?.['path'] !== fields['url.path'];
}

function typedIn(noted: Noted): (Typed & { readonly name: string })[] {
  const bytes = noted.fields['http.response.body.bytes'];
  if (typeof bytes !== 'number') return [];
  return String(noted.fields['url.query'] ?? '')
    .slice(0, 4096)
    .split('&')
    .flatMap((pair) => {
      const at = pair.indexOf('=');
      const value = words(pair.slice(at + 1)).trim();
      const command = value.replace(BEFORE, '').replace(AFTER, '');
      const isTyped = at > 0 && !SEARCH.test(pair.slice(0, at)) && COMMAND.test(command);
      return isTyped ? [{ noted, command, bytes, name: pair.slice(0, at), behind: command !== value }] : [];
    });
}

function isAnsweredEach(asked: readonly Typed[]): boolean {
  const answers = new Map<string, number>();
  for (const { command, bytes } of asked) if (!answers.has(command)) answers.set(command, bytes);
  const lengths = new Set(answers.values()).size;
  const isVaried = lengths >= LEAST_COMMANDS && lengths * 2 >= answers.size;
  return isVaried && !isRepeated(answers) && areShort(answers);
}

/** Do the answers differ by no more than the commands do? Beside each command the next longer one is looked at. */
function isRepeated(answers: ReadonlyMap<string, number>): boolean {
  const inOrder = [...answers].sort(([a], [b]) => a.length - b.length);
  return inOrder.every(([command, bytes], at) => {
    const [before, least] = inOrder[at - 1] ?? [command, bytes];
    return Math.abs(bytes - least) <= REPEATED * (command.length - before.length) + CHANGING;
  });
}

/** What gives one line is answered by the shortest texts: a page that changes by itself does not know which those are. */
function areShort(answers: ReadonlyMap<string, number>): boolean {
  const least = [...answers.values()].reduce((a, b) => Math.min(a, b));
  return [...answers].every(
    ([command, bytes]) => !SHORT.test(COMMAND.exec(command)?.groups?.['program'] ?? '') || bytes <= least + SHORT_BYTES,
  );
}
