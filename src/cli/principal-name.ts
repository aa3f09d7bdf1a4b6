import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';

/** For help. */
export const principalForm = 'name, path (user/token/alice), ARN or id';

/** As the API takes it: a bare name is that of a principal with access tokens. */
export function principalNamed(text: string): string {
  return text === 'root' || /[/:]/.test(text) || uuid.test(text) ? text : `user/token/${text}`;
}

export function takesPrincipal(command: Command): Command {
  return command.usage('<principal> [options]').argument('<principal>', principalForm, principalNamed);
}

/** As `takesPrincipal`, for commands that are mainly about something else. */
export function principalOption(description: string): Option {
  return new Option('--principal <principal>', `${description}: ${principalForm}`).argParser(principalNamed).makeOptionMandatory();
}

/** Adds one value of an option that can be given several times. */
export function withValue(text: string, others: readonly string[] = []): readonly string[] {
  if (others.includes(text)) throw new InvalidArgumentError('It is given twice.');
  return [...others, text];
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
