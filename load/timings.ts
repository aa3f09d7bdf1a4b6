import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** The requests that were answered, each at the same place of both lists. */
export interface Timings {
  /** Microseconds since 1970. */
  readonly startedAt: readonly number[];
  /** From the request's start to the end of its answer, in microseconds. */
  readonly took: readonly number[];
}

/** Reads what h2load's --log-file holds: start, HTTP status and duration of each request. Requests that broke off are left out. */
export async function readTimings(logFile: string): Promise<Timings> {
  const startedAt: number[] = [];
  const took: number[] = [];
  for await (const line of createInterface(createReadStream(logFile))) {
    const [start, httpStatus, duration] = line.split('\t');
    if (httpStatus !== '200') continue;
    startedAt.push(Number(start));
    took.push(Number(duration));
  }
  return { startedAt, took };
}
