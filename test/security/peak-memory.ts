import { readFileSync, writeFileSync } from 'node:fs';

/** How much more memory a process has had, at its peak, than it has now. */
export function peakMemory(pid: number | undefined): { readonly grownBytes: () => number } {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const base = peakBytes(pid);
  return { grownBytes: () => peakBytes(pid) - base };
}

function peakBytes(pid: number | undefined): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}
