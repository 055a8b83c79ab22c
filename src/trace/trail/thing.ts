export const THINGS = ['address', 'user', 'host', 'key'] as const;
export type ThingKind = (typeof THINGS)[number];

/** What is followed. */
export interface Thing {
  readonly kind: ThingKind;
  /** As the evidence writes it. */
  readonly name: string;
}
