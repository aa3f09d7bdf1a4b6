import { readFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { versions } from 'node:process';

/** What a figure depends on besides the code. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly node: string;
  readonly openssl: string;
  readonly date: string;
  /** Processes that wanted to run in the last minute, before the benchmark: over 0.5, the figures are noisy. */
  readonly load_average: number;
}

export function machine(): Machine {
  const installed = cpus();
  return {
    cpu: installed[0]?.model.trim() ?? 'unknown',
    cores: installed.length,
    kernel: release(),
    node: versions.node,
    openssl: versions.openssl,
    date: new Date().toISOString(),
    load_average: loadavg()[0] ?? 0,
  };
}

/** Numbers of the cores for the load and for the server: two, where this process may use as many. */
export function cores(): { readonly load: string; readonly server: string } {
  const allowed = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]?.match(/\d+/g);
  const [load = '0'] = allowed ?? [];
  return { load, server: allowed?.at(-1) ?? load };
}
