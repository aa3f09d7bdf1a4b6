/** Asked over IPC by the benchmark; each is answered, in order. */
export interface Question {
  /** How many bytes the empty handler answers with from now on. */
  readonly emptyReplyBytes?: number;
}

export interface Answer {
  /** CPU time that the process has used so far, in all its threads. */
  readonly cpuMicroseconds: number;
}

/** The server's first message. */
export interface Listening {
  /** `host:port` of the empty handler. */
  readonly emptyAddress: string;
}

/** The only method beside the service's. */
export const emptyMethod = '/bench.Empty/Call';
