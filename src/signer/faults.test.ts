import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../core/tlog/checkpoint.ts';
import { formatSecret, formatVerifierKey, parseSecret } from '../core/tlog/note.ts';
import { realDisk } from '../ledger/disk.ts';
import { Ledger } from '../ledger/ledger.ts';
import { type RunningSigner, type SignerStart, startSigner } from './process.ts';

const ORIGIN = 'ledger.example/main';
const line = (text: string) => ({
  stream: 'a',
  bytes: Buffer.from(text),
  receivedAtUs: 1_000_000,
  via: 'udp:192.0.2.1:514',
  peer: 'none',
});

let base = '';
let keyFile = '';
let hello = '';
const running: RunningSigner[] = [];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'spoor-signer-'));
  mkdirSync(join(base, 'ledger'));
  mkdirSync(join(base, 'signer'), { mode: 0o700 });
  keyFile = join(base, 'signer', 'key');
  const secret = formatSecret(ORIGIN, randomBytes(32));
  hello = JSON.stringify({ hello: formatVerifierKey(parseSecret(secret).key) });
  writeFileSync(keyFile, `${secret}\n`, { mode: 0o400 });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((signer) => signer.stop()));
  rmSync(base, { recursive: true, force: true });
});

async function started(how: SignerStart = {}): Promise<RunningSigner> {
  const signer = await startSigner(join(base, 'ledger'), keyFile, ORIGIN, how);
  running.push(signer);
  return signer;
}

function opened(signer: RunningSigner): Promise<Ledger> {
  const disk = realDisk(join(base, 'ledger'));
  return Ledger.open({ disk, random: randomBytes, nowUs: () => 2_000_000, origin: ORIGIN, signer, policy: '-\n' });
}

/** A signer that begins as ours does, and then does this; `$hello` is its first line. */
const script = (then: string): SignerStart => ({
  command: ['/bin/sh', '-c', `printf '%s\\n' '${hello}'; ${then}`],
  answerMs: 3000,
});

describe('a signer that fails', () => {
  test('killed: records are kept meanwhile, sealing says why, and the next seal starts it again', async () => {
    const signer = await started();
    const ledger = await opened(signer);
    process.kill(signer.pid as number, 'SIGSTOP');
    const waiting = ledger.seal();
    waiting.catch(() => {}); // it is looked at below
    while (!existsSync(join(base, 'ledger', 'head'))) await sleep(10);
    await sleep(2000); // the request is on its way, to who does not move
    process.kill(signer.pid as number, 'SIGKILL');
    await expect(waiting).rejects.toMatchObject({ code: 'E_UNAVAILABLE', message: 'the signer ended (SIGKILL)' });
    expect(await ledger.append([line('kept')])).toEqual({ first: 1, last: 1 });
    const note = (await ledger.seal()) as string;
    expect(openCheckpoint(note, [signer.key], ORIGIN).size).toBe(2n);
    await ledger.close();
  });

  test.each([
    ['rubbish', 'read x; echo "{{{"; exec sleep 9', 'answered what is no answer'],
    ['nothing', 'read x; exec sleep 9', 'does not answer'],
    ['an end', 'read x; exit 3', 'ended (3)'],
    ['a line that is no signature', `read x; echo '{"id":0,"line":"x"}'; exec sleep 9`, 'no answer'],
    [
      'a signature of another',
      `read x; echo '{"id":0,"line":"— ledger.example/main AAAAAAAA"}'; exec sleep 9`,
      'no answer',
    ],
  ])('%s is its answer: sealing fails, appending goes on', async (_, then, why) => {
    const signer = await started(script(then));
    const ledger = await opened(signer);
    await expect(ledger.seal()).rejects.toThrow(why);
    expect(ledger.checkpoint).toBeNull();
    expect(await ledger.append([line('kept')])).toEqual({ first: 1, last: 1 });
    await ledger.close();
  });

  test('rubbish instead of its key, and silence, are no start', async () => {
    for (const command of [['/bin/echo', 'rubbish'], ['/bin/sh', '-c', 'exec sleep 9'], ['/nowhere/spoor-signer']])
      await expect(started({ command, answerMs: 300 })).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });

  test.skipIf(process.platform === 'win32')('a key that others may read is refused', async () => {
    chmodSync(keyFile, 0o444);
    await expect(started()).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });
});
