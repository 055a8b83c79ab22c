import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';

/** A program that ends in order when it is told to, which takes it so long. */
function program(endsAfterMs: number) {
  const text = `
    import { interruptible } from ${JSON.stringify(new URL('./evidence.ts', import.meta.url).href)};
    const signal = interruptible();
    const stay = setInterval(() => {}, 1000);
    signal.addEventListener('abort', () => {
      console.log('told');
      setTimeout(() => { console.log('in order'); clearInterval(stay); }, ${endsAfterMs});
    });
    console.log('ready');`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', text], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (piece) => {
    said += String(piece);
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, said: said.trim().split('\n') }));
  const says = async (word: string) => {
    while (!said.includes(word) && child.exitCode === null) await pause(10);
  };
  return { child, ended, says };
}

test('the same signal twice at once is one: what was begun ends in order', async () => {
  const { child, ended, says } = program(300);
  await says('ready');
  child.kill('SIGINT');
  await says('told');
  child.kill('SIGINT');
  expect(await ended).toEqual({ code: 0, signal: null, said: ['ready', 'told', 'in order'] });
});

test('again, later, it ends the program', async () => {
  const { child, ended, says } = program(600_000);
  await says('ready');
  child.kill('SIGTERM');
  await says('told');
  while (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    await pause(200);
  }
  expect(await ended).toEqual({ code: null, signal: 'SIGTERM', said: ['ready', 'told'] });
});
