import type {CommandRow, Shell} from '../command-table.ts';
import {completionScript} from '../completion.ts';
import type {Context} from '../context.ts';

/** `leanos completion SHELL` */
export async function completionCommand(
  shell: Shell,
  commands: readonly CommandRow[],
  context: Context,
): Promise<void> {
  context.print(await completionScript(shell, commands, context.workspace.home.path));
}
