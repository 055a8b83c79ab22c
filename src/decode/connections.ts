import type { EcsFields } from '../core/event.ts';

const SLOTS = 8192;

interface Slot {
  readonly pid: number;
  readonly host: string;
  readonly fields: EcsFields;
}

/**
 * Remembers which address a server process serves, because some of its lines leave it out ("fatal: Read from socket
 * failed [preauth]"). One slot for each of the last processes; a process id that comes back replaces what stood there.
 */
export class Connections {
  readonly #slots: (Slot | undefined)[] = new Array(SLOTS);

  /** Notes the address in `fields`, or completes them from an earlier line of the same process. */
  complete(host: string, pid: number, fields: EcsFields): EcsFields {
    if (pid === 0) return fields;
    const at = pid % SLOTS;
    if (fields['source.ip'] !== undefined) {
      this.#slots[at] = { pid, host, fields };
      return fields;
    }
    if (fields['source.address'] !== undefined) return fields;
    const known = this.#slots[at];
    if (known === undefined || known.pid !== pid || known.host !== host) return fields;
    return {
      ...fields,
      'source.ip': known.fields['source.ip'],
      'source.address': known.fields['source.address'],
      'source.port': known.fields['source.port'],
      'spoor.source.from': 'process',
    };
  }
}
