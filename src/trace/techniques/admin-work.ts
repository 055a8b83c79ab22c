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
