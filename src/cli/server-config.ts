import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { collectors } from '../collectors/index.ts';
import { readConfig } from '../core/config.ts';
import { AppError } from '../core/errors.ts';
import { VKEY } from '../ledger/folder-check.ts';
import { listeners } from '../listeners/index.ts';
import { type Config, configSchema, type ServedConfig } from '../server/config-schema.ts';
import type { Layout } from '../server/paths.ts';
import { nameOfNext } from './ledger-name.ts';
import { ledgerKey } from './ledger-writing.ts';

/** What the file says; without a file, what is collected where nobody said anything. Throws E_CONFIG. */
export function configOf(file: string | undefined, paths: Pick<Layout, 'config'>): Config {
  const schema = configSchema([...collectors, ...listeners]);
  const path = file ?? paths.config;
  if (file === undefined && !existsSync(path)) return schema.parse({});
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('E_CONFIG', `cannot read the configuration ${path}: ${(cause as Error).message}`, { cause });
  }
  return readConfig(text, path, schema, {
    env: process.env,
    readFile: (one: string) => readFileSync(one, 'utf8'),
  });
}

/**
 * The configuration with the name of the ledger: that of the one that is there, else the configured one, else one of this data folder's own.
 * Two folders of one machine are two logs: of one name, each would look like a forgery of the other. Throws E_CONFIG where the name that is
 * configured is not that of the ledger.
 */
export function withOrigin(config: Config, { ledger, ledgerNumber }: Layout): ServedConfig {
  const wished = config.ledger.origin;
  const there = existsSync(join(ledger, VKEY)) ? ledgerKey(ledger).name : null;
  const wanted = wished === undefined ? null : nameOfNext(wished, ledgerNumber);
  if (there !== null && wanted !== null && there !== wanted)
    throw new AppError(
      'E_CONFIG',
      `the ledger in ${ledger} is ${there}: its name is for life; ledger.origin says ${wanted}`,
    );
  return { ...config, ledger: { ...config.ledger, origin: there ?? wanted ?? freshName() } };
}

function freshName(): string {
  const host = hostname().replace(/[^A-Za-z0-9.-]/g, '-') || 'localhost';
  return `${host}/spoor-${randomBytes(2).toString('hex')}`;
}
