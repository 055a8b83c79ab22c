import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everything } from '../src/investigate/fixtures/everything.ts';
import { investigate } from '../src/investigate/run.ts';
import type { ScoreRow } from './row.ts';
import type { OnMiss } from './suite.ts';
import { casesOf } from './web-cases.ts';

const NOW = Date.parse('2026-06-30T12:00:00Z');

interface Scenario {
  readonly test: string;
  readonly lines: readonly string[];
  readonly expect: {
    readonly alerts: readonly {
      readonly scenario: string;
      readonly scope: string;
      readonly sources: readonly string[];
    }[];
  };
}

/** Addresses that an investigation of these lines calls attackers. */
async function attackersIn(lines: readonly string[]): Promise<Set<string>> {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-score-'));
  try {
    writeFileSync(join(folder, 'case.log'), `${lines.join('\n')}\n`);
    const { attackers } = await investigate([folder], everything(NOW));
    return new Set(attackers.map(({ address }) => address));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Alert = Scenario['expect']['alerts'][number];

/** Which alerts the issue asks for: attacks on SSH, and on web servers. */
const KINDS: readonly { readonly name: string; readonly holds: (alert: Alert) => boolean }[] = [
  { name: 'ssh', holds: ({ scenario }) => /\/(?:ssh|endlessh)-/.test(scenario) },
  { name: 'http', holds: (alert) => /"http_(?:path|access|error)/.test(JSON.stringify(alert)) },
];

/** CrowdSec's scenarios: whoever it would ban must be named as an attacker by an investigation of the same lines. */
export async function scoreScenarios(corpusDir: string, onMiss: OnMiss): Promise<ScoreRow[]> {
  const counts = KINDS.map(() => ({ right: 0, total: 0 }));
  for (const { test, lines, expect } of casesOf<Scenario>(corpusDir, 'crowdsec_scenarios.jsonl')) {
    const ofKind = KINDS.map(({ holds }) => expect.alerts.filter((alert) => alert.scope === 'Ip' && holds(alert)));
    if (ofKind.every((alerts) => alerts.length === 0)) continue;
    const named = await attackersIn(lines);
    for (const [at, count] of counts.entries())
      for (const source of ofKind[at]?.flatMap(({ sources }) => sources) ?? []) {
        count.total += 1;
        if (named.has(source)) count.right += 1;
        else onMiss(`crowdsec ${test}: ${source} is not named`);
      }
  }
  return KINDS.map(({ name }, at) => {
    const { right, total } = counts[at] ?? { right: 0, total: 0 };
    return { suite: 'crowdsec', name: `${name} scenarios: source named attacker`, right, total, bar: '>= 90 %' };
  });
}
