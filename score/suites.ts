import { scoreAuthOracle } from './auth-oracle.ts';
import { scoreAuthServices } from './auth-services.ts';
import { scoreAudit, scoreFilebeat } from './ecs.ts';
import { scoreLateral } from './lateral.ts';
import type { ScoreRow } from './row.ts';
import { scoreScenarios } from './scenarios.ts';
import type { OnMiss, Suite } from './suite.ts';
import { scoreSyslog } from './syslog.ts';
import { score as scoreWeb } from './web.ts';

// Single lines betray most sources of web scenarios; `scoreScenarios` judges them with what counting over time adds.
const scoreRequests: Suite = async (corpusDir) =>
  (await scoreWeb(corpusDir)).map((row) => (row.suite === 'crowdsec' ? { ...row, bar: '' } : row));

/** Every suite, in the order of the table. */
const SUITES: readonly Suite[] = [
  scoreAuthServices,
  scoreAuthOracle,
  scoreFilebeat,
  scoreAudit,
  scoreRequests,
  scoreScenarios,
  scoreSyslog,
  scoreLateral,
];

/** Runs every suite over a corpus folder, one after the other. */
export async function scoreAll(corpusDir: string, onMiss: OnMiss): Promise<ScoreRow[]> {
  const rows: ScoreRow[] = [];
  for (const suite of SUITES) rows.push(...(await suite(corpusDir, onMiss)));
  return rows;
}
