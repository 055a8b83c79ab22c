import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBytes } from '../../bench/decode-bytes.ts';
import { blamed } from './blame.ts';
import { budget } from './budget.ts';
import { envelope, ftpMessage, type Modelled, sshdMessage, tameMessage } from './sshd-model.ts';
import { accessLine, errorLine, jsonLine } from './web-model.ts';

const enveloped = (message: fc.Arbitrary<Modelled>): fc.Arbitrary<Modelled> =>
  fc.tuple(envelope, message).map(([wrap, { text, peer }]) => ({ text: wrap(7, text), peer }));

/** Each line is read alone, so that no other explains it. */
async function expectNoWrongAddress({ text, peer }: Modelled): Promise<void> {
  const events = await decodeBytes(Buffer.from(`${text}\n`));
  expect(events.length).toBeGreaterThan(0);
  const wrong = events.flatMap(blamed).filter((ip) => ip !== peer);
  expect(wrong, text).toEqual([]);
}

describe('the source is the true peer or nobody', () => {
  test.each([
    ['sshd', enveloped(sshdMessage), 1500],
    ['PAM for an FTP server', enveloped(ftpMessage), 300],
    ['web access logs', accessLine, 1000],
    ['web access logs in JSON', jsonLine, 300],
    ['web error logs', errorLine, 700],
  ])('%s', async (_, line, runs) => {
    await fc.assert(fc.asyncProperty(line, expectNoWrongAddress), budget(runs));
  });

  test('many connections in one file, their lines mixed, process ids coming round again', async () => {
    // A process serves one peer; the number comes back hours later for another.
    const connection = fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.array(sshdMessage, { minLength: 1, maxLength: 4 }),
      sshdMessage,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(connection, { minLength: 1, maxLength: 12 }), async (connections) => {
        const lines: Modelled[] = [];
        for (const [at, [pid, said, first]] of connections.entries()) {
          const day = String(1 + at).padStart(2);
          for (const message of [
            { text: 'error: kex_exchange_identification: Connection closed by remote host', peer: first.peer },
            first,
            ...said,
          ]) {
            const text = message.text.replaceAll(message.peer, first.peer);
            lines.push({ text: `Mar ${day} 10:00:00 web1 sshd[${pid}]: ${text}`, peer: first.peer });
          }
        }
        const events = await decodeBytes(Buffer.from(lines.map(({ text }) => `${text}\n`).join('')));
        const wrong = events.filter((event) => blamed(event).some((ip) => ip !== lines[event.line - 1]?.peer));
        expect(wrong.map(({ line }) => lines[line - 1])).toEqual([]);
      }),
      budget(150),
    );
  });
});

test('a tame name hides nobody: the peer is named', async () => {
  await fc.assert(
    fc.asyncProperty(enveloped(tameMessage), async ({ text, peer }) => {
      const [event] = await decodeBytes(Buffer.from(`${text}\n`));
      expect(event?.fields['source.ip'], text).toBe(peer);
    }),
    budget(400),
  );
});
