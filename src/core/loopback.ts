const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/;

/** Does a name or an address, as configurations and URLs have it, lead to this machine and no other? */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
