/** A file or an answer that cannot be had, or does not hold what it should. The message says what is wrong. */
export class UnusableSource extends Error {
  override readonly name = 'UnusableSource';
}

/** Who hears of what became of a file or an address; once for each change, however often it is looked at. */
export interface SourceReport {
  readonly reloaded: (where: string) => void;
  /** What was read before stays in use. */
  readonly broken: (where: string, problem: string) => void;
}
