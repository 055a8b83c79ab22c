import { expect, test } from 'vitest';
import { sayFirstLink } from './first-link.ts';

const URL_OF_LINK = 'http://127.0.0.1:7300/link/spoor_x';

async function said(isTTY: boolean, hasAccounts = false) {
  let [text, links, asked] = ['', 0, 0];
  const accounts = {
    needsFirst: async () => {
      asked += 1;
      if (asked === 1) throw new Error('the state is not there yet');
      return !hasAccounts;
    },
    firstLink: async () => {
      links += 1;
      return { url: URL_OF_LINK, expires: '' };
    },
  };
  const write = (words: string) => {
    text += words;
  };
  await sayFirstLink(accounts, '/srv/spoor', new AbortController().signal, { isTTY, write });
  return { text, links };
}

test('the first link is shown on a terminal only; where words are kept, none is made', async () => {
  expect(await said(true)).toEqual({ text: `Make the first account: ${URL_OF_LINK}\n`, links: 1 });
  const command = 'Make the first account: spoor admin link --data /srv/spoor\n';
  expect(await said(false)).toEqual({ text: command, links: 0 });
  expect(await said(true, true)).toEqual({ text: '', links: 0 });
});
