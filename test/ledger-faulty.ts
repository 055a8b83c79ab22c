import { randomBytes } from 'node:crypto';
import { AppError } from '../src/core/errors.ts';
import { realDisk } from '../src/ledger/disk.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import { startSigner } from '../src/signer/process.ts';

// Appends and seals a few times, goes on after what fails, and says how each went: "ack FIRST LAST BATCH", "nack CODE", "sealed SIZE
// ROOT", "unsealed CODE", "end". Arguments: folder, key file, name of this run. A tracer injects faults of the disk meanwhile.

const [folder = '', keyFile = '', name = ''] = process.argv.slice(2);
const ORIGIN = 'ledger.example/main';
const say = (line: string) => process.stdout.write(`${line}\n`);
const codeOf = (error: unknown) =>
  error instanceof AppError ? error.code : ((error as NodeJS.ErrnoException).code ?? String(error));

process.on('unhandledRejection', (error) => say(`unhandled ${codeOf(error)}`));
const signerFile = new URL('../src/signer/main.ts', import.meta.url).pathname;
// One thread each: the tracer counts calls by thread.
const command = ['/usr/bin/env', 'UV_THREADPOOL_SIZE=1', process.execPath, '--import', 'tsx', signerFile];

async function run(): Promise<void> {
  const signer = await startSigner(folder, keyFile, ORIGIN, { command });
  try {
    const disk = realDisk(folder);
    const nowUs = () => Date.now() * 1000;
    const ledger = await Ledger.open({ disk, random: randomBytes, nowUs, origin: ORIGIN, signer, policy: '-\n' });
    for (let batch = 0; batch < 3; batch += 1) await once(ledger, batch);
    await ledger.close();
  } finally {
    await signer.stop();
  }
}

async function once(ledger: Ledger, batch: number): Promise<void> {
  const records = Array.from({ length: 5 }, (_, at) => ({
    stream: name,
    bytes: Buffer.from(`${name} ${batch} ${at} ${'x'.repeat(at * 40)}`),
    receivedAtUs: Date.now() * 1000,
    via: 'udp:192.0.2.1:514',
    peer: 'none',
  }));
  await ledger.append(records).then(
    ({ first, last }) => say(`ack ${first} ${last} ${batch}`),
    (error: unknown) => say(`nack ${codeOf(error)}`),
  );
  await ledger.seal().then(
    (note) => say(`sealed ${(note ?? '').split('\n').slice(1, 3).join(' ')}`),
    (error: unknown) => say(`unsealed ${codeOf(error)}`),
  );
}

await run().catch((error: unknown) => say(`failed ${codeOf(error)}`));
say('end');
