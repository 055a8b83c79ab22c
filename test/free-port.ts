import { once } from 'node:events';
import { createServer } from 'node:net';

// Below what Linux gives to who asks for any port, or only connects (ip_local_port_range: 32,768 and up).
const FIRST = 10_000;
const COUNT = 22_000;
/** Of one process, so that tests beside each other are given others. */
const STRETCH = 40;
let given = 0;

/** A port of the loopback that is free, and stays so until it is used: nobody gets it who does not ask for it by its number. */
export async function freePort(): Promise<number> {
  const port = FIRST + ((process.pid * STRETCH + given) % COUNT);
  given += 1;
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return freePort();
  }
  server.close();
  await once(server, 'close');
  return port;
}
