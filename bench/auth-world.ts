import { type Account, staff } from './auth-people.ts';
import type { Random } from './random.ts';
import { Timetable } from './timetable.ts';

/**
 * What a line adds to the truth about the file: a failure, a login, a sudo command, or (a digit) that many repeated
 * failures. It goes before the text while the line waits, because only lines that are written count.
 */
export type Tally = ' ' | 'F' | 'A' | 'S' | '2' | '3' | '4' | '5';

/** One machine: what its programs call themselves and the numbers it hands out. */
export class Host {
  readonly name: string;
  /** "sshd", or "sshd-session" as OpenSSH 9.8 and later say. */
  readonly sshd: string;
  #pid: number;
  #session = 100;

  constructor(name: string, sshd: string, pid: number) {
    this.name = name;
    this.sshd = sshd;
    this.#pid = pid;
  }

  nextPid(step = 1): number {
    this.#pid += step;
    if (this.#pid > 4_194_303) this.#pid = 301; // kernel.pid_max on 64-bit machines
    return this.#pid;
  }

  nextSession(): number {
    this.#session += 1;
    return this.#session;
  }
}

/** Everything that is happening on the machines that the log is of. Lines are said ahead of time and written when due. */
export class AuthWorld {
  readonly random: Random;
  readonly hosts: readonly Host[];
  readonly accounts: readonly Account[];
  readonly due = new Timetable<string>(17); // 36 hours
  /** Lines said so far, written or waiting; of these "Failed password" lines, and logins. */
  said = 0;
  failed = 0;
  logins = 0;

  constructor(random: Random, hostCount: number) {
    this.random = random;
    this.accounts = staff(random);
    this.hosts = Array.from(
      { length: hostCount },
      (_, at) => new Host(`web${at + 1}`, at % 2 === 1 ? 'sshd-session' : 'sshd', random.between(600, 9000)),
    );
  }

  /** `tag` is "sshd[123]"; `delay` in seconds from now. */
  say(host: Host, delay: number, tag: string, text: string, tally: Tally = ' '): void {
    this.said += 1;
    if (tally !== ' ' && tally !== 'S') {
      if (tally === 'A') this.logins += 1;
      else this.failed += 1;
    }
    this.due.add(delay, `${tally}${host.name} ${tag}: ${text}`);
  }
}
