import type { Call, Line } from './calls.ts';
import { flag, operands, type Rule, upstream } from './rule.ts';

const CIPHERS = /^(?:enc|smime|cms|aes-?\d{3}\S{0,8}|des3?|bf|camellia\S{0,12}|chacha20)$/;
/** Dumps and folders for passing things: a backup is encrypted, and what it was made from goes. */
const PASSING = /^(?:\/var)?\/tmp(?:\/|$)|^\/dev\/shm(?:\/|$)|backup|dump|\.(?:sql|bak|tar|t?gz|xz|zst|zip)$/i;

/** Encrypts with a password or for a key: not what checks, decrypts or makes keys. */
function encrypts(call: Call): boolean {
  const { name, args } = call;
  if (name === 'openssl') return CIPHERS.test(args[0] ?? '') && !args.includes('-d') && !args.includes('-decrypt');
  if (name === 'gpg' || name === 'gpg2') return flag(call, 'ce', 'symmetric') || args.includes('--encrypt');
  if (name === 'age' || name === 'ccrypt') return !flag(call, 'd', 'decrypt');
  return /^(?:7za?|zip)$/.test(name) && args.some((arg) => /^-(?:p\S|P$|e$|-password|-encrypt)/.test(arg));
}

/** Removes whole folders, or writes over what it removes. */
const destroys = (call: Call) =>
  (call.name === 'rm' && flag(call, 'rR', 'recursive')) || /^(?:shred|srm|wipe)$/.test(call.name);

// Who keeps a secret encrypts a file and removes it. Who wants ransom does so with one folder after the other.
function encryptsAll({ text, calls }: Line): boolean {
  if (!/^\s*(?:for|while|find|ls)\s|[;|]\s{0,9}(?:for|while|xargs|do)\s/.test(text)) return false;
  return calls.some((call, at) => {
    if (!encrypts(call)) return false;
    const given = new Set([call, ...upstream(call)].flatMap(operands));
    const gone = calls
      .slice(at + 1)
      .filter(destroys)
      .flatMap(operands);
    return gone.some((file) => /[$*{]/.test(file) && given.has(file) && !PASSING.test(file));
  });
}

/** What is done to harm the owner. */
export const HARM_RULES: readonly Rule[] = [
  { title: 'Files encrypted and removed', level: 'critical', techniques: ['T1486'], test: encryptsAll },
];
