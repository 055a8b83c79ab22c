import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { everything } from '../src/investigate/fixtures/everything.ts';
import { type InvestigateOptions, investigate } from '../src/investigate/run.ts';
import type { Story } from '../src/trace/story.ts';

/** The present of all scenarios. */
export const PRESENT = Date.parse('2026-05-20T12:00:00Z');

/** Investigates files given by path and content, in a folder of their own that is gone afterwards. Paths in the story are relative to it. */
export async function investigateFiles(
  files: Readonly<Record<string, string | Buffer>>,
  options: Partial<InvestigateOptions> = {},
): Promise<Story> {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-scenario-'));
  const before = process.cwd();
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    process.chdir(folder);
    return await investigate(['.'], { ...everything(PRESENT), ...options });
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes syslog lines a second (or `step` seconds) apart from a start, for one host. */
export class LogWriter {
  readonly #host: string;
  readonly #lines: string[] = [];
  #now: number;

  constructor(host: string, start: string) {
    this.#host = host;
    this.#now = Date.parse(start);
  }

  wait(seconds: number): this {
    this.#now += seconds * 1000;
    return this;
  }

  say(tag: string, text: string, step = 1): this {
    this.#lines.push(`${stamp(this.#now)} ${this.#host} ${tag}: ${text}`);
    return this.wait(step);
  }

  /** A guessed password that failed. */
  fails(address: string, user: string, pid: number, times = 1): this {
    for (let left = times; left > 0; left -= 1)
      this.say(`sshd[${pid}]`, `Failed password for ${user} from ${address} port ${40000 + (pid % 20000)} ssh2`, 3);
    return this;
  }

  /** A login and its session's opening. */
  enters(address: string, user: string, pid: number, how = 'password'): this {
    const tail = how === 'publickey' ? ': ED25519 SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU' : '';
    this.say(
      `sshd[${pid}]`,
      `Accepted ${how} for ${user} from ${address} port ${40000 + (pid % 20000)} ssh2${tail}`,
      0,
    );
    return this.say(`sshd[${pid}]`, `pam_unix(sshd:session): session opened for user ${user}(uid=1000) by (uid=0)`);
  }

  leaves(user: string, pid: number): this {
    return this.say(`sshd[${pid}]`, `pam_unix(sshd:session): session closed for user ${user}`);
  }

  sudo(user: string, command: string): this {
    return this.say('sudo', `   ${user} : TTY=pts/0 ; PWD=/home/${user} ; USER=root ; COMMAND=${command}`);
  }

  /** Ordinary life: cron speaks every five minutes. */
  life(minutes: number): this {
    for (let done = 0; done < minutes; done += 5)
      this.say(`CRON[${1000 + done}]`, 'pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)', 300);
    return this;
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC 3164 §4.1.2. */
function stamp(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':');
  return `${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${clock}`;
}
