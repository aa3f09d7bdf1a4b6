import type { ServiceTime } from '../keys/service-time.ts';
import type { MarkRow } from '../storage/store.ts';
import { encodeRecord, parseRecord, wholeField } from './record.ts';

export function encodeServiceTime(time: ServiceTime, previous?: Uint8Array): Uint8Array {
  return encodeRecord({ ...time }, ['version', 'highWater', 'runningMs', 'lookedAt', 'countedUpTo'], previous);
}

export function decodeServiceTime(row: MarkRow): ServiceTime {
  const fields = parseRecord(row.record);
  return {
    highWater: wholeField(fields, 'highWater'),
    runningMs: wholeField(fields, 'runningMs'),
    lookedAt: wholeField(fields, 'lookedAt'),
    countedUpTo: wholeField(fields, 'countedUpTo'),
  };
}
