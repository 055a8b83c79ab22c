import type { Server } from './serve.ts';

/**
 * What the index holds now, as a name: while it stays, no event came, left or was changed, and what waited to be indexed waits. A question that was begun
 * under it has the answer that it would have now.
 */
export function indexState({ index, engine }: Server): string {
  const { indexed, durable, rows } = index.position;
  return `${index.generation} ${indexed} ${rows} ${durable > indexed} ${engine.changes}`;
}
