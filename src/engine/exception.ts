/** What the engine says when something fails, as ClickHouse words it: `Code: N. DB::Exception: … (TYPE)`. */
export interface EngineException {
  readonly code: number;
  readonly status: number;
  /** One line or more, without the engine's own paths, ending in its version. */
  readonly text: string;
}

/** HTTP statuses of ClickHouse's codes (exceptionCodeToHTTPStatus in src/Server/HTTP/exceptionCodeToHTTPStatus.cpp); all else is 500. */
const STATUSES: ReadonlyMap<number, number> = new Map(
  Object.entries({
    400: [6, 26, 27, 33, 36, 38, 41, 43, 44, 53, 62, 69, 70, 72, 117, 130, 131, 229, 341, 349, 354, 456, 457],
    403: [164, 291, 497],
    404: [46, 47, 50, 56, 60, 63, 73, 81, 115],
    408: [159],
    413: [307],
    501: [48],
    503: [202, 210],
  }).flatMap(([status, codes]) => codes.map((code) => [code, Number(status)] as const)),
);

const WRAPPED = /^Code: (\d{1,5})\. DB::(?:[A-Za-z]{1,30})?Exception: /;

/**
 * Makes of an error of chDB what the real server would answer. chDB repeats "Code: N. DB::Exception:" for each layer, and shows the file
 * that a request's body was kept in; `ours` are the pieces of text that were put into the statement and must not be shown.
 */
export function engineException(message: string, version: string, ours: readonly string[] = []): EngineException {
  let text = message;
  let code = 1002; // UNKNOWN_EXCEPTION
  for (let found = WRAPPED.exec(text); found !== null; found = WRAPPED.exec(text)) {
    code = Number(found[1]);
    text = text.slice(found[0].length);
  }
  for (const piece of ours) text = text.replaceAll(piece, '');
  text = text.replaceAll(/: \(in file\/uri [^)\n]{0,300}\)/g, '');
  // "… (TYPE) (version 26.7.2.1). (TYPE)": the layers' ends are said once.
  const type = /\(([A-Z][A-Z0-9_]{2,80})\)\.?\s*$/.exec(text)?.[1] ?? 'UNKNOWN_EXCEPTION';
  const at = text.indexOf(` (${type})`);
  const told = (at === -1 ? text : text.slice(0, at)).split(': In scope SELECT formatQuery(', 1)[0]?.trim() ?? '';
  return worded(code, type, told, version);
}

/** An exception of the front's own. */
export function worded(code: number, type: string, message: string, version: string): EngineException {
  const text = `Code: ${code}. DB::Exception: ${message.replace(/\.?$/, '.')} (${type}) (version ${version})`;
  return { code, status: STATUSES.get(code) ?? 500, text };
}

/**
 * The bytes that end a result which broke off after its beginning was sent: the server's own form since 25.11, which @clickhouse/client
 * looks for (`tag` was sent in X-ClickHouse-Exception-Tag).
 */
export function brokenOff({ text }: EngineException, tag: string): Buffer {
  const told = Buffer.from(`${text}\n`);
  return Buffer.concat([
    Buffer.from(`\r\n__exception__\r\n${tag}\r\n`),
    told,
    Buffer.from(`${told.length} ${tag}\r\n__exception__\r\n`),
  ]);
}
