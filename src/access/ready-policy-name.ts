/** Names of the policies that come with the service. */
export type ReadyPolicyName = (typeof readyPolicyNames)[number];

export function isReadyPolicyName(text: string): text is ReadyPolicyName {
  return readyPolicyNames.some((name) => name === text);
}

export const readyPolicyNames = [
  'administrator',
  'key-administrator',
  'key-user',
  'encrypt-only',
  'decrypt-only',
  'auditor',
] as const;
