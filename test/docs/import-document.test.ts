import { beforeAll, expect, it } from 'vitest';
import { useServer } from '../e2e/using-server.ts';
import { expectAsWritten, runSteps, stepsOf } from './run-document.ts';

/** Runs docs/IMPORT.md from its first command to its last, as it stands there but for the addresses. */
const steps = stepsOf('docs/IMPORT.md');
const running = useServer();
let outputs: readonly string[] = [];

beforeAll(() => {
  outputs = runSteps(steps, running.server);
}, 120_000);

it('has commands', () => {
  expect(steps.length).toBeGreaterThan(5);
});

it.each(steps.map((step, index) => [index, step.commands.split('\n', 1)[0], step] as const))('%i: %s', (index, _, step) => {
  expectAsWritten(outputs[index], step);
});
