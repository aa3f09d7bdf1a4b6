/** The one of `names` that was most likely meant by `wrong`; undefined when none is close. */
export function nearestName(wrong: string, names: readonly string[]): string | undefined {
  if (wrong.length > maxCharacters) return undefined;
  const asLong = names.filter((name) => Math.abs(name.length - wrong.length) <= maxEdits(name));
  const near = asLong.map((name) => ({ name, edits: edits(wrong, name) }));
  const [best] = near.filter(({ name, edits: count }) => count <= maxEdits(name)).toSorted((a, b) => a.edits - b.edits);
  return best?.name;
}

/** Two slips of the pen, but never as many as would make a short name another one. */
function maxEdits(name: string): number {
  return Math.min(2, Math.floor(name.length / 3));
}

/** How many characters must be put in, taken out, replaced, or swapped with their neighbour (optimal string alignment). */
function edits(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = at(previous, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const swaps = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const swapped = swaps ? at(beforePrevious, column - 2) + 1 : Infinity;
      current.push(Math.min(at(previous, column) + 1, at(current, column - 1) + 1, replaced, swapped));
    }
    [beforePrevious, previous] = [previous, current];
  }
  return at(previous, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}

const maxCharacters = 64;
