import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What a sender says when it is done. */
export interface Sent {
  readonly sent: number;
  /** When its first line went out: its start-up is no time of ours. */
  readonly beganMs: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly marks: readonly { readonly word: string; readonly atMs: number }[];
}

/** Runs `serve-sender.ts` until it is done. */
export function send(
  port: number,
  rate: number,
  length: number,
  file: string,
  how: '' | '--relp' | '--now',
): Promise<Sent> {
  const args = ['--file', file, '--port', String(port), '--rate', String(rate), '--seconds', String(length)];
  return jsonOf('serve-sender.ts', [...args, ...(how === '' ? [] : [how])]) as Promise<Sent>;
}

/** Runs a program of this folder; the JSON that it prints. */
export async function jsonOf(program: string, args: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (piece: Buffer) => {
    text += piece.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended: ${code}`);
  return JSON.parse(text);
}
