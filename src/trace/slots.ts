import type { Part } from './tally-part.ts';

/** Slots of five minutes, and what was counted in each, over all threads. */
export function slotsOf(parts: readonly Part[]): Map<number, number> {
  const slots = new Map<number, number>();
  for (const { packed, row } of parts) {
    const { starts, keys, counts } = packed.slots;
    const end = starts[row + 1] as number;
    for (let entry = starts[row] as number; entry < end; entry += 1) {
      const slot = keys[entry] as number;
      slots.set(slot, (slots.get(slot) ?? 0) + (counts[entry] as number));
    }
  }
  return slots;
}

/** Most in two slots that follow each other. */
export function peakOf(parts: readonly Part[]): number {
  if (slotTotal(parts) === 0) return 0;
  const slots = slotsOf(parts);
  let most = 0;
  for (const [slot, count] of slots) most = Math.max(most, count + (slots.get(slot + 1) ?? 0));
  return most;
}

/** What was counted in all slots. */
export function slotTotal(parts: readonly Part[]): number {
  let sum = 0;
  for (let nth = 0; nth < parts.length; nth += 1) {
    const { packed, row } = parts[nth] as Part;
    const { starts, counts } = packed.slots;
    const end = starts[row + 1] as number;
    for (let entry = starts[row] as number; entry < end; entry += 1) sum += counts[entry] as number;
  }
  return sum;
}
