import CliTable from 'cli-table3';

/**
 * Rows under a head, columns two spaces apart. On a terminal the last column is wrapped to `width`; elsewhere a row stays a line
 * (`width` infinite), for grep and cut. The other columns must hold plain ASCII.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], width = terminalWidth()): string {
  const last = head.length - 1;
  const widthOf = (column: number): number => Math.max(...[head, ...rows].map((row) => lineLength(row[column] ?? '')));
  const before = head.slice(0, last).reduce((sum, _, column) => sum + widthOf(column) + gap, 0);
  const room = width - before;
  // One more than the text, for the padding that cli-table3 counts in.
  const colWidths = widthOf(last) <= room ? [] : [...head.slice(0, last).map(() => null), Math.max(room, narrowest)];
  const cells = new CliTable({
    chars: noBorders,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths,
    wordWrap: true,
  });
  cells.push([...head], ...rows.map((row) => [...row]));
  return `${cells.toString().replaceAll(/ +$/gm, '')}\n`;
}

function terminalWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns : Infinity;
}

function lineLength(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}

const gap = 2;
const narrowest = 12;

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(gap),
};
