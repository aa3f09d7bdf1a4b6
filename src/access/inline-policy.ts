/** A policy that belongs to one principal or group. */
export interface InlinePolicy {
  /** Unique among those of its owner. */
  readonly name: string;
  /** The JSON, as it was put. */
  readonly document: string;
}

/** Of inline policies, key policies and groups. */
export function isPolicyName(text: string): boolean {
  return pattern.test(text);
}

const pattern = /^[A-Za-z0-9+=,.@_-]{1,128}$/;
