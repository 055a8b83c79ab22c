/** A file that is followed is `file:PATH`, one that was handed in `import:PATH`, or `import-FORMAT:PATH` where its records are a binary log's. */
const FILE = /^(?:file|(?<handedIn>import(?:-(?<format>[a-z]{1,20}))?)):(?<path>.*)$/s;

/** The `via` of records that are handed in from a file. `format`: the binary one that each of them has; null: they are lines. */
export function importVia(path: string, format: string | null): string {
  return `import${format === null ? '' : `-${format}`}:${path}`;
}

/** Where a record was read from. */
export interface FileTransport {
  readonly path: string;
  /** The binary format that the record has; null: it is a line. */
  readonly format: string | null;
  /** Written by whoever it may be, elsewhere. */
  readonly isHandedIn: boolean;
}

/** The file in a record's `via`; null where it came another way. */
export function fileIn(via: string): FileTransport | null {
  const groups = FILE.exec(via)?.groups;
  if (groups === undefined) return null;
  return {
    path: groups['path'] as string,
    format: groups['format'] ?? null,
    isHandedIn: groups['handedIn'] !== undefined,
  };
}
