import { randomBytes } from 'node:crypto';
import { realDisk } from '../src/ledger/disk.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import { startSigner } from '../src/signer/process.ts';

// Writes to a ledger until it is killed, and says what was acknowledged: "ack FIRST LAST NAME", "sealed SIZE ROOT".
// Arguments: folder, key file, name of this run.

const [folder = '', keyFile = '', name = ''] = process.argv.slice(2);
const ORIGIN = 'ledger.example/main';
const BATCH = 37;

const signer = await startSigner(folder, keyFile, ORIGIN);
const ledger = await Ledger.open({
  disk: realDisk(folder),
  random: randomBytes,
  nowUs: () => Date.now() * 1000,
  origin: ORIGIN,
  signer,
  policy: 'P365D\n',
});
process.stdout.write('open\n');

async function write(writer: number): Promise<void> {
  for (let batch = 0; ; batch += 1) {
    const records = Array.from({ length: BATCH }, (_, at) => ({
      stream: `${name}/${writer}`,
      bytes: Buffer.from(`${name} ${writer} ${batch} ${at} ${'x'.repeat((batch * 31 + at) % 300)}`),
      receivedAtUs: Date.now() * 1000,
      via: 'udp:192.0.2.1:514',
      peer: 'none',
    }));
    const { first, last } = await ledger.append(records);
    process.stdout.write(`ack ${first} ${last} ${writer} ${batch}\n`);
  }
}

async function sealOften(): Promise<void> {
  for (;;) {
    const note = (await ledger.seal()) ?? '';
    await ledger.pack();
    process.stdout.write(`sealed ${note.split('\n').slice(1, 3).join(' ')}\n`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

await Promise.all([write(0), write(1), write(2), sealOften()]);
