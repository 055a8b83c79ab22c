/** Name of a data folder's ledger of that number: `web1/spoor`, `web1/spoor-2`. `first` is that of its first one. */
export function nameOfNext(first: string, nth: number): string {
  return nth === 1 ? first : `${first}-${nth}`;
}
