import type { Command } from 'commander';
import type { DoctorLine } from '../../api/view.ts';
import { printable } from '../../core/text.ts';
import { dataOption } from '../data-option.ts';
import { askServer, layoutOf } from '../server-client.ts';
import type { CliCommand } from './index.ts';

interface DoctorOptions {
  readonly data?: string;
  readonly json?: boolean;
}

const MARKS = { ok: '  ok  ', warn: ' WARN ', bad: ' BAD  ' } as const;

/** `spoor doctor`: does it work, and what is to be done. */
export default {
  name: 'doctor',
  register(program: Command, exit: (code: number) => void) {
    dataOption(program.command('doctor'))
      .description(
        'try everything: a line in by each source and out again with its proof, disk, certificates, clocks, walls; says what to do',
      )
      .option('--json', 'as JSON')
      .action(async ({ data, json }: DoctorOptions) => {
        const { lines } = (await askServer(layoutOf(data), 'GET', '/api/v1/doctor')) as { lines: DoctorLine[] };
        process.stdout.write(json ? `${JSON.stringify(lines)}\n` : told(lines));
        exit(lines.some(({ level }) => level === 'bad') ? 1 : 0);
      });
  },
} satisfies CliCommand;

function told(lines: readonly DoctorLine[]): string {
  const width = Math.min(28, Math.max(...lines.map(({ area }) => area.length)));
  const shown = lines.flatMap(({ area, level, what, todo }) => [
    `${MARKS[level]} ${area.padEnd(width)}  ${what}`,
    ...(todo === '' ? [] : [`${' '.repeat(width + 9)}→ ${todo}`]),
  ]);
  const count = (level: DoctorLine['level']) => lines.filter((line) => line.level === level).length;
  const sum = `${lines.length} looked at: ${count('bad')} bad, ${count('warn')} to look after.`;
  return [...shown, '', sum].map((line) => `${printable(line, 600)}\n`).join('');
}
