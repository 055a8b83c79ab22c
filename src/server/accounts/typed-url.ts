const LOOPBACK_IP = /^(?:127(?:\.\d{1,3}){3}|\[::1\])$/;

/** What people are to type for an address: `localhost` in place of the loopback address, where browsers allow no passkey. */
export function typedUrl(address: string): URL {
  const url = new URL(address);
  if (LOOPBACK_IP.test(url.hostname)) url.hostname = 'localhost';
  return url;
}
