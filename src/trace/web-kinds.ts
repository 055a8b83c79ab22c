import type { FindingKind } from './finding-of.ts';
import type { Finding } from './story.ts';

// What is found of requests to web servers.

export const SHELL: FindingKind = { title: 'Web shell used', level: 'critical', techniques: ['T1505.003'] };
export const LED: FindingKind = {
  title: 'Command run by a web request',
  level: 'critical',
  techniques: ['T1190', 'T1059'],
};
export const DUMPED: FindingKind = {
  title: 'Database read through a web page',
  level: 'critical',
  techniques: ['T1190', 'T1213.006'],
};
export const GUESSED_LOGIN: FindingKind = {
  title: 'Web login guessed',
  level: 'critical',
  techniques: ['T1110.001', 'T1078'],
};
export const ANSWERED: FindingKind = {
  title: 'Attacks that the web server answered with success',
  level: 'medium',
  techniques: ['T1190'],
};
export const LEAKED: FindingKind = {
  title: 'Secrets handed out by the web server',
  level: 'high',
  techniques: ['T1552.001', 'T1595.003'],
};

const WAYS_IN: ReadonlySet<string> = new Set([SHELL, LED, DUMPED, GUESSED_LOGIN].map(({ title }) => title));

/** A finding of somebody who got in through a web server. */
export function isOfWebBreach({ title }: Finding): boolean {
  return WAYS_IN.has(title);
}

/** Addresses of those who got in so. */
export function webIntruders(findings: readonly Finding[]): string[] {
  return findings.filter(isOfWebBreach).flatMap(({ request }) => (request ? [request.address] : []));
}
