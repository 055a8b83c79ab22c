export { type GatherOptions, gather, isRefusal } from './gather.ts';
export type { Custody, Input, Refusal } from './input.ts';
export { notALog } from './not-a-log.ts';
