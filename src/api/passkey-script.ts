import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// The one script of Spoor: browsers have passkeys for scripts only. It reads the page's own data attributes and talks to /api/v1 alone.

const LIBRARY = '../dist/bundle/index.umd.min.js';

const OWN = `
(() => {
  const { startAuthentication, startRegistration } = SimpleWebAuthnBrowser;
  const said = document.querySelector('#said');
  const WORDS = {
    NotAllowedError: 'It was cancelled, or it took too long. Try again.',
    InvalidStateError: 'This device has a passkey for this account already.',
    NotSupportedError: 'This browser or device has no passkeys.',
    SecurityError: 'Passkeys do not work at this address.',
    AbortError: 'It was cancelled. Try again.',
  };
  const ask = async (method, url, body) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await response.text();
    let answer = null;
    try { answer = text === '' ? null : JSON.parse(text); } catch { }
    if (!response.ok) throw new Error(answer && answer.detail ? answer.detail : 'The server answered ' + response.status + '.');
    return answer;
  };
  const DEEDS = {
    async 'sign-in'() {
      const optionsJSON = await ask('POST', '/api/v1/sign-in/passkey/options', {});
      const answer = await startAuthentication({ optionsJSON });
      await ask('POST', '/api/v1/sign-in/passkey', { answer });
      location.assign('/');
    },
    async add() {
      const name = document.querySelector('#name').value.trim();
      const optionsJSON = await ask('POST', '/api/v1/passkeys/options', {});
      const answer = await startRegistration({ optionsJSON });
      await ask('POST', '/api/v1/passkeys', name === '' ? { answer } : { answer, name });
      location.reload();
    },
    async rename(id, from) {
      const name = from.closest('[data-passkey]').querySelector('input').value.trim();
      await ask('PUT', '/api/v1/passkeys/' + encodeURIComponent(id), { name });
      location.reload();
    },
    async remove(id) {
      await ask('DELETE', '/api/v1/passkeys/' + encodeURIComponent(id));
      location.reload();
    },
  };
  document.addEventListener('click', async (event) => {
    const from = event.target.closest('[data-deed]');
    if (from === null || from.disabled) return;
    from.disabled = true;
    said.textContent = '';
    try {
      const row = from.closest('[data-passkey]');
      await DEEDS[from.dataset.deed](row === null ? '' : row.dataset.passkey, from);
    } catch (error) {
      const words = WORDS[error.name] || error.message;
      said.textContent = words.charAt(0).toUpperCase() + words.slice(1);
    }
    from.disabled = false;
  });
})();
`;

/** Where the script is. */
export const SCRIPT_PATH = '/passkeys.js';

let made: string | null = null;

/** The library that was installed, and our own lines behind it. */
export function passkeyScript(): string {
  const main = createRequire(import.meta.url).resolve('@simplewebauthn/browser'); // …/script/index.js
  made ??= `${readFileSync(new URL(LIBRARY, `file://${main}`), 'utf8')}\n${OWN}`;
  return made;
}

/** The policy of a page with the script: it may run that, from that origin, and ask that origin. */
export function scriptPolicy(origin: string): string {
  return `default-src 'none'; script-src ${origin}${SCRIPT_PATH}; connect-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'`;
}
