import type { AccessRequest, AttributeValue } from './access-request.ts';
import type { ActionName } from './actions.ts';
import type { CompiledAttribute } from './attributes.ts';
import { type AccessSources, authorize } from './authorize.ts';
import type { Decision } from './decision.ts';

/** Whose decision, about which key. Each is another object as soon as anything of it changes that decisions rest on. */
export interface DecisionSubject {
  /** The caller with its policies. */
  readonly principal: object;
  /** The key with its policy and the caller's grants. */
  readonly key: object;
}

/** A decision, and what the request said of everything that it read. */
interface Remembered {
  readonly decision: Decision;
  readonly attributes: readonly CompiledAttribute[];
  readonly values: readonly (AttributeValue | undefined)[];
  readonly decidedAt: number;
}

/** What is remembered for one principal, by key and action. */
interface PrincipalMemo {
  readonly decisions: Map<object, Map<ActionName, readonly Remembered[]>>;
  size: number;
  /** Spent by remembering, earned by what was remembered. */
  credit: number;
}

/**
 * Remembers decisions, and gives none that `authorize` would not give: the request must have every value that was read, each compared
 * with its own, in the same state of the store and within the time for which the decision stands.
 *
 * To find a decision takes a third of deciding by ten statements (`bench/README.md`), and to keep one several times as long. So a
 * principal whose requests hardly ever repeat themselves is soon left to `authorize`, and nobody drives out the decisions of others.
 */
export class DecisionMemo {
  readonly #maxPrincipals: number;
  readonly #principals = new Map<object, PrincipalMemo>();
  #counter: number | undefined;

  constructor({ maxPrincipals }: { readonly maxPrincipals: number }) {
    this.#maxPrincipals = maxPrincipals;
  }

  decide(request: AccessRequest, sources: AccessSources, { principal, key }: DecisionSubject): Decision {
    if (sources.counter !== this.#counter) this.#principals.clear();
    this.#counter = sources.counter;
    const memo = this.#principals.get(principal) ?? this.#newMemo(principal);
    // What a new grant may hold is asked once, and is no attribute.
    if (memo.credit === 0 || request.newGrant !== undefined) return authorize(request, sources);

    const remembered = memo.decisions.get(key)?.get(request.action) ?? none;
    for (const one of remembered) {
      if (!stillHolds(one, request)) continue;
      memo.credit = Math.min(memo.credit + 1, initialCredit);
      return one.decision;
    }
    const decision = authorize(request, sources);
    memo.credit -= 1;
    remember(memo, key, { decision, request });
    return decision;
  }

  #newMemo(principal: object): PrincipalMemo {
    const memo = { decisions: new Map(), size: 0, credit: initialCredit };
    this.#principals.set(principal, memo);
    const [oldest] = this.#principals.keys();
    if (this.#principals.size > this.#maxPrincipals && oldest !== undefined) this.#principals.delete(oldest);
    return memo;
  }
}

function remember(
  memo: PrincipalMemo,
  key: object,
  { decision, request }: { readonly decision: Decision; readonly request: AccessRequest },
): void {
  const attributes = decision.reads.list();
  const values = attributes.map(({ readFrom }) => readFrom(request));
  if (charactersIn(values) > maxCharacters) return;
  if (memo.size >= maxDecisionsPerPrincipal) {
    memo.decisions.clear();
    memo.size = 0;
  }
  const ofKey = memo.decisions.get(key) ?? new Map<ActionName, readonly Remembered[]>();
  const before = ofKey.get(request.action) ?? none;
  const now = [{ decision, attributes, values, decidedAt: request.now }, ...before.slice(0, maxDecisionsPerAction - 1)];
  memo.decisions.set(key, ofKey.set(request.action, now));
  memo.size += now.length - before.length;
}

function stillHolds({ decision, attributes, values, decidedAt }: Remembered, request: AccessRequest): boolean {
  return attributes.every(({ isTime, readFrom }, index) => {
    // The clock may have gone back to before what the decision rests on.
    if (isTime) return request.now >= decidedAt && request.now < decision.validUntil;
    return isSame(values[index], readFrom(request));
  });
}

/** A text is not the same as a list of it, and the order of a list counts. */
function isSame(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

/** A place for a value counts as some characters, so that many empty ones count too. */
function charactersIn(values: readonly (AttributeValue | undefined)[]): number {
  return values.flat().reduce((sum, value) => sum + (value?.length ?? 0) + 8, 0);
}

const none: readonly Remembered[] = [];
const initialCredit = 64;
const maxDecisionsPerPrincipal = 128;
const maxDecisionsPerAction = 4;
const maxCharacters = 1024;
