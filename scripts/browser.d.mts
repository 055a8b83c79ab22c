/** Path of a browser (`SPOOR_CHROMIUM` first); null when there is none. */
export function findBrowser(): string | null;
/** Installs Chromium by apt where it is missing and we are root. Gives its path or null. */
export function installBrowser(): Promise<string | null>;
