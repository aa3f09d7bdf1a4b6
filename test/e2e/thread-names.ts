import { readFileSync, readdirSync } from 'node:fs';

/** Names of the threads of a process; those of batches are called `latchkey-batch`, and are there from the first that needs them. */
export function threadNames(pid: number | undefined): string[] {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).map((task) => readFileSync(`${tasks}/${task}/comm`, 'utf8').trim());
}
