import type { Pipeline } from '../pipeline.ts';
import type { InFlightBytes } from './in-flight-bytes.ts';
import type { FailedStatus } from './status.ts';
import type { Turn } from './turn.ts';

/** What is needed to answer calls. */
export interface Answering {
  readonly pipeline: Pipeline;
  readonly encodeStatus: (error: unknown) => FailedStatus;
  readonly turn: Turn;
  readonly inFlight: InFlightBytes;
  /** Greatest message in either direction. */
  readonly maxMessageBytes: number;
}
