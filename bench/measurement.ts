import type { Result } from './result.ts';

export interface Effort {
  readonly rounds: number;
  /** Just enough calls to see that it works; the figures mean nothing. */
  readonly quick: boolean;
}

export interface Measured {
  readonly results: readonly Result[];
  readonly checks: Checks;
}

export interface Checks {
  /** Replies that were decrypted and gave back the plaintext. */
  readonly replies_verified: number;
  /** Replies that did not, and calls under load that were not answered with OK. */
  readonly replies_bad: number;
}

export const noReplies: Checks = { replies_verified: 0, replies_bad: 0 };

export function total(checks: readonly Checks[]): Checks {
  return checks.reduce(
    (sum, { replies_verified, replies_bad }) => ({
      replies_verified: sum.replies_verified + replies_verified,
      replies_bad: sum.replies_bad + replies_bad,
    }),
    noReplies,
  );
}
