import { AppError } from './errors.ts';

/** One request to a server that may be slow, hostile or gone. */
export interface ExchangeRequest {
  readonly method: 'GET' | 'POST';
  /** `http:` or `https:`. */
  readonly url: string;
  readonly type?: string;
  readonly body?: Uint8Array;
  /** A longer answer is refused, after decompression. */
  readonly maxBytes: number;
  /** For all of it, to the answer's last byte. */
  readonly timeoutMs: number;
}

export interface ExchangeAnswer {
  readonly status: number;
  /** The media type as the server sent it; empty when it sent none. */
  readonly type: string;
  readonly body: Buffer;
}

/** Asks a server: an argument wherever one is asked, so that tests can stand in for it. */
export type Exchange = (request: ExchangeRequest) => Promise<ExchangeAnswer>;

/**
 * Over the network. Redirects are not followed: whoever was asked is who must answer. Rejects with E_CONFIG for a URL that is none,
 * E_UNAVAILABLE when no whole answer came in time, E_TOO_LARGE when it was too long.
 */
export const exchange: Exchange = async ({ method, url, type, body, maxBytes, timeoutMs }) => {
  if (!/^https?:\/\/[^\s@]+$/.test(url) || !URL.canParse(url))
    throw new AppError('E_CONFIG', `"${url.slice(0, 80)}" is no http or https address`);
  try {
    const response = await fetch(url, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: type === undefined ? {} : { 'content-type': type },
      ...(body !== undefined && { body }),
    });
    const whole = await readWhole(response.body, maxBytes);
    return { status: response.status, type: response.headers.get('content-type') ?? '', body: whole };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('E_UNAVAILABLE', `no answer: ${reason(cause, timeoutMs)}`, { cause });
  }
};

async function readWhole(stream: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  if (stream !== null)
    for await (const part of stream as unknown as AsyncIterable<Uint8Array>) {
      bytes += part.length;
      // Leaving the loop cancels the stream, and with it the connection.
      if (bytes > maxBytes) throw new AppError('E_TOO_LARGE', `an answer of over ${maxBytes} bytes`);
      parts.push(part);
    }
  return Buffer.concat(parts);
}

function reason(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `none within ${timeoutMs} ms`;
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? error.message;
}
