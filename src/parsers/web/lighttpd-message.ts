import { type EcsFields, withFields } from '../../core/event.ts';
import { loginFields, sourceFields } from './error-event.ts';

const PLACE = /^\([\w.-]{1,60}\.\d{1,6}\) /; // "(mod_auth.c.525) "
const REFUSED =
  /^(?:digest: )?(?<what>password doesn't match|get_password failed|auth failed|nonce mismatch)(?: for)?[ :,]/;
const NAMED = /(?: username: | for {1,2}(?=\S{1,255} ?:))(?<user>.{0,255}?)(?: ?: wrong password)?$/s;

/**
 * What lighttpd's mod_auth says of a login that it refused (http_auth.c, mod_auth.c); null for anything else. The name
 * is the client's and stands before the address that the server writes, so the last address counts.
 */
export function lighttpdLogin(message: string): EcsFields | null {
  const text = message.slice(0, 4096).replace(PLACE, '').trimEnd();
  const what = REFUSED.exec(text)?.groups?.['what'];
  const at = text.lastIndexOf(' IP: ');
  const address = text.slice(at + 5);
  if (what === undefined || at === -1 || !/^[0-9a-f.:]{2,45}$/.test(address)) return null;
  const user = NAMED.exec(text.slice(0, at).replace(/,$/, ''))?.groups?.['user'];
  const method = what === 'auth failed' || what === 'nonce mismatch' ? 'digest' : 'password';
  return withFields(loginFields(user, method, what), {
    'process.name': 'lighttpd',
    ...sourceFields({ address, port: undefined }),
  });
}
