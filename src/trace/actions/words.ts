/** A name as a command's last words: quoted unless a shell takes it as it stands, and never read as an option. */
export function quote(name: string): string {
  return name.startsWith('-') ? `-- ${quoted(name)}` : quoted(name);
}

/** A path likewise, anywhere in a command. */
export function quotePath(path: string): string {
  return quoted(path.startsWith('-') ? `./${path}` : path);
}

function quoted(word: string): string {
  return /^[\w./][\w./-]{0,255}$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
