import { Command, CommanderError } from 'commander';
import { AppError } from '../core/errors.ts';
import { commands } from './commands/index.ts';

/** Runs the command line and returns the exit code (sysexits.h). Output goes to stdout, all else to stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0); // the reader of our output has seen enough
    throw error;
  });
  const program = new Command('spoor');
  program.description('Reads your logs and says who got in, how, and what they did.');
  program.exitOverride();
  program.showHelpAfterError('(spoor --help lists the commands)');
  let code = 0;
  for (const { register } of commands)
    register(program, (result) => {
      code = result;
    });
  try {
    await program.parseAsync(argv as string[], { from: 'user' });
    return code;
  } catch (error) {
    return explain(error);
  }
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 64; // it has said why; EX_USAGE
  if (error instanceof AppError) {
    process.stderr.write(`spoor: ${error.message} (${error.code})\n`);
    return error.exit;
  }
  process.stderr.write(`spoor: this is a bug: ${error instanceof Error ? error.stack : String(error)}\n`);
  return 70;
}
