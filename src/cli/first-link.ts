import type { Server } from '../server/serve.ts';

const AGAIN_MS = 500;

/**
 * Says how the first account is made, once the state can be asked, where nobody has one. A link is a secret: where a log would keep what we
 * say (systemd sets JOURNAL_STREAM), the command that prints one is named instead.
 */
export async function sayFirstLink(server: Server, data: string, signal: AbortSignal): Promise<void> {
  const isLogged = process.env['JOURNAL_STREAM'] !== undefined && process.stdout.isTTY !== true;
  while (!signal.aborted) {
    try {
      if (!(await server.accounts.needsFirst())) return;
      const words = isLogged ? `spoor admin link --data ${data}` : (await server.accounts.firstLink()).url;
      process.stdout.write(`Make the first account: ${words}\n`);
      return;
    } catch {
      await new Promise((done) => setTimeout(done, AGAIN_MS)); // the state is not there yet; its own troubles are told elsewhere
    }
  }
}
