import { Agent } from 'node:http';
import {
  type ClickHouseClient,
  type ClickHouseClientConfigOptions,
  ClickHouseLogLevel,
  createClient,
} from '@clickhouse/client';

/** Where ClickHouse's HTTP protocol is spoken: our engine's socket, or a server or cluster of one's own. */
export type EngineAddress =
  | { readonly socketPath: string }
  | { readonly url: string; readonly user?: string | undefined; readonly password?: string | undefined };

/** A query may take this long before its first byte. */
const REQUEST_MS = 300_000;
const CONNECTIONS = 64;

/**
 * The stock client for either. It has no option for a unix socket: its `http_agent` is a Node agent whose connections all go to the socket,
 * and the host of the URL is then only a word. `close()` ends its connections.
 */
export function engineClient(
  address: EngineAddress,
  options: Omit<ClickHouseClientConfigOptions, 'url' | 'http_agent' | 'username' | 'password'> = {},
): ClickHouseClient {
  const common = {
    application: 'spoor',
    request_timeout: REQUEST_MS,
    max_open_connections: CONNECTIONS,
    // What fails is thrown, and said by whoever called: the client would print statements and their parameters.
    log: { level: ClickHouseLogLevel.OFF },
    ...options,
  };
  if ('socketPath' in address) {
    const agent = new Agent({
      socketPath: address.socketPath,
      keepAlive: true,
      maxSockets: common.max_open_connections,
      scheduling: 'lifo',
    } as ConstructorParameters<typeof Agent>[0]);
    // No idle limit, for the engine closes no idle connection: and the client's own has a fault (1.23.1). A request that is aborted while it
    // is given a connection frees it twice; the first timer is forgotten, and destroys the connection under a later request.
    const keep_alive = { enabled: true, idle_socket_ttl: 0 };
    return createClient({ ...common, url: 'http://engine', http_agent: agent, keep_alive });
  }
  const { url, user, password } = address;
  return createClient({
    ...common,
    url,
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
  });
}
