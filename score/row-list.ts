export type { ScoreRow } from './row.ts';

/** Is told of each case that came out wrong, in one line of text. */
export type OnMiss = (text: string) => void;
