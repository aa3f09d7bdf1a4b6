import { exitCodes } from './failure.ts';
import type { Failure } from './failure.ts';
import { visible } from './text.ts';

/** A failure as it goes to stderr: a line of JSON, or what happened, why and what to do. */
export function failureText(failure: Failure, json: boolean): string {
  const { exitCode, reason, code, message, fieldViolations, cure } = failure;
  if (json) return `${JSON.stringify({ error: { reason, code, message, fieldViolations } })}\n`;
  const said = fieldViolations.filter(({ description }) => !message.includes(description));
  const lines = [
    `latchkey: ${message.split('\n').map(visible).join('\n')}${exitCode === exitCodes.refused ? ` [${reason}]` : ''}`,
    ...said.map(({ field, description }) => `  ${visible(field)}: ${visible(description)}`),
    ...(cure === undefined ? [] : [`  ${cure}`]),
  ];
  return `${lines.join('\n')}\n`;
}
