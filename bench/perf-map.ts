/**
 * What `node --perf-basic-prof` writes down about compiled functions, without those whose memory was used again for others:
 * perf takes the first that lies at an address, which is the oldest. Lines of address, size (both hexadecimal) and name.
 */
export function withoutReplaced(map: string): string {
  const kept: Symbol[] = [];
  for (const symbol of map.split('\n').map(read).toReversed()) {
    if (symbol === undefined) continue;
    const at = firstFrom(kept, symbol.start);
    const [before, after] = [kept[at - 1], kept[at]];
    const isReplaced = (before !== undefined && before.end > symbol.start) || (after !== undefined && after.start < symbol.end);
    if (!isReplaced) kept.splice(at, 0, symbol);
  }
  return kept.map(({ line }) => `${line}\n`).join('');
}

interface Symbol {
  readonly start: number;
  readonly end: number;
  readonly line: string;
}

function read(line: string): Symbol | undefined {
  const [, address = '', size = ''] = /^([0-9a-f]+) ([0-9a-f]+) /i.exec(line) ?? [];
  if (size === '') return undefined;
  const start = parseInt(address, 16);
  return { start, end: start + parseInt(size, 16), line };
}

/** Where in the order of addresses the first symbol is that begins at `start` or after it. */
function firstFrom(symbols: readonly Symbol[], start: number): number {
  let [low, high] = [0, symbols.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((symbols[middle]?.start ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}
