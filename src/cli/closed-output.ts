/** Told instead of ending, once somebody outlives the output. */
let outlived: ((what: string) => void) | null = null;

/**
 * From now on a closed pipe ("| head") ends the program and is no failure: its reader has seen enough. Anything else is (a full disk, say):
 * `failed` tells it, and gives the exit code.
 */
export function endWithOutput(failed: (error: Error) => number): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (outlived !== null) outlived(`standard output cannot be written: ${error.message}`);
    else process.exit(error.code === 'EPIPE' ? 0 : failed(error));
  });
}

/** From now on the program goes on though nobody reads what it writes, as a server has to. `told` hears of it. */
export function outliveOutput(told: (what: string) => void): void {
  outlived = told;
  process.stderr.on('error', (error) => told(`standard error, our own log, cannot be written: ${error.message}`));
}
