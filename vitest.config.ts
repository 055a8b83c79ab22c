import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const ALL = ['src/**/*.test.ts', 'test/**/*.test.ts'];
/**
 * These share a process, and load Spoor's modules once instead of once for each file: nothing in them reaches another file's tests. What
 * changes the environment, measures memory or is of whole programs has a process of its own.
 */
const TOGETHER = [
  'src/{access,anchors,api,core,decode,enrichers,investigate,ledger,parsers,pipeline,report,search,server,signer,store,trace}/**/*.test.ts',
  'src/evidence/**/!(bombs).test.ts',
  'test/fuzz/**/*.test.ts',
];
/** No test measures time: what is waited for may come late on a machine that is busy, and what never comes is told all the same. */
const longestMs = process.env['SPOOR_FULL'] ? 3_600_000 : 600_000;
const common = { testTimeout: longestMs, hookTimeout: longestMs, expect: { poll: { timeout: 60_000 } } };

export default defineConfig({
  test: {
    maxWorkers: availableParallelism() + 1, // tests of whole servers wait much of their time
    reporters: ['default', './test/count-reporter.ts'],
    projects: [
      // run in the order of their names: the long ones first
      { test: { ...common, name: 'alone', include: ALL, exclude: TOGETHER } },
      { test: { ...common, name: 'together', include: TOGETHER, isolate: false } },
    ],
  },
});
