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
  const [only] = parts;
  const most = parts.length === 1 && only !== undefined ? peakInOrder(only) : null;
  return most ?? peakOfAny(slotsOf(parts));
}

/** Of one thread's, which counted them as they came: nearly always in order, and then nothing is made for them. Else null. */
function peakInOrder({ packed, row }: Part): number | null {
  const { starts, keys, counts } = packed.slots;
  const end = starts[row + 1] as number;
  let [most, slot, before] = [0, Number.NEGATIVE_INFINITY, 0];
  for (let entry = starts[row] as number; entry < end; entry += 1) {
    const next = keys[entry] as number;
    if (next <= slot) return null;
    const count = counts[entry] as number;
    most = Math.max(most, next === slot + 1 ? before + count : count);
    slot = next;
    before = count;
  }
  return most;
}

function peakOfAny(slots: ReadonlyMap<number, number>): number {
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
