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
  /** `host:port` of the empty handler, as grpc-js makes it. */
  readonly emptyAddress: string;
  /** The same with the windows and frames of the service, and the handler for objects. */
  readonly bulkAddress: string;
}

/** Answers with bytes, whatever it is sent. */
export const emptyMethod = '/bench.Empty/Call';
/** BatchEncrypt through the objects of proto-loader. */
export const objectsMethod = '/bench.Objects/BatchEncrypt';
export const objectItems = { items: 1000, bytes: 256 } as const;
