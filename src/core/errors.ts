/** Stable error codes, and what each means at the edges: HTTP status and process exit code (sysexits.h). */
const CODES = {
  E_USAGE: { status: 400, exit: 64 }, // EX_USAGE: the command line is off
  E_CONFIG: { status: 500, exit: 78 }, // EX_CONFIG: the operator must fix a file
  E_MALFORMED: { status: 422, exit: 65 }, // EX_DATAERR: input claims a format and breaks it
  E_TOO_LARGE: { status: 413, exit: 65 }, // EX_DATAERR: input passes a limit that guards against bombs
  E_NOT_FOUND: { status: 404, exit: 66 }, // EX_NOINPUT
  E_UNREADABLE: { status: 403, exit: 77 }, // EX_NOPERM: it is there, and may not be read
  E_OUTPUT: { status: 500, exit: 74 }, // EX_IOERR: what was to be written could not be
  E_TAMPERED: { status: 409, exit: 65 }, // EX_DATAERR: the ledger does not match its checkpoint
  E_SIGN_IN: { status: 401, exit: 77 }, // EX_NOPERM: nobody knows who asks
  E_BUSY: { status: 429, exit: 75 }, // EX_TEMPFAIL: too much was asked; the message says when to try again
  E_UNAVAILABLE: { status: 503, exit: 69 }, // EX_UNAVAILABLE: try again later
} as const;

export type ErrorCode = keyof typeof CODES;

/** Every code, for the reference page and its test. */
export const ERROR_CODES: Readonly<Record<ErrorCode, { status: number; exit: number }>> = CODES;

/** An error raised on purpose. Anything else that reaches an edge is a bug: HTTP 500, exit 70. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly exit: number;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = CODES[code].status;
    this.exit = CODES[code].exit;
  }
}
