import { userInfo } from 'node:os';

/** Who gives an order, where nobody is named: the account. */
export function defaultWho(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a user without a name
  }
}
