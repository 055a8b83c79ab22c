export { type GatherOptions, gather, isRefusal } from './gather.ts';
export { custodyOf, withCustody } from './handed-in.ts';
export type { Custody, Input, Refusal } from './input.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export { notALog } from './not-a-log.ts';
