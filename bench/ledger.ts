import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realDisk } from '../src/ledger/disk.ts';
import { AuthenticTree } from '../src/ledger/prove.ts';
import { LedgerReader } from '../src/ledger/reader.ts';
import { policyOf } from '../src/ledger/verdict.ts';
import { verifyFolder } from '../src/ledger/verify-folder.ts';
import { appendSample, sampleLedger } from '../test/ledger-sample.ts';

// How fast a ledger is verified: `npx tsx bench/ledger.ts [RECORDS]`. Each record is unzipped, hashed twice, and its header read.

/** The bar: records verified in a second of one core. */
const BAR = 250_000;
const RUNS = 3;

const records = Number(process.argv[2] ?? 500_000);
const folder = mkdtempSync(join(tmpdir(), 'spoor-bench-ledger-'));
try {
  const { ledger, key } = await sampleLedger(folder);
  for (let at = 0; at < records; at += 50_000) {
    await appendSample(ledger, Math.min(50_000, records - at), at);
    await ledger.seal();
    await ledger.pack();
  }
  await ledger.seal();
  await ledger.close();
  const speeds: number[] = [];
  for (let run = 0; run < RUNS; run += 1) speeds.push(await verifySpeed());
  const median = speeds.sort((a, b) => a - b)[RUNS >> 1] as number;
  say(`verify: ${Math.round(median).toLocaleString('en')} records a CPU second (bar ${BAR.toLocaleString('en')})`);
  say(`prove:  ${Math.round(await proofSpeed()).toLocaleString('en')} inclusion proofs a CPU second`);
  if (median < BAR) process.exitCode = 1;

  async function verifySpeed(): Promise<number> {
    const before = process.cpuUsage();
    const { problems, size } = await verifyFolder(folder, { policy: policyOf([key]), remembered: [] });
    if (problems.length > 0) throw new Error(JSON.stringify(problems[0]));
    return size / secondsSince(before);
  }

  async function proofSpeed(): Promise<number> {
    const reader = await LedgerReader.open(realDisk(folder));
    const [, size = '', root = ''] = ((await reader.checkpoint()) ?? '').split('\n');
    const tree = await AuthenticTree.open(reader, Number(size), Buffer.from(root, 'base64'));
    const before = process.cpuUsage();
    const proofs = 5000;
    for (let nth = 0; nth < proofs; nth += 1) await tree.inclusionProof((nth * 31) % 65_536);
    const speed = proofs / secondsSince(before);
    await reader.close();
    return speed;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
