import type { Citation } from '../story.ts';
import type { Ref } from '../tally.ts';
import type { Motive } from '../tracks.ts';
import type { Crowd } from './crowd.ts';
import { type HostsOf, hostsOf, linesOf, listed, many, motive, ofWorst, plusOne, ranked } from './telling.ts';
import { targetOf } from './web-targets.ts';

/** How to cite lines, and to name their hosts. */
export interface Lines {
  readonly citeRef: (ref: Ref) => Citation;
  readonly hostsOf: HostsOf;
}

/** Which applications and files they asked web servers for. */
export function webHoles(crowd: Crowd, { citeRef, hostsOf: byRefs }: Lines): Motive[] {
  const { total, sum, worst } = crowd.web;
  if (total === 0) return [];
  const names = new Map<string, number>();
  const example = new Map<string, string>();
  for (const one of worst) {
    const sought = new Set<string>();
    for (const path of crowd.pathsOf(one)) {
      const name = targetOf(path);
      if (name === '') continue;
      sought.add(name);
      if (!example.has(name)) example.set(name, path);
    }
    for (const name of sought) plusOne(names, name);
  }
  const most = ranked(names);
  const told = most.map(([name, count]) => `${name} (${many(count, 'address', 'addresses')})`);
  const what = told.length === 0 ? 'holes in the site’s own pages' : listed(told);
  return [
    motive('sought', {
      title: 'Holes in web applications',
      detail: `${many(total, 'address', 'addresses')}${ofWorst(crowd.web)} looked for ${what}`,
      hosts: hostsOf(worst, byRefs),
      count: sum,
      confidence: 'high',
      evidence: linesOf(worst, citeRef, ...most.slice(0, 5).map(([name]) => example.get(name) ?? '')),
    }),
  ];
}

const PORT = /^port (?<port>\d{1,5})$/;

/** Which ports they knocked at. */
export function openPorts(crowd: Crowd, { citeRef, hostsOf: byRefs }: Lines): Motive[] {
  const { total, sum, worst } = crowd.ports;
  if (total === 0) return [];
  const ports = new Map<string, number>();
  for (const one of worst)
    for (const target of crowd.pathsOf(one)) {
      const port = PORT.exec(target)?.groups?.['port'];
      if (port !== undefined) plusOne(ports, port);
    }
  const most = ranked(ports).map(([port]) => port);
  return [
    motive('sought', {
      title: 'Open ports',
      detail: `${many(total, 'address', 'addresses')} knocked at ${many(ports.size, 'port')}${ofWorst(crowd.ports)}; most often ${listed(most.slice(0, 8), 8)}`,
      hosts: hostsOf(worst, byRefs),
      count: sum,
      confidence: 'high',
      evidence: linesOf(worst, citeRef),
    }),
  ];
}
