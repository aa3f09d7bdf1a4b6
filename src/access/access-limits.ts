/** How much there may be of what says who may do what. */
export const accessLimits = {
  /** Deleted ones are counted too: their names are taken. */
  principals: 100_000,
  groups: 10_000,
  groupsOfPrincipal: 20,
  /** Inline policies of one principal or group. */
  policiesOfOwner: 10,
  /** UTF-8. */
  identityPolicyBytes: 8 * 1024,
  /** That can still be used. */
  accessTokensOfPrincipal: 100,
} as const;

/** Seconds; `default` where a request names none. */
export const accessTokenLifetime = { least: 60, greatest: 366 * 24 * 60 * 60, default: 90 * 24 * 60 * 60 } as const;
