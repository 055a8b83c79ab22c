import fc from 'fast-check';
import { expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';
import type { Story } from './story.ts';

const START = Date.parse('2026-05-18T10:00:00Z');
const MAX_HOSTS = 5;

/** Host n was entered from host `parents[n - 1]`; the first one from outside. */
interface Plan {
  readonly parents: readonly number[];
  readonly skews: readonly number[]; // seconds
  readonly quiet: boolean; // one more host that nobody talked to
}

const plans: fc.Arbitrary<Plan> = fc.integer({ min: 2, max: MAX_HOSTS }).chain((hosts) =>
  fc.record({
    parents: fc.tuple(...Array.from({ length: hosts - 1 }, (_, at) => fc.integer({ min: 0, max: at }))),
    skews: fc.array(fc.integer({ min: -10_800, max: 10_800 }), { minLength: hosts, maxLength: hosts }),
    quiet: fc.boolean(),
  }),
);

const nameOf = (host: number) => `node${host}`;
/** Seconds between the two visits: by these, hosts with unknown clocks are told apart. */
const between = (host: number) => 120 + host * 101;
const addressOf = (host: number) => `10.20.0.${10 + host}`;

/** Each host is entered at minute 10 × its number, for the rest of the story; two copies follow each login a little later. */
function logsOf({ parents, quiet }: Plan, skews: readonly number[]): Record<string, string> {
  const files: Record<string, string> = {};
  const minute = (host: number) => 40 + host * 10;
  for (let host = 0; host <= parents.length; host += 1) {
    const acts: { at: number; write: (writer: LogWriter) => LogWriter }[] = [];
    const enter = (from: string, at: number, pid: number) =>
      acts.push({ at, write: (writer) => writer.enters(from, 'deploy', pid) });
    if (host === 0) {
      acts.push({ at: minute(0) * 60 - 130, write: (writer) => writer.fails('203.0.113.5', 'deploy', 900, 40) });
      enter('203.0.113.5', minute(0) * 60, 1000);
    } else
      for (const visit of [0, 1])
        enter(addressOf(parents[host - 1] as number), minute(host) * 60 + visit * between(host), 1000 + visit);
    parents.forEach((parent, child) => {
      if (parent !== host) return;
      for (const visit of [0, 1])
        acts.push({
          at: minute(child + 1) * 60 + visit * between(child + 1) - 6,
          write: (writer) => writer.say('deploy', `deploy [77]: ssh deploy@${addressOf(child + 1)} [0]`),
        });
    });
    files[`${nameOf(host)}/var/log/auth.log`] = write(nameOf(host), acts, skews[host] ?? 0);
  }
  if (quiet) files['still/var/log/auth.log'] = write('still', [], 0);
  return files;
}

function write(
  host: string,
  acts: { readonly at: number; readonly write: (writer: LogWriter) => LogWriter }[],
  skew: number,
): string {
  const ordered = [...acts].sort((a, b) => a.at - b.at);
  const begun = new LogWriter(host, new Date(START + skew * 1000).toISOString()).life(30);
  let text = begun.text();
  for (const act of ordered)
    text += act.write(new LogWriter(host, new Date(START + (act.at + skew) * 1000).toISOString())).text();
  return text + new LogWriter(host, new Date(START + (180 * 60 + skew) * 1000).toISOString()).life(60).text();
}

const gist = ({ hops }: Story) =>
  hops
    .map(
      ({ chain, depth, from, to, port }) =>
        `${chain} ${depth} ${from.host || from.address} > ${to.host} ${to.user} ${port}`,
    )
    .sort();

const expected = ({ parents }: Plan) => [
  '203.0.113.5 > node0',
  ...parents.flatMap((parent, child) => [0, 1].map(() => `${nameOf(parent)} > ${nameOf(child + 1)}`)),
];

test('the tree that was walked is found, whatever each clock is set to, and nothing beside it', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const even = await investigateFiles(logsOf(plan, []));
      const ends = even.hops.map(({ from, to }) => `${from.host || from.address} > ${to.host}`);
      expect(ends.sort()).toEqual(expected(plan).sort());
      expect(even.missing.filter(({ kind }) => kind === 'host_unseen')).toEqual([]);
      const skewed = await investigateFiles(logsOf(plan, plan.skews));
      expect(gist(skewed)).toEqual(gist(even));
    }),
    { numRuns: 10, seed: 5 },
  );
});

test('the order in which files come and the number of threads change nothing', async () => {
  const plan = { parents: [0, 1, 0], skews: [0, 90, -90, 30], quiet: true };
  const files = Object.entries(logsOf(plan, plan.skews));
  const told = async (given: typeof files, workers: number) => {
    const { hops } = await investigateFiles(Object.fromEntries(given), { workers });
    return JSON.stringify(hops);
  };
  const a = await told(files, 0);
  const b = await told(files.toReversed(), 0);
  const c = await told(files, 2);
  expect(b).toBe(a);
  expect(c).toBe(a);
});
