import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
    maxWorkers: availableParallelism(), // vitest leaves one core idle, which is half of a small machine
    reporters: ['default', './test/count-reporter.ts'],
  },
});
