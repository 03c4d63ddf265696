import {hostArchitecture} from '../../core/architecture.ts';
import type {Run} from '../../system/run.ts';
import {whyEmulated} from '../../vm/accelerator.ts';
import type {Context} from '../context.ts';
import {
  allTools,
  findTool,
  installCommand,
  isBroughtHere,
  lacksApt,
  missingTools,
  type HostTool,
} from '../../build/host-tools.ts';
import {acceleratorOptions} from '../../build/ready-image.ts';
import {installTools} from '../../build/install-tools.ts';

/** `leanos doctor`: exit status 2 while something is missing. */
export async function doctorCommand(
  {fix = false, dev = false, buildroot = false}: {fix?: boolean; dev?: boolean; buildroot?: boolean},
  context: Context,
): Promise<void> {
  const tools = allTools(hostArchitecture().name, {dev, buildroot});
  if (fix) await installTools(tools, context);
  const rows = await Promise.all(tools.map(async (tool) => describeTool(tool, context.run)));
  const width = Math.max(...rows.map(({what}) => what.length));
  for (const {what, state, why} of rows) context.print(`${what.padEnd(width)}  ${state.padEnd(11)}  ${why}`);
  const missing = missingTools(tools);
  if (missing.length === 0) return tellSpeed(context);
  const fixes = lacksApt() ? '' : '\nleanos doctor --fix     runs it';
  context.print(`\n${installCommand(missing)}${fixes}`);
  process.exitCode = 2;
}

/** Why machines will be slow, and what would help. */
async function tellSpeed(context: Context): Promise<void> {
  const slow = await whyEmulated(acceleratorOptions(hostArchitecture().name, context));
  const line =
    slow === undefined
      ? 'machines run under KVM'
      : `machines are emulated, which takes several times as long: ${slow.why}; what helps: ${slow.help}`;
  context.print(`\n${line}`);
}

async function describeTool(tool: HostTool, run: Run): Promise<{what: string; state: string; why: string}> {
  const path = findTool(tool);
  const absent = isBroughtHere(tool) ? "leanos' own" : 'missing';
  const state = path === undefined ? absent : await versionOf(tool, path, run);
  return {what: tool.name, state, why: `${tool.why} (${tool.package})`};
}

async function versionOf({version}: HostTool, path: string, run: Run): Promise<string> {
  if (version === undefined) return 'present';
  const said = await run([path, ...version]).catch(() => '');
  return /\d+(\.\d+)+/.exec(said)?.[0] ?? 'present';
}
