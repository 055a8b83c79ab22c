/** Why a request is refused: HTTP status, a stable word for counting, and what to do, for people. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, reason: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** A problem document (RFC 9457). `records`: how many of the request's lines, from its first, are durable all the same. */
export function problemOf({ status, reason, message }: Refusal, records: number): string {
  return JSON.stringify({ type: `urn:spoor:${reason}`, title: TITLES[status], status, detail: message, records });
}
