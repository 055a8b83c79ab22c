/**
 * What those do who look after a machine: people, keys, schedules, services, dumps and installers. An intruder does it too, so it
 * is told, and it weighs where something else speaks against a login; of who is at the keyboard it says nothing.
 */
const ADMIN_WORK: ReadonlySet<string> = new Set([
  'Account added',
  'Rights of an account raised',
  'Sudo rights written',
  'Login key added',
  'Run at every start or on a schedule',
  'Firewall opened',
  'Data packed or sent out',
  'Program fetched and run',
  'Kernel module loaded',
  'Capability granted',
]);

/** Is it, by its title, everyday work of an administrator? */
export function isAdminWork(title: string): boolean {
  return ADMIN_WORK.has(title);
}

/** Nobody at honest work needs it. */
const HIDING = 'Command history switched off';
/** Where files are left without an account, and are fetched by whoever knows the name; and tunnels to somebody's desk. */
const DROP =
  /(?:^|[\s/"'@.])(?:transfer\.sh|file\.io|0x0\.st|temp\.sh|bashupload\.com|oshi\.at|gofile\.io|anonfiles?\.com|pixeldrain\.com|catbox\.moe|tmpfiles\.org|filebin\.net|termbin\.com|webhook\.site|api\.telegram\.org|serveo\.net)(?:[\s/"':]|$)/i;
/** What says together that a file is sent to an address that has no name. */
const TO_BARE = [/\bcurl\s/, /\s(?:-T|--upload-file|-F|--form|--data-binary)[\s=]/, /\bhttps?:\/\/\d{1,3}\.\d/];

/**
 * Do the titles and commands of one session tell of somebody who is furtive: an administrator's work with the history switched
 * off, or data left where anybody fetches it? Beside something odd that is more than the odd thing alone.
 */
export function isFurtive(titles: readonly string[], commands: readonly string[]): boolean {
  if (titles.includes(HIDING) && titles.some(isAdminWork)) return true;
  return commands.some((command) => DROP.test(command) || TO_BARE.every((part) => part.test(command)));
}
