import { randomBytes } from 'node:crypto';

/**
 * A token of this process alone, with which it tries its own doors (`spoor doctor`): of the senders' tokens it has only the hashes. It is kept in
 * memory, and is another one at each start.
 */
export const ownToken: { readonly name: string; readonly text: string } = {
  name: 'spoor-doctor',
  text: randomBytes(32).toString('hex'),
};
