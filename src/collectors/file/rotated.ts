// What logrotate, newsyslog and programs with their own rotation append: .1, .20260131, -20260131, -2026013112, -20260131-1769817600, .old
const SUFFIX = /(?:\.\d{1,4}|[.-]\d{8}(?:[-_T]?\d{2,10})?|\.old)$/;
const COMPRESSED = /\.(?:gz|xz|bz2|zst|lz4|zip|Z)$/;

/** The path that a file had before rotation renamed it: `/var/log/auth.log` for `/var/log/auth.log.1`. Others are given back as they are. */
export function unrotated(path: string): string {
  const base = path.replace(SUFFIX, '');
  return base.endsWith('/') ? path : base;
}

/** The path without the ending that a compressor gave it, or null where it has none. */
export function uncompressed(path: string): string | null {
  const bare = path.replace(COMPRESSED, '');
  return bare === path ? null : bare;
}
