import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { TestLog } from '../../../test/test-log.ts';
import { cosign } from '../../core/tlog/checkpoint.ts';
import { formatSignature, privateKeyOf, signText, splitNote } from '../../core/tlog/note.ts';
import type { CosignAlarm } from '../cosign.ts';
import { closeWitnesses, cosigning, impostor, NOW, pairOf, witness } from './fixtures/cosigning.ts';

const log = new TestLog().grow(5);
afterEach(closeWitnesses);

describe('a hostile witness', () => {
  const otherSecret = privateKeyOf(Buffer.alloc(32, 99));
  const text = () => splitNote(log.signed()).text;
  const mine = () => cosign(text(), BigInt(NOW), pairOf(1).key, pairOf(1).secret);
  const cases: [string, (response: ServerResponse) => void, CosignAlarm['kind'], RegExp][] = [
    [
      'that answers with a flood',
      (r) => r.writeHead(200).end(Buffer.alloc(1 << 20, '— x y\n')),
      'unsound',
      /over 65536 bytes/,
    ],
    [
      'that packs a flood small',
      (r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1 << 24))),
      'unsound',
      /over 65536 bytes/,
    ],
    ['that never ends', (r) => r.writeHead(200).write('— w1'), 'unreachable', /none within 1000 ms/],
    ['that never begins', () => {}, 'unreachable', /none within 1000 ms/],
    ['that breaks off', (r) => r.socket?.destroy(), 'unreachable', /no answer/],
    ['that redirects', (r) => r.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(), 'unreachable', /redirect/],
    ['that is no UTF-8', (r) => r.end(Buffer.from([0xe2, 0x80, 0xff, 0x0a])), 'unsound', /no UTF-8/],
    ['that says nothing', (r) => r.end(), 'unsound', /no cosignature/],
    [
      'that is another',
      (r) => r.end(formatSignature(cosign(text(), 1n, pairOf(2).key, pairOf(2).secret))),
      'unsound',
      /by its key/,
    ],
    [
      'that signs another text',
      (r) => r.end(formatSignature(cosign(`${text()}x\n`, BigInt(NOW), pairOf(1).key, pairOf(1).secret))),
      'unsound',
      /not of this checkpoint/,
    ],
    [
      'that cuts its signature',
      (r) => r.end(formatSignature({ ...mine(), bytes: mine().bytes.subarray(1) })),
      'unsound',
      /not of this checkpoint/,
    ],
    [
      'that signs as a log does',
      (r) => r.end(formatSignature({ ...signText(text(), pairOf(1).key, otherSecret) })),
      'unsound',
      /not of this checkpoint/,
    ],
    ['that answers with a page', (r) => r.end('<html>hello</html>'), 'unsound', /no cosignature/],
    [
      'that hides a checkpoint in its answer',
      (r) => r.end(`\nother\n9\nAAAA\n\n${formatSignature(mine())}`),
      'unsound',
      /no cosignature/,
    ],
    [
      'that names our own size',
      (r) => r.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('0\n'),
      'unsound',
      /asked from 0/,
    ],
    [
      'that names no size',
      (r) => r.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('-1\n'),
      'unsound',
      /status 409/,
    ],
    [
      'that names a huge size',
      (r) => r.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('9223372036854775807\n'),
      'ahead',
      /shows no proof/,
    ],
    ['that does not know us', (r) => r.writeHead(404).end(), 'unknown', /was not told of the log/],
    ['that does not know our key', (r) => r.writeHead(403).end(), 'unknown', /does not know the key/],
    ['that fails', (r) => r.writeHead(503).end(), 'unreachable', /status 503/],
  ];

  test.each(cases)('%s gets nothing, and holds up no other', async (_, answer, kind, words) => {
    const bad = await impostor(1, (request, response) => {
      request.resume();
      request.on('end', () => answer(response));
    });
    const { cosigner, alarms, ledger } = await cosigning(log, [bad, await witness(2, log)], 1);
    expect(await cosigner.round()).toEqual({ size: 5n, witnessed: ['w2'], met: true });
    expect(alarms).toEqual([{ kind, witness: 'w1', words: expect.stringMatching(words) }]);
    expect(ledger.checkpoint).not.toContain('w1.example');
  });

  test('that names another size each time is left after a few', async () => {
    let size = 0;
    const bad = await impostor(1, (request, response) => {
      request.resume();
      size = (size % 4) + 1;
      response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(`${size}\n`);
    });
    const { cosigner, alarms } = await cosigning(log, [bad], 1);
    await cosigner.round();
    expect(alarms).toEqual([{ kind: 'unsound', witness: 'w1', words: expect.stringMatching(/another size 3 times/) }]);
  });

  test('whose clock is off cosigns, and it is said', async () => {
    const { cosigner, alarms, clock } = await cosigning(log, [await witness(1, log)], 1);
    clock.ms -= 3_600_000;
    expect(await cosigner.round()).toMatchObject({ met: true });
    expect(alarms).toEqual([{ kind: 'clock', witness: 'w1', words: 'its clock is 3600 s ahead of ours' }]);
  });
});
