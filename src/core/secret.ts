import { inspect } from 'node:util';
import * as z from 'zod';
import { AppError } from './errors.ts';

// A secret never stands in the configuration: it is named there, as ${env:NAME} or ${file:/path}.

const REFERENCE = /^\$\{(?<kind>env|file):(?<name>[^{}]{1,4096})\}$/;
const ANY_REFERENCE = /\$\{(?:env|file):/;
const MAX_BYTES = 65_536;
const WANTED = `\${env:NAME} or \${file:/path}`;

/** What a reference led to. It prints as `[secret]`, whoever prints it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value: for the one place that uses it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** What secrets are read from. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gives a file's text, or throws. */
  readonly readFile: (path: string) => string;
}

/** Schema of a key that holds a secret: `${env:NAME}` or `${file:/path}`, never the value itself. */
export function secret(): z.ZodType<Secret> {
  return z.instanceof(Secret, { error: WANTED }).meta({ secret: true });
}

/** True for what `secret()` made. */
export function isSecretSchema(schema: z.core.$ZodType): boolean {
  return z.globalRegistry.get(schema)?.['secret'] === true;
}

/**
 * Follows a reference; null for a text that is none. Throws E_CONFIG, without any value, when it leads nowhere or is part of a longer text.
 */
export function followReference(text: string, { env, readFile }: SecretSources): Secret | null {
  const { kind, name = '' } = REFERENCE.exec(text)?.groups ?? {};
  if (kind === undefined) {
    if (ANY_REFERENCE.test(text))
      throw new AppError('E_CONFIG', `a reference stands alone: wants ${WANTED}, nothing around it`);
    return null;
  }
  return new Secret(kind === 'env' ? fromEnv(name, env) : fromFile(name, readFile));
}

function fromEnv(name: string, env: SecretSources['env']): string {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value === undefined || value === '')
    throw new AppError(
      'E_CONFIG',
      `environment variable ${name.slice(0, 80)} is ${value === '' ? 'empty' : 'not set'}`,
    );
  return value;
}

function fromFile(path: string, readFile: SecretSources['readFile']): string {
  const said = `secret file "${path.slice(0, 80)}"`;
  if (!path.startsWith('/')) throw new AppError('E_CONFIG', `${said} is no absolute path`);
  let text: string;
  try {
    text = readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new AppError('E_CONFIG', `${said} cannot be read (${code})`, { cause });
  }
  const value = text.replace(/\r?\n$/, '');
  if (value === '' || value.length > MAX_BYTES)
    throw new AppError('E_CONFIG', `${said} is ${value === '' ? 'empty' : 'longer than 64 kB'}`);
  return value;
}
