import type { Command } from 'commander';
import { limitOption } from './command-options.ts';
import type { GlobalOptions, LimitOptions } from './command-options.ts';
import { withHelp } from './help.ts';
import { type HolderKind, addHolderPolicies } from './holder-policies.ts';
import { messageJson } from './message-json.ts';
import { noteMore, print } from './output.ts';
import { principalForm, principalNamed, withValue } from './principal-name.ts';
import { groupDetails, groupTable } from './principal-text.ts';
import { allPages, withServer } from './server-call.ts';

type CreateOptions = GlobalOptions & { readonly ready?: readonly string[] };

export function addGroups(program: Command): void {
  const groups = program
    .command('groups')
    .summary('give many principals the same policies')
    .description('Makes, shows and changes groups, whose policies count for all their members.');
  withHelp(groups, ['latchkey groups create ci --ready key-user', 'latchkey groups add ci build', 'latchkey groups list']);
  addMakeAndShow(groups);
  addMembership(groups);
  addHolderPolicies(groups, ofGroup);
}

function addMakeAndShow(groups: Command): void {
  const create = takesGroup(groups.command('create'))
    .summary('make a group')
    .description('Makes a group that has no members yet.')
    .option('--ready <policy>', 'give it a ready policy, such as key-user; repeat for more', withValue)
    .action((group: string, _: unknown, command: Command) => createGroup(group, command.optsWithGlobals()));
  withHelp(create, ['latchkey groups create ci --ready key-user']);

  const describe = takesGroup(groups.command('describe'))
    .summary('show a group')
    .description('Shows a group and the names of its policies. Its members latchkey principals list --group shows.')
    .action((group: string, _: unknown, command: Command) => describeGroup(group, command.optsWithGlobals()));
  withHelp(describe, ['latchkey groups describe ci']);

  const list = groups
    .command('list')
    .summary('list groups')
    .description('Lists all groups in the order of their names.')
    .addOption(limitOption())
    .action((_: unknown, command: Command) => listGroups(command.optsWithGlobals()));
  withHelp(list, ['latchkey groups list']);

  const remove = takesGroup(groups.command('delete'))
    .summary('delete a group without members')
    .description(
      'Deletes a group that has no members. latchkey principals list --group shows those it has, and latchkey groups remove removes one.',
    )
    .action((group: string, _: unknown, command: Command) => deleteGroup(group, command.optsWithGlobals()));
  withHelp(remove, ['latchkey groups delete ci']);
}

function addMembership(groups: Command): void {
  const add = takesMember(groups.command('add'))
    .summary('make a principal a member')
    .description("Makes a principal a member of a group: it may do what the group's policies say.")
    .action((group: string, principal: string, _: unknown, command: Command) =>
      addMember({ group_name: group, principal }, command.optsWithGlobals()),
    );
  withHelp(add, ['latchkey groups add ci build']);

  const remove = takesMember(groups.command('remove'))
    .summary('end a membership')
    .description('Removes a principal from a group.')
    .action((group: string, principal: string, _: unknown, command: Command) =>
      removeMember({ group_name: group, principal }, command.optsWithGlobals()),
    );
  withHelp(remove, ['latchkey groups remove ci build']);
}

function takesGroup(command: Command): Command {
  return command.usage('<group> [options]').argument('<group>', 'its name: 1 to 128 of letters, digits and +=,.@_-');
}

function takesMember(command: Command): Command {
  return takesGroup(command).usage('<group> <principal> [options]').argument('<principal>', principalForm, principalNamed);
}

async function createGroup(group: string, options: CreateOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const request = { group_name: group, ready_policy_names: [...(options.ready ?? [])] };
    const response = await latchkey.access.createGroup(request);
    print(options.json ? messageJson(response) : groupDetails(response.group));
  });
}

async function describeGroup(group: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.access.describeGroup({ group_name: group });
    print(options.json ? messageJson(response) : groupDetails(response.group));
  });
}

async function listGroups(options: LimitOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const { items: groups, more } = await allPages(options.limit, async (page) => {
      const response = await latchkey.access.listGroups(page);
      return { items: response.groups, next_page_token: response.next_page_token };
    });
    const text = groups.length === 0 ? 'There are no groups. Make one: latchkey groups create <name>\n' : groupTable(groups);
    print(options.json ? messageJson({ groups }) : text);
    noteMore(more, options);
  });
}

async function deleteGroup(group: string, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.access.deleteGroup({ group_name: group });
    print(options.json ? messageJson(response) : `Group ${group} is deleted.\n`);
  });
}

interface Membership {
  readonly group_name: string;
  readonly principal: string;
}

async function addMember(membership: Membership, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.access.addPrincipalToGroup(membership);
    print(options.json ? messageJson(response) : `${membership.principal} is a member of ${membership.group_name}.\n`);
  });
}

async function removeMember(membership: Membership, options: GlobalOptions): Promise<void> {
  await withServer(options, async (latchkey) => {
    const response = await latchkey.access.removePrincipalFromGroup(membership);
    print(options.json ? messageJson(response) : `${membership.principal} is no member of ${membership.group_name}.\n`);
  });
}

const ofGroup: HolderKind = {
  noun: 'group',
  form: 'its name',
  example: 'ci',
  parse: (text) => text,
  calls: ({ access }) => ({
    put: (group_name, policy_name, policy) => access.putGroupPolicy({ group_name, policy_name, policy }),
    get: (group_name, policy_name) => access.getGroupPolicy({ group_name, policy_name }),
    remove: (group_name, policy_name) => access.deleteGroupPolicy({ group_name, policy_name }),
    attach: (group_name, policy_name) => access.attachGroupPolicy({ group_name, policy_name }),
    detach: (group_name, policy_name) => access.detachGroupPolicy({ group_name, policy_name }),
    names: async (group_name) => (await access.describeGroup({ group_name })).group ?? noNames,
  }),
};
const noNames = { ready_policy_names: [], policy_names: [] };
