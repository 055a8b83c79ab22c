/**
 * How likely it is that at least `affected` of `allAffected` hosts talk to an address and at most so many of the others,
 * if being affected had nothing to do with it: Fisher's exact test, one-sided (the upper tail of the hypergeometric
 * distribution). Gives log10 of that, 0 or below.
 */
export function chanceLog10(affected: number, allAffected: number, quiet: number, allQuiet: number): number {
  const all = allAffected + allQuiet;
  const talking = affected + quiet;
  const most = Math.min(talking, allAffected);
  const whole = logChoose(all, talking);
  let sum = 0;
  for (let hit = affected; hit <= most; hit += 1)
    if (talking - hit <= allQuiet)
      sum += Math.exp(logChoose(allAffected, hit) + logChoose(allQuiet, talking - hit) - whole);
  return sum <= 0 ? Number.NEGATIVE_INFINITY : Math.min(0, Math.log10(sum));
}

const LOG_FACTORIALS: number[] = [0];

function logFactorial(n: number): number {
  for (let next = LOG_FACTORIALS.length; next <= n; next += 1)
    LOG_FACTORIALS.push((LOG_FACTORIALS[next - 1] as number) + Math.log(next));
  return LOG_FACTORIALS[n] as number;
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}
