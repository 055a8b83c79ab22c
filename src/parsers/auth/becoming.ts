/** PAM services by which a logged-in user takes on another account: there the opener is the one at the keyboard. */
const SERVICES: ReadonlySet<string> = new Set([
  'su',
  'su-l',
  'sudo',
  'sudo-i',
  'doas',
  'runuser',
  'runuser-l',
  'polkit-1',
]);

/** Does a session or attempt of this PAM service turn one user into another? */
export function becomesAnother(service: string): boolean {
  return SERVICES.has(service);
}
