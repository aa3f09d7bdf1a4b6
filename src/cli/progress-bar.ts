import type { Writable } from 'node:stream';

/** Shows on a terminal how far a long work is. */
export interface Progress {
  advance(bytes: number): void;
  /** Writes a line, above what is shown. */
  say(line: string): void;
  /** Leaves the last line on the screen. */
  succeed(): void;
  /** Leaves nothing. */
  fail(): void;
}

export interface ProgressOptions {
  /** Undefined when nobody knows. */
  readonly totalBytes: number | undefined;
  /** What else there is to say, asked for whenever it is drawn. */
  readonly facts?: () => string;
  /** Nothing is shown where this is no terminal. */
  readonly output?: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

/** A line on stderr that is drawn anew ten times a second. What takes less than half a second shows nothing. */
export function progressBar({ totalBytes, facts, output = process.stderr }: ProgressOptions): Progress {
  const say = (line: string): void => {
    output.write(line);
  };
  if (output.isTTY !== true) return { advance: () => {}, say, succeed: () => {}, fail: () => {} };
  const started = performance.now();
  // A terminal that does not know its width says 0.
  const width = (output.columns === undefined || output.columns === 0 ? 80 : output.columns) - 1;
  let doneBytes = 0;
  let shown = false;

  function draw(): void {
    const seconds = (performance.now() - started) / 1000;
    if (seconds < 0.5) return;
    shown = true;
    output.write(`\r${progressLine({ doneBytes, totalBytes, seconds, width, facts: facts?.() })}`);
  }
  function clear(): void {
    if (shown) output.write(`\r${' '.repeat(width)}\r`);
  }
  const timer = setInterval(draw, 100);

  return {
    advance: (bytes) => {
      doneBytes += bytes;
    },
    say: (line) => {
      clear();
      say(line);
    },
    succeed: () => {
      clearInterval(timer);
      draw();
      if (shown) output.write('\n');
    },
    fail: () => {
      clearInterval(timer);
      clear();
    },
  };
}

interface Drawn {
  readonly doneBytes: number;
  readonly totalBytes: number | undefined;
  readonly seconds: number;
  readonly width: number;
  readonly facts?: string | undefined;
}

/** Exactly `width` characters, so that it covers the line before: `42 % [====>     ] 1.2 GiB of 2.8 GiB, 512 MiB/s, 0:03 left`. */
export function progressLine({ doneBytes, totalBytes, seconds, width, facts: more }: Drawn): string {
  const rate = doneBytes / seconds;
  const prefix = more === undefined ? '' : `${more}, `;
  if (totalBytes === undefined) {
    return `${prefix}${bytesText(doneBytes)}, ${bytesText(rate)}/s, ${clock(seconds)}`.padEnd(width).slice(0, width);
  }
  // A file that grows while it is read must not lead beyond the end.
  const share = totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes);
  const left = share === 1 ? clock(seconds) : `${clock((totalBytes - doneBytes) / rate)} left`;
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const facts = `${prefix}${bytesText(doneBytes)} of ${bytesText(totalBytes)}, ${bytesText(rate)}/s, ${left}`;
  const bar = barOf(share, Math.min(30, width - percent.length - facts.length - 4));
  return `${percent} ${bar}${facts}`.padEnd(width).slice(0, width);
}

/** Nothing where there is no room for it. */
function barOf(share: number, length: number): string {
  if (length < 5) return '';
  const filled = Math.floor(share * length);
  const drawn = filled === length ? '='.repeat(length) : `${'='.repeat(filled)}>`.padEnd(length);
  return `[${drawn}] `;
}

/** `812 B`, `9.7 MiB`, `512 MiB`. */
function bytesText(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[power]}`;
}

/** `0:07`, `12:34`, `1:02:03`; `-` when nobody can say. */
function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const whole = Math.ceil(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
