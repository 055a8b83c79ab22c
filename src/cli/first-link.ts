import type { Server } from '../server/serve.ts';

const AGAIN_MS = 500;

/** Where it is said. */
export interface FirstLinkOut {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Says how the first account is made, once the state can be asked, where nobody has one. A link is a secret, by which whoever reads it becomes an
 * admin: it is shown on a terminal only. Elsewhere what we say is kept (a journal, a container's log, a file), so the command that
 * prints one is named instead.
 */
export async function sayFirstLink(
  accounts: Pick<Server['accounts'], 'needsFirst' | 'firstLink'>,
  data: string,
  signal: AbortSignal,
  out: FirstLinkOut = process.stdout,
): Promise<void> {
  while (!signal.aborted) {
    try {
      if (!(await accounts.needsFirst())) return;
      const words = out.isTTY === true ? (await accounts.firstLink()).url : `spoor admin link --data ${data}`;
      out.write(`Make the first account: ${words}\n`);
      return;
    } catch {
      await new Promise((done) => setTimeout(done, AGAIN_MS)); // the state is not there yet; its own troubles are told elsewhere
    }
  }
}
