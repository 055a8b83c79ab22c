import { once } from 'node:events';
import { createServer, type ListenOptions } from 'node:net';

// Below what Linux gives to who asks for any port, or only connects (ip_local_port_range: 32,768 and up).
const FIRST = 10_000;
const COUNT = 22_000;
/** Tests beside each other begin in different places. */
const STRETCH = 40;
let given = 0;

/**
 * A port of the loopback that is free, and stays so until it is used, and while what uses it is started again: nobody gets it who does not
 * ask for it by its number, and no other test is given it for as long as this process lives.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + ((process.pid * STRETCH + given) % COUNT);
    given += 1;
    if ((await isOurs(port)) && (await isFree(port))) return port;
  }
}

/** Linux has names of sockets that are in no folder, and are gone with the process that holds them. */
async function isOurs(port: number): Promise<boolean> {
  return process.platform !== 'linux' || (await listening({ path: `\0spoor-test-port-${port}` })) !== null;
}

async function isFree(port: number): Promise<boolean> {
  const server = await listening({ port, host: '127.0.0.1' });
  server?.close();
  if (server !== null) await once(server, 'close');
  return server !== null;
}

/** Null where somebody else does. It keeps no process alive. */
async function listening(where: ListenOptions) {
  const server = createServer().listen(where).unref();
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return null;
  }
}
