import type { Connection } from '../identity/credentials.ts';
import type { Pipeline } from '../pipeline.ts';

/** Calls `admitted` once, as soon as a call on this connection has come from somebody. */
export function onAdmission(connection: Connection, admitted: () => void): void {
  awaiting.set(connection, admitted);
}

/** The same pipeline, which says so of each connection. */
export function notingAdmissions(pipeline: Pipeline): Pipeline {
  return {
    ...pipeline,
    admit: (credentials) => {
      const identity = pipeline.admit(credentials);
      if (identity instanceof Promise) {
        return identity.then((found) => {
          noteAdmission(credentials.connection);
          return found;
        });
      }
      noteAdmission(credentials.connection);
      return identity;
    },
  };
}

function noteAdmission(connection: Connection): void {
  const admitted = awaiting.get(connection);
  if (admitted === undefined) return;
  awaiting.delete(connection);
  admitted();
}

const awaiting = new WeakMap<Connection, () => void>();
