import { nearestName } from '../nearest-name.ts';
import { asciiLowerCase } from './ascii-case.ts';

/** A sentence, with a space before it, that says which of `names` was most likely meant; '' when none is close. The case does not count. */
export function didYouMean(wrong: string, names: readonly string[]): string {
  const near = nearestName(
    asciiLowerCase(wrong),
    names.map((name) => asciiLowerCase(name)),
  );
  const meant = names.find((name) => asciiLowerCase(name) === near);
  return meant === undefined ? '' : ` Did you mean ${meant}?`;
}
