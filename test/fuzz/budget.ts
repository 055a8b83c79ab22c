/**
 * How long to fuzz. In `npm test` a fixed seed and few runs, so that the result is the same each time; with
 * SPOOR_FUZZ_RUNS=20000 as many runs as that, from a seed of the day that a failure prints (or SPOOR_FUZZ_SEED).
 */
export function budget(usual: number): { numRuns: number; seed?: number } {
  const asked = Number(process.env['SPOOR_FUZZ_RUNS'] ?? 0);
  const seed = process.env['SPOOR_FUZZ_SEED'];
  if (seed !== undefined) return { numRuns: asked || usual, seed: Number(seed) };
  return asked > 0 ? { numRuns: asked } : { numRuns: usual, seed: 1 };
}
