/** One line of the score table: how many cases of a suite came out right. */
export interface ScoreRow {
  readonly suite: string;
  readonly name: string;
  readonly right: number;
  readonly total: number;
  /** What is aimed at, in words: `>= 95 %`, `<= 1 %`, `exact`. */
  readonly bar: string;
  readonly note?: string;
}
