import { type ActionName, actions } from './actions.ts';

/** The calls of all services. Exchange is none: each request on its stream is a call. */
export type MethodName = Exclude<CallOf<ActionName>, keyof typeof actionsWithoutCall> | keyof typeof actionsOfOthers;

/** The actions that a call may need: for most the one of its own name, for some none. */
export function actionsOf(method: MethodName): readonly ActionName[] {
  if (isOther(method)) return actionsOfOthers[method];
  const ofKms = `kms:${method}`;
  return [isAction(ofKms) ? ofKms : (`latchkey:${method}` as ActionName)];
}

type CallOf<Name extends string> = Name extends `${string}:${infer Call}` ? Call : never;

function isOther(method: MethodName): method is keyof typeof actionsOfOthers {
  return Object.hasOwn(actionsOfOthers, method);
}

function isAction(text: string): text is ActionName {
  return Object.hasOwn(actions, text);
}

/** Parts of other calls. */
const actionsWithoutCall = { BypassPolicyLockoutSafetyCheck: true, ReEncryptFrom: true, ReEncryptTo: true } as const;

const actionsOfOthers = {
  BatchDecrypt: ['kms:Decrypt'],
  BatchEncrypt: ['kms:Encrypt'],
  /** Everybody who is known may ask who that is. */
  GetCallerIdentity: [],
  BatchGenerateDataKey: ['kms:GenerateDataKey'],
  /** The first on the source key and the second on the destination key. */
  BatchReEncrypt: ['kms:ReEncryptFrom', 'kms:ReEncryptTo'],
  ReEncrypt: ['kms:ReEncryptFrom', 'kms:ReEncryptTo'],
} as const satisfies Record<string, readonly ActionName[]>;
