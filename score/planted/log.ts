/** Lines of logs in whatever order they come, told in the order of time. */
export class PlantedLog {
  readonly #lines: { readonly time: number; readonly text: string }[] = [];
  #pid = 1000;

  get size(): number {
    return this.#lines.length;
  }

  /** `time`: ms since 1970. */
  raw(time: number, text: string): void {
    this.#lines.push({ time, text });
  }

  ssh(time: number, host: string, text: string): void {
    this.#pid = (this.#pid + 1) % 60_000;
    const stamp = new Date(time).toISOString().slice(0, 19);
    this.raw(time, `${stamp}+00:00 ${host} sshd[${1000 + this.#pid}]: ${text}`);
  }

  /** A failed password, as sshd tells it: two lines for a name that is no account. */
  fails(time: number, host: string, address: string, name: string, known: boolean): void {
    const port = 32_768 + (((time / 1000) % 28_000) | 0);
    if (!known) this.ssh(time, host, `Invalid user ${name} from ${address} port ${port}`);
    this.ssh(
      time,
      host,
      `Failed password for ${known ? '' : 'invalid user '}${name} from ${address} port ${port} ssh2`,
    );
  }

  says(time: number, host: string, address: string, parting: string): void {
    const port = 32_768 + (((time / 1000) % 28_000) | 0);
    this.ssh(time, host, parting.replace('ADDR', `${address} port ${port}`));
  }

  web(time: number, address: string, request: string, status: number, referrer: string, agent: string): void {
    const [day, clock] = [new Date(time).toUTCString().slice(5, 16).replaceAll(' ', '/'), new Date(time).toISOString()];
    const stamp = `${day}:${clock.slice(11, 19)} +0000`;
    this.raw(time, `${address} - - [${stamp}] "${request} HTTP/1.1" ${status} 512 "${referrer}" "${agent}"`);
  }

  text(): string {
    const lines = this.#lines.sort((a, b) => a.time - b.time);
    return `${lines.map(({ text }) => text).join('\n')}\n`;
  }
}
