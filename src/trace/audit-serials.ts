import type { Event } from '../core/event.ts';
import { own, type Ref, refOf } from './ref.ts';

const MAX_GAPS = 64;
/** A serial that far behind is a new boot, whose numbers begin again. */
const RESTART = 10_000;
const LATE = 512;

/** Audit events whose serial numbers are absent between two that are there. */
export interface AuditGap {
  readonly host: string;
  readonly from: number; // ms
  readonly to: number;
  missing: number;
  readonly after: Ref;
}

/** Follows the serial numbers of audit events (audit_serial() in the kernel's audit.c counts every event by one). */
export class AuditSerials {
  readonly gaps: AuditGap[] = [];
  readonly #byHost = new Map<string, { serial: number; time: number; late: Set<number> }>();
  readonly #task: number;

  constructor(task: number) {
    this.#task = task;
  }

  add(event: Event): void {
    const serial = event.fields['spoor.audit.serial'];
    if (typeof serial !== 'number') return;
    const held = this.#byHost.get(event.host);
    if (held === undefined || serial < held.serial - RESTART) {
      this.#byHost.set(event.host, { serial, time: event.time, late: new Set() });
      return;
    }
    if (serial <= held.serial) {
      if (held.late.delete(serial)) this.#found();
      return;
    }
    const missing = serial - held.serial - 1;
    if (missing > 0 && missing < RESTART) this.#note(event, held, missing);
    held.serial = serial;
    held.time = event.time;
  }

  #note(event: Event, held: { serial: number; time: number; late: Set<number> }, missing: number): void {
    if (this.gaps.length >= MAX_GAPS) return;
    held.late.clear();
    for (let at = 1; at <= Math.min(missing, LATE); at += 1) held.late.add(held.serial + at);
    this.gaps.push({
      host: own(event.host),
      from: held.time,
      to: event.time,
      missing,
      after: refOf(this.#task, event),
    });
  }

  // An event that ended after a later one: it is there, only out of order.
  #found(): void {
    const last = this.gaps[this.gaps.length - 1];
    if (last) last.missing -= 1;
    if (last?.missing === 0) this.gaps.pop();
  }
}
