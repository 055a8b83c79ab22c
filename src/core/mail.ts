const MAIL =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,10}@(?<domain>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,10}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)$/i;

/**
 * The domain of a plain mail address, in lower case (RFC 5321 §4.1.2, without quotes and comments: nothing that could end a
 * header or begin another); null for text that is none.
 */
export function mailDomain(mail: string): string | null {
  if (mail.length > 254 || mail.indexOf('@') > 64) return null;
  return MAIL.exec(mail)?.groups?.['domain']?.toLowerCase() ?? null;
}
