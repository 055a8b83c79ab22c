import type { Finding } from './match.ts';
import type { HttpRequest } from './rule.ts';

// A web shell that is fed by POST alone says nothing in an access log but where it lies.

/** Folders of what visitors sent, and of a site's mere files: no program of the site lies there. */
const AMONG_FILES =
  /\/(?:uploads|avatars|attachments|wp-includes\/(?:images|fonts|css)|\.well-known)\/(?:[^?]{0,200}\/)?([^/?]{1,100})\.(?:php\d?|phtml|phar|jspx?|aspx?|ashx|cgi|pl)$/i;
/** What takes uploads is sometimes put beside them. */
const TAKES_UPLOADS =
  /upload|index|handler|ajax|process|save|api|import|resize|thumb|image|delete|submit|callback|connector|server|file/i;
/** Applications have places of these names, and scripts there that hand files out. */
const HANDS_OUT =
  /\/(?:attachments|avatars)\/(?:download|get|list|view|show|send|fetch|preview|serve|read|stream|export)[\w-]{0,20}\.\w{2,5}$/i;
const FOUND: Finding = { category: 'webshell', name: 'script among uploads', technique: 'T1505.003' };

/** Does a script lie where only files should? Whether it is there, the answer tells. */
export function isAmongFiles(path: string): boolean {
  const name = AMONG_FILES.exec(path)?.[1];
  return name !== undefined && !TAKES_UPLOADS.test(name) && !HANDS_OUT.test(path);
}

/** Something was sent to such a script, from no page, and it answered: null where not. */
export function findUploaded({ method, status, referrer }: HttpRequest, path: string): readonly Finding[] | null {
  if (method !== 'POST' || status < 200 || status > 299 || isLinked(referrer, path)) return null;
  return isAmongFiles(path) ? [FOUND] : null;
}

// A client of such a script may say that it came from there; a page that has a form of its own stands elsewhere.
function isLinked(referrer: string, path: string): boolean {
  const from = /^https?:\/\/[^/?#]{1,255}([^?#]{0,2000})/i.exec(referrer)?.[1];
  return referrer !== '' && from !== path;
}
