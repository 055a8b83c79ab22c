import { AppError } from '../../core/errors.ts';
import type { LedgerRecord } from '../record.ts';
import { type Findings, tell } from '../verify.ts';
import { type Hold, Holds } from './holds.ts';

interface Stated {
  readonly index: number;
  readonly minimum: number;
  readonly said: string;
}

/** Checks that what is gone from the beginning of a log was given up by its own records, and that none of them broke a hold. */
export class PruneCheck {
  readonly #findings: Findings;
  readonly #holds = new Holds();
  readonly #stated: Stated[] = [];
  /** What had been stated when a hold was placed: it cannot keep that. */
  readonly #before = new Map<number, number>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  get #most(): number {
    return this.#stated.reduce((most, { minimum }) => Math.max(most, minimum), 0);
  }

  /** Is to be given each record of the log's own, in order. */
  take(index: number, record: LedgerRecord): void {
    if (record.kind === 'prune') this.#prune(index, record);
    if (record.kind === 'hold') this.#before.set(index, this.#most);
    try {
      this.#holds.take(index, record);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      tell(this.#findings, `record ${index}`, error.message);
    }
  }

  #prune(index: number, { fields: { minimum = '', rt = '', policy = '', who = '' } }: LedgerRecord): void {
    const at = Number(minimum);
    if (!/^(?:0|[1-9]\d{0,15})$/.test(minimum) || at % 256 !== 0 || at > index)
      tell(this.#findings, `record ${index}`, `it gives up what no prune record can: "${minimum.slice(0, 40)}"`);
    else this.#stand(index, at, `record ${index} of ${rt}, by ${who || 'nobody'}: ${policy}`);
  }

  #stand(index: number, minimum: number, said: string): void {
    for (const { id } of this.#holds.standing.filter((hold) => this.#breaks(hold, minimum)))
      tell(
        this.#findings,
        `record ${index}`,
        `it gives up records before ${minimum}, which the hold "${id.slice(0, 80)}" keeps`,
      );
    this.#stated.push({ index, minimum, said });
  }

  // Of a hold on a stream only the records that are gone could tell; a duty ends with age.
  #breaks({ index, id, stream, first, last }: Hold, minimum: number): boolean {
    if (stream !== null || id.startsWith('duty-')) return false;
    const held = Math.max(first ?? 0, this.#before.get(index) ?? 0);
    return held < minimum && (last === null || last >= held);
  }

  /** Tells of what is gone. */
  judge(minimum: number): void {
    const { remarks } = this.#findings;
    const by = this.#stated.find((stated) => stated.minimum >= minimum);
    if (minimum > 0 && by === undefined)
      tell(
        this.#findings,
        `records 0..${minimum - 1}`,
        'they are missing, and no record says that they were given up under the policy',
      );
    else if (minimum > 0)
      remarks.push(
        `the records before ${minimum} were given up under the policy: ${by?.said}; their hashes are still in the tree`,
      );
    const open = this.#stated.find((stated) => stated.minimum > minimum);
    if (open !== undefined && this.#most > minimum)
      remarks.push(`the records before ${this.#most} may be given up, and are still there: ${open.said}`);
    for (const { id, index } of this.#holds.standing)
      remarks.push(`the hold "${id.slice(0, 80)}" of record ${index} stands`);
  }
}
