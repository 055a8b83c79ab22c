import type { StepDraft } from './draft.ts';
import { type Tell, tellsOf } from './techniques.ts';

/** Accounts that serve, and at whose keyboard nobody sits. */
const SERVICE_ACCOUNTS = new Set(
  'www-data apache apache2 nginx httpd lighttpd wwwrun http nobody daemon mysql redis tomcat jenkins elasticsearch mongodb'.split(
    ' ',
  ),
);

export function isServiceAccount(user: string): boolean {
  return SERVICE_ACCOUNTS.has(user);
}

/** A command of a service account that no service runs: a web shell, or a database that was made to run one. */
export interface ServiceCommand {
  readonly step: StepDraft;
  readonly tell: Tell;
}

/** Such commands, outside of any session. What backups and updates do as well is not among them. */
export function serviceCommands(loose: readonly StepDraft[]): ServiceCommand[] {
  return loose.flatMap((step) => {
    if (step.kind !== 'command' || !isServiceAccount(step.user)) return [];
    const tell = tellsOf(step.text).find(
      ({ level, title }) => level === 'critical' || title === 'Program fetched and run',
    );
    return tell ? [{ step, tell }] : [];
  });
}
