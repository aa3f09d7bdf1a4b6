import type { AccessRequest, AttributeValue, Caller } from './access-request.ts';
import { type ConditionKeyName, conditionKeys } from './condition-keys.ts';

/** A condition key that a policy reads, with its parameter if it is one of a family. */
export interface Attribute {
  readonly name: ConditionKeyName;
  readonly parameter: string | undefined;
}

/** An attribute, and how a compiled policy gets at its value. */
export interface CompiledAttribute extends Attribute {
  readonly readFrom: (request: AccessRequest) => AttributeValue | undefined;
  readonly isTime: boolean;
  /** Place among the condition keys, from 0. */
  readonly place: number;
}

export function compileAttribute({ name, parameter }: Attribute): CompiledAttribute {
  return { name, parameter, readFrom: readerOf(name, parameter), isTime: isTime(name), place: names.indexOf(name) };
}

/** Reads an attribute, and notes that the decision depends on it. */
export function read(attribute: CompiledAttribute, request: AccessRequest, reads: AttributeReads): AttributeValue | undefined {
  reads.note(attribute);
  if (attribute.isTime) reads.validBefore(secondOf(request.now) + 1000);
  return attribute.readFrom(request);
}

/** The second that a moment is in: policies see the time in whole seconds, as AWS's do. */
export function secondOf(moment: number): number {
  return Math.floor(moment / 1000) * 1000;
}

/** What a decision depended on. Noting costs a bit for a condition key, and a place in a list for one of a family. */
export class AttributeReads {
  #low = 0;
  #high = 0;
  #parameterised: CompiledAttribute[] | undefined;
  #validUntil = Infinity;

  note(attribute: CompiledAttribute): void {
    if (attribute.parameter !== undefined) this.#noteParameterised(attribute);
    else if (attribute.place < 32) this.#low |= 1 << attribute.place;
    else this.#high |= 1 << (attribute.place - 32);
  }

  /** The time was compared, and from this moment on it may compare otherwise. */
  validBefore(moment: number): void {
    if (moment < this.#validUntil) this.#validUntil = moment;
  }

  /** The first moment, in milliseconds since 1970, at which the time may decide otherwise; infinite when there is none. */
  get validUntil(): number {
    return this.#validUntil;
  }

  /** In no particular order, each once. */
  list(): readonly CompiledAttribute[] {
    const noted = ({ place }: CompiledAttribute) => ((place < 32 ? this.#low >>> place : this.#high >>> (place - 32)) & 1) === 1;
    return [...withoutParameter.filter(noted), ...(this.#parameterised ?? [])];
  }

  #noteParameterised(attribute: CompiledAttribute): void {
    this.#parameterised ??= [];
    if (!this.#parameterised.some((noted) => isSameAttribute(noted, attribute))) this.#parameterised.push(attribute);
  }
}

export function isSameAttribute(a: Attribute, b: Attribute): boolean {
  return a === b || (a.parameter === b.parameter && a.name === b.name);
}

/** The caller and the time speak for themselves, so that no request can say otherwise. */
function readerOf(name: ConditionKeyName, parameter: string | undefined): CompiledAttribute['readFrom'] {
  const ofCaller = callerAttributes[name];
  if (ofCaller !== undefined) return ({ caller }) => ofCaller(caller, parameter);
  if (name === 'aws:CurrentTime') return ({ now }) => new Date(secondOf(now)).toISOString().replace('.000Z', 'Z');
  if (name === 'aws:EpochTime') return ({ now }) => String(secondOf(now) / 1000);
  return ({ attributes }) => attributes(name, parameter);
}

/** Whether the caller alone says what it is. */
export function isOfCaller(name: ConditionKeyName): boolean {
  return callerAttributes[name] !== undefined;
}

export function isTime(name: ConditionKeyName): boolean {
  return name === 'aws:CurrentTime' || name === 'aws:EpochTime';
}

/** AWS IAM User Guide, "Where you can use policy variables": what root and users have. */
const callerAttributes: Partial<Record<ConditionKeyName, (caller: Caller, parameter: string | undefined) => string | undefined>> = {
  'kms:CallerAccount': ({ account }) => account,
  'aws:PrincipalAccount': ({ account }) => account,
  /** There is one account. */
  'aws:ResourceAccount': ({ account }) => account,
  'aws:PrincipalArn': ({ arn }) => arn,
  'aws:PrincipalType': ({ path }) => (path === 'root' ? 'Account' : 'User'),
  'aws:PrincipalTag': ({ tags }, parameter) => tags?.find(({ key }) => key === parameter)?.value,
  'aws:username': ({ path }) => userName(path),
  'aws:userid': ({ path, account, principalId }) => (path === 'root' ? account : principalId),
};

/**
 * As in AWS, no two have the same: policies tell tenants apart by it. Of principals with access tokens it is the name alone, which holds no
 * slash; issuers and certificates give names as they please, so that of others it says where the name is from.
 */
function userName(path: string): string | undefined {
  return /^user\/(?:token\/)?(.+)$/.exec(path)?.[1];
}

const names = Object.keys(conditionKeys) as ConditionKeyName[];
const withoutParameter = names.map((name) => compileAttribute({ name, parameter: undefined }));
