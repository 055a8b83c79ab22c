import { isLoopback } from '../../core/loopback.ts';

/** What people are to type for an address: `localhost` in place of the loopback address, where browsers allow no passkey. */
export function typedUrl(address: string): URL {
  const url = new URL(address);
  if (isLoopback(url.hostname)) url.hostname = 'localhost';
  return url;
}
