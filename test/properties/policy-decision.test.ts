import { it } from 'vitest';
import {
  assertExplanationAgrees,
  assertMemoAgrees,
  assertReadsAreAll,
  assertReadsAreForeseen,
  assertSameAsReference,
  assertValidUntil,
} from './policy-rules.ts';

it('decides as the reference evaluator', () => assertSameAsReference(3000));
it('depends on nothing that it does not say it has read', () => assertReadsAreAll(1000));
it('reads nothing that the policies do not say they may', () => assertReadsAreForeseen(1000));
it('stands until the moment that it says', () => assertValidUntil(1000));
it('is explained by the statements that apply', () => assertExplanationAgrees(1000));
it('is remembered only while it would be made again', () => assertMemoAgrees(300));
