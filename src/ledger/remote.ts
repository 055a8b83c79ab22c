import { AppError } from '../core/errors.ts';
import type { LedgerRecord } from './record.ts';
import { DETACHED_SALT, type Detached, detachedPath, isDetached } from './secrecy/detached.ts';
import type { LedgerSource } from './source.ts';
import { pathSource } from './static-tree.ts';

const MAX_CHECKPOINT = 1 << 20;
/** Far over the longest line that anything sends. */
const MAX_DETACHED = 64 << 20;
/** What is shown to an auditor only: nothing else is asked with the token. */
const SECRET = /^(?:tile\/entries|detached)\//;
const TIMEOUT_MS = 30_000;

export interface RemoteOptions {
  /** An auditor's token: entries are served to no other. */
  readonly token?: string;
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
}

/**
 * A log on another machine, by the paths of tlog-tiles below its URL. Redirects are not followed, so that the token goes nowhere else;
 * answers may be no longer than what was asked for, also when they come compressed. Rejects with E_UNAVAILABLE.
 */
export function remoteLog(url: string, { token, signal, fetch: get = fetch }: RemoteOptions = {}): LedgerSource {
  const prefix = prefixOf(url);
  const read = async (path: string, most: number): Promise<Buffer | null> => {
    const headers: Record<string, string> = SECRET.test(path) && token ? { authorization: `Bearer ${token}` } : {};
    const limit = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await get(new URL(path, prefix), {
        headers,
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      if (response.status === 404) return await gone(response);
      if (response.status !== 200) throw await refusal(path, response);
      return await body(response, most, path);
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      const { message, cause: why } = cause as Error;
      throw new AppError('E_UNAVAILABLE', `cannot read ${path} from ${prefix}: ${(why as Error)?.message ?? message}`, {
        cause,
      });
    }
  };
  const source = pathSource(prefix.href, read, async (path) => {
    const bytes = await read(path, MAX_CHECKPOINT);
    return bytes === null ? null : bytes.toString('utf8');
  });
  return {
    ...source,
    detached: async (refs) => {
      const found = new Map<number, Detached>();
      for (const { index, record } of refs) {
        const detached = saltedIn(await read(detachedPath(index), MAX_DETACHED), record);
        if (detached !== null) found.set(index, detached);
      }
      return found;
    },
  };
}

/** Salt and payload as they come in one piece. Throws E_TAMPERED when they are not what the record stands for. */
function saltedIn(bytes: Buffer | null, record: LedgerRecord): Detached | null {
  if (bytes === null) return null;
  const detached = { salt: bytes.subarray(0, DETACHED_SALT), payload: bytes.subarray(DETACHED_SALT) };
  if (bytes.length >= DETACHED_SALT && isDetached(record, detached.salt, detached.payload)) return detached;
  throw new AppError('E_TAMPERED', 'the payload that was given has not the digest that its record states');
}

function prefixOf(url: string): URL {
  if (!URL.canParse(url)) throw new AppError('E_USAGE', `"${url.slice(0, 80)}" is no URL`);
  const prefix = new URL(url.endsWith('/') ? url : `${url}/`);
  if (prefix.protocol !== 'https:' && prefix.protocol !== 'http:')
    throw new AppError('E_USAGE', `"${url.slice(0, 80)}" is no URL of http or https`);
  return prefix;
}

async function gone(response: Response): Promise<null> {
  await response.body?.cancel();
  return null;
}

async function refusal(path: string, response: Response): Promise<AppError> {
  await response.body?.cancel();
  if (response.status === 401 || response.status === 403)
    return new AppError('E_UNREADABLE', `${path} is shown only to an auditor: give --token-file`);
  return new AppError('E_UNAVAILABLE', `${path}: the server answered ${response.status}`);
}

async function body(response: Response, most: number, path: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > most) throw new AppError('E_TAMPERED', `${path} has over ${most} bytes, which none can have`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
