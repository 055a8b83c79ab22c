import type { Event } from '../core/event.ts';
import { own, type Ref, refOf } from './ref.ts';
import * as row from './tally-row.ts';

const BARE_NUMBER = /^\d{4,32}$/;

/** "/?8890121518": a query that is there only to be new, so that no cache answers. */
export function isBypass(query: string): boolean {
  return BARE_NUMBER.test(query);
}

/** What is counted of a request. */
export interface WebFacts {
  readonly status: number | undefined;
  readonly path: string | undefined;
  /** See `isBypass`. */
  readonly bypass: boolean;
  readonly categories: readonly string[] | undefined;
  readonly alert: boolean;
}

/** What is counted of a request, out of its fields. */
function webFacts({ fields }: Event): WebFacts {
  const path = fields['url.path'];
  const query = fields['url.query'];
  return {
    status: fields['http.response.status_code'] as number | undefined,
    path: typeof path === 'string' ? path : undefined,
    bypass: typeof query === 'string' && isBypass(query),
    categories: fields['rule.category'] as readonly string[] | undefined,
    alert: fields['event.kind'] === 'alert',
  };
}

/** What addresses asked of web servers and of ports, beyond mere numbers; most have nothing here. */
export class WebTally {
  /** How often each category of hostile request came, by row. */
  readonly categories = new Map<number, Map<string, number>>();
  /** Paths that were not there, ports that were shut, by row; 64 are kept. */
  readonly targets = new Map<number, Set<string>>();
  /** First hostile requests, by row. */
  readonly hostile = new Map<number, Ref[]>();

  /** `told`: the facts of the event; null: its fields say. */
  request(id: number, cells: Float64Array, event: Event, told: WebFacts | null, task: number): void {
    const { count } = event;
    const facts = told ?? webFacts(event);
    const { status, categories } = facts;
    const at = id * row.ROW;
    const plus = (cell: number) => {
      cells[at + cell] = (cells[at + cell] as number) + count;
    };
    plus(row.REQUESTS);
    if (status !== undefined && status >= 400 && status < 500) {
      plus(row.REFUSED);
      const { path } = facts; // read only here: it is made when asked for
      if (path !== undefined) this.#target(id, path);
    }
    if (facts.bypass) this.#count(id, 'cache-bypass', count);
    if (categories === undefined) return;
    if (categories.includes('login')) plus(row.WEB_FAILURES);
    if (categories.includes('flood')) this.#count(id, 'flood', count);
    if (!facts.alert) return;
    plus(row.HOSTILE);
    for (const category of categories) this.#count(id, category, count);
    this.#cite(id, event, task);
  }

  #count(id: number, category: string, count: number): void {
    let counts = this.categories.get(id);
    if (counts === undefined) {
      counts = new Map();
      this.categories.set(id, counts);
    }
    counts.set(category, (counts.get(category) ?? 0) + count);
  }

  #cite(id: number, event: Event, task: number): void {
    const refs = this.hostile.get(id);
    if (refs === undefined) this.hostile.set(id, [refOf(task, event)]);
    else if (refs.length < row.MAX_REFS) refs.push(refOf(task, event));
  }

  /** A packet that a firewall stopped. */
  packet(id: number, cells: Float64Array, { fields, count }: Event): void {
    const at = id * row.ROW + row.BLOCKED;
    cells[at] = (cells[at] as number) + count;
    const port = fields['destination.port'];
    if (port !== undefined) this.#target(id, `port ${port}`);
  }

  #target(id: number, target: string): void {
    let targets = this.targets.get(id);
    if (targets === undefined) {
      targets = new Set();
      this.targets.set(id, targets);
    }
    const text = target.slice(0, 200);
    if (targets.size < row.MAX_TARGETS && !targets.has(text)) targets.add(own(text));
  }
}
