import { Command, CommanderError } from 'commander';
import { AppError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { endWithOutput } from './closed-output.ts';
import { allCommands, type CliCommand, commandNamed } from './commands/index.ts';
import { version } from './version.ts';

/** Runs the command line and returns the exit code (sysexits.h). Output goes to stdout, all else to stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  endWithOutput((cause) => explain(new AppError('E_OUTPUT', `cannot write the output: ${cause.message}`, { cause })));
  const program = new Command('spoor');
  program.version(version, '-V, --version', 'print the version');
  program.description('Reads your logs and says who got in, how, and what they did.');
  program.exitOverride();
  program.showHelpAfterError('(spoor --help lists the commands)');
  program.configureOutput({ outputError: (text, write) => write(harmless(text)) });
  let code = 0;
  try {
    for (const { register } of await commandsFor(argv[0] ?? ''))
      register(program, (result) => {
        code = result;
      });
    await program.parseAsync(argv as string[], { from: 'user' });
    return code;
  } catch (error) {
    return explain(error);
  }
}

/** Only what is asked for is loaded: the command that is named; for help, or a slip, all of them; for the version, none. */
async function commandsFor(first: string): Promise<readonly CliCommand[]> {
  if (first === '-V' || first === '--version') return [];
  const named = await commandNamed(first);
  return named === null ? allCommands() : [named];
}

/** Messages quote arguments, and a file's name ("spoor investigate *") is an intruder's to choose. */
function harmless(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line))
    .join('\n');
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 64; // it has said why; EX_USAGE
  if (error instanceof AppError) {
    // one line, as an argument must not add one; but a configuration may be wrong in several places
    const lines = error.code === 'E_CONFIG' ? error.message.split('\n') : [error.message];
    for (const line of lines) process.stderr.write(`spoor: ${printable(line)} (${error.code})\n`);
    return error.exit;
  }
  process.stderr.write(`spoor: this is a bug: ${error instanceof Error ? error.stack : String(error)}\n`);
  return 70;
}
