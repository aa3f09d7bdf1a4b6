import { expect, it } from 'vitest';
import { refuseUnbuilt } from '../../src/config/refuse-unbuilt.ts';
import { configOf, yaml } from './written-file.ts';

it('refuses every setting that has no effect yet, and says where it is', () => {
  const config = configOf(
    yaml(`
      listeners:
        - address: 127.0.0.1:1
          tls: { certificate: a, key: b }
        - { address: unix:/run/a, principal: administrator }
      metrics:
        tls: { certificate: a, key: b }
        allow_plaintext: false
      identities: {}
    `),
  );
  expect(() => refuseUnbuilt(config)).toThrow(
    [
      'The server cannot do what is asked of it:',
      '/etc/latchkey/latchkey.yaml:3:5: listeners[0].tls: this version does not encrypt connections yet.',
      '/etc/latchkey/latchkey.yaml:4:29: listeners[1].principal: this version does not identify callers yet.',
      '/etc/latchkey/latchkey.yaml:6:3: metrics.tls: this version does not encrypt connections yet.',
      '/etc/latchkey/latchkey.yaml:7:3: metrics.allow_plaintext: this version does not listen beyond loopback yet.',
      '/etc/latchkey/latchkey.yaml:8:1: identities: this version does not identify callers yet.',
    ].join('\n  '),
  );
});

it('lets everything else pass', () => {
  const text = 'listeners: [{ address: unix:/run/a }]\nmetrics: { address: 127.0.0.1:1 }\narn: { region: here }';
  expect(() => refuseUnbuilt(configOf(text))).not.toThrow();
  expect(() => refuseUnbuilt({})).not.toThrow();
});
