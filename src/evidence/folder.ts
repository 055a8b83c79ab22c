import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { AppError } from '../core/errors.ts';
import { systemFailure } from './handed-in.ts';

/** A file in a folder, or why something in it is not read. */
export interface Found {
  /** As shown. */
  readonly path: string;
  /** To be opened: bytes where the name is not UTF-8, which an intruder may choose it not to be. */
  readonly real: string | Buffer;
  readonly failure: AppError | null;
}

/**
 * All files under a folder, by name in code unit order, depth first. Links are not followed: one into the folder loses
 * nothing and is passed over; one that leads out of it, or nowhere, is told, as are pipes, sockets and devices.
 */
export async function* walk(folder: string): AsyncGenerator<Found> {
  let root: string;
  try {
    root = await realpath(folder);
  } catch (error) {
    yield { path: folder, real: folder, failure: toFailure(error) };
    return;
  }
  yield* walkInto({ path: folder.length > 1 ? folder.replace(/\/+$/, '') || '/' : folder, real: folder }, root);
}

interface Place {
  readonly path: string;
  readonly real: string | Buffer;
}

async function* walkInto(place: Place, root: string): AsyncGenerator<Found> {
  let entries: Named[];
  try {
    entries = await list(place);
  } catch (error) {
    yield { ...place, failure: toFailure(error) };
    return;
  }
  for (const { entry, path, real } of entries) {
    if (entry.isDirectory()) yield* walkInto({ path, real }, root);
    else if (entry.isFile()) yield { path, real, failure: null };
    else if (entry.isSymbolicLink()) yield* link({ path, real }, root);
    else yield { path, real, failure: new AppError('E_UNREADABLE', 'pipe, socket or device: never opened') };
  }
}

interface Named extends Place {
  readonly name: string;
  readonly entry: Dirent<Buffer>;
}

async function list(place: Place): Promise<Named[]> {
  const entries = await readdir(place.real, { withFileTypes: true, encoding: 'buffer' });
  const named = entries.map((entry) => {
    const name = entry.name.toString();
    const real = join(place.real, name, entry.name);
    return { name, entry, path: place.path === '/' ? `/${name}` : `${place.path}/${name}`, real };
  });
  return named.sort((left, right) => (left.name < right.name ? -1 : Number(left.name > right.name)));
}

/** Stays text as long as the name is UTF-8 all the way down. */
function join(parent: string | Buffer, name: string, bytes: Buffer): string | Buffer {
  const isText = Buffer.from(name).equals(bytes);
  if (typeof parent === 'string' && isText) return parent.endsWith('/') ? `${parent}${name}` : `${parent}/${name}`;
  return Buffer.concat([Buffer.from(parent), Buffer.from('/'), bytes]);
}

async function* link(place: Place, root: string): AsyncGenerator<Found> {
  let failure: AppError;
  try {
    const target = await realpath(place.real);
    if (target === root || target.startsWith(root === sep ? sep : root + sep)) return;
    failure = new AppError('E_UNREADABLE', 'symbolic link out of the folder, not followed: hand its target in by name');
  } catch {
    failure = new AppError('E_UNREADABLE', 'symbolic link that leads nowhere');
  }
  yield { ...place, failure };
}

function toFailure(error: unknown): AppError {
  const failure = systemFailure(error);
  if (failure instanceof AppError) return failure;
  throw error;
}
