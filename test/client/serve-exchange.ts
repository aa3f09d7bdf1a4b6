import { status as codes, type ServerDuplexStream } from '@grpc/grpc-js';
import type { ExchangeRequest__Output } from '../../src/generated/latchkey/v1/ExchangeRequest.ts';
import type { ExchangeResponse } from '../../src/generated/latchkey/v1/ExchangeResponse.ts';
import { Refusal, rpcStatus, wireError } from './refusal.ts';

/** What goes wrong with a request of Exchange. */
export type Fault =
  /** The stream breaks before the request is worked on. */
  | 'break'
  /** The request is worked on, and the stream breaks before the answer leaves. */
  | 'lose the answer'
  /** The stream ends as if all were well. */
  | 'end early'
  /** The answer leaves after a later one, if there is one soon. */
  | 'overtake'
  /** Draining; the request is answered. */
  | 'drain'
  | 'slow'
  /** The request is never answered. */
  | 'hang'
  | 'throttle'
  | 'too large'
  | Refusal;

export interface ExchangeBehaviour {
  readonly limits?: ExchangeResponse['limits'];
  /** Asked for each request in the order in which they arrive. */
  readonly fault?: (request: ExchangeRequest__Output) => Fault | undefined;
  /** Refuses the stream instead of sending limits. */
  readonly refuseStream?: () => Refusal | undefined;
  readonly seen?: ExchangeSeen;
}

/** What a server of Exchange has seen; a test makes one and reads it. */
export class ExchangeSeen {
  streams = 0;
  openStreams = 0;
  requests = 0;
  cancelled = 0;
  inFlight = 0;
  greatestInFlight = 0;
  /** Items of each batch. */
  readonly batches: number[] = [];
  readonly timeoutsMs: number[] = [];
  readonly maxReplyBytes: string[] = [];
}

type Answer = (request: ExchangeRequest__Output) => ExchangeResponse | Promise<ExchangeResponse>;
type Call = ServerDuplexStream<ExchangeRequest__Output, ExchangeResponse>;

/** Exchange as crypto.proto says it, over what answers one request; and what may go wrong with it. */
export function exchangeHandler(answer: Answer, behaviour: ExchangeBehaviour): (call: Call) => void {
  const { seen = new ExchangeSeen() } = behaviour;
  return (call) => {
    seen.streams += 1;
    seen.maxReplyBytes.push(String(call.metadata.get('latchkey-max-reply-bytes')[0]));
    const refusal = behaviour.refuseStream?.();
    if (refusal !== undefined) {
      call.emit('error', wireError(refusal));
      return;
    }
    seen.openStreams += 1;
    new Conversation(call, answer, { ...behaviour, seen }).begin();
  };
}

class Conversation {
  readonly #call: Call;
  readonly #answer: Answer;
  readonly #behaviour: ExchangeBehaviour & { readonly seen: ExchangeSeen };
  readonly #inFlight = new Set<string>();
  readonly #heldBack: (() => void)[] = [];
  #isOver = false;

  constructor(call: Call, answer: Answer, behaviour: ExchangeBehaviour & { readonly seen: ExchangeSeen }) {
    this.#call = call;
    this.#answer = answer;
    this.#behaviour = behaviour;
  }

  begin(): void {
    const limits = { ...usualLimits, ...this.#behaviour.limits };
    this.#call.write({ limits });
    this.#call.on('data', (request: ExchangeRequest__Output) => this.#received(request));
    this.#call.on('end', () => this.#over(() => this.#call.end()));
    this.#call.on('cancelled', () => this.#over(() => {}));
  }

  #received(request: ExchangeRequest__Output): void {
    const { seen, fault: nextFault } = this.#behaviour;
    if (this.#isOver) return;
    if (request.cancel) {
      seen.cancelled += 1;
      if (this.#inFlight.has(request.id)) this.#send(request.id, { error: rpcStatus(new Refusal('CANCELLED', 'cancelled')) });
      return;
    }
    if (request.id === '0' || this.#inFlight.has(request.id)) throw new Error(`A client used the id ${request.id} twice.`);
    this.#inFlight.add(request.id);
    seen.requests += 1;
    seen.inFlight += 1;
    seen.greatestInFlight = Math.max(seen.greatestInFlight, seen.inFlight);
    seen.batches.push(itemsOf(request));
    seen.timeoutsMs.push(Number(request.timeout?.seconds ?? NaN) * 1000 + (request.timeout?.nanos ?? 0) / 1e6);
    this.#work(request, nextFault?.(request)).catch((error: unknown) => {
      const refusal = error instanceof Refusal ? error : new Refusal('INTERNAL', String(error));
      this.#send(request.id, { error: rpcStatus(refusal) });
    });
  }

  async #work(request: ExchangeRequest__Output, fault: Fault | undefined): Promise<void> {
    if (fault instanceof Refusal) throw fault;
    if (fault === 'hang') return;
    if (fault === 'break') return this.#break();
    if (fault === 'end early') return this.#over(() => this.#call.end());
    if (fault === 'throttle') throw new Refusal('RESOURCE_EXHAUSTED', 'Busy.', { reason: 'THROTTLED', retryAfterMs: 20 });
    if (fault === 'too large' && itemsOf(request) > 1) {
      throw new Refusal('RESOURCE_EXHAUSTED', 'Too large.', { reason: 'RESPONSE_TOO_LARGE' });
    }
    if (fault === 'drain') this.#call.write({ draining: { grace: { seconds: 1 } } });
    if (fault === 'slow') await new Promise((resolve) => setTimeout(resolve, 30));
    const response = await this.#answer(request);
    if (fault === 'lose the answer') return this.#break();
    if (fault !== 'overtake') return this.#send(request.id, response);
    this.#heldBack.push(() => this.#send(request.id, response));
    setTimeout(() => this.#heldBack.shift()?.(), 30);
  }

  #send(id: string, response: ExchangeResponse): void {
    if (this.#isOver || !this.#inFlight.delete(id)) return;
    this.#behaviour.seen.inFlight -= 1;
    this.#call.write({ id, ...response });
    this.#heldBack.shift()?.();
  }

  #break(): void {
    this.#over(() => this.#call.emit('error', { code: codes.UNAVAILABLE, details: 'broken' }));
  }

  #over(end: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#behaviour.seen.openStreams -= 1;
    this.#behaviour.seen.inFlight -= this.#inFlight.size;
    end();
  }
}

function itemsOf(request: ExchangeRequest__Output): number {
  const { batch_encrypt: encrypt, batch_decrypt: decrypt, batch_re_encrypt: reEncrypt } = request;
  return encrypt?.plaintexts.length ?? decrypt?.ciphertext_blobs.length ?? reEncrypt?.ciphertext_blobs.length ?? 0;
}

const usualLimits = {
  max_requests_in_flight: 256,
  max_message_bytes: 64 * 1024 * 1024,
  max_reply_bytes: 64 * 1024 * 1024,
  max_plaintext_bytes: 1024 * 1024,
  max_batch_items: 100_000,
};
