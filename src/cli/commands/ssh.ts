import {LeanosError} from '../../core/error.ts';
import {runningMachines} from '../../vm/running.ts';
import type {SshSession} from '../../vm/ssh.ts';
import {waitForLogin} from '../../vm/ssh-login.ts';
import type {Context} from '../context.ts';

const LOGIN_MS = 60_000;

/** `leanos ssh`: exits with the status of the command or of the shell. */
export async function sshCommand(command: readonly string[], context: Context): Promise<void> {
  const [machine] = await runningMachines(`${context.workspace.cache.machines}/running`);
  if (machine === undefined) {
    throw new LeanosError('USAGE', 'nothing runs', {hint: 'leanos run     boots an image'});
  }
  const {sshPort: port, user, privateKey} = machine;
  await using session = await waitForLogin({
    port,
    user,
    privateKey,
    timeoutMs: LOGIN_MS,
    signal: context.signal,
  });
  process.exitCode = await (command.length === 0 ? shell(session) : oneCommand(session, command.join(' ')));
}

async function oneCommand(session: SshSession, command: string): Promise<number> {
  return session.attach({command, stdin: process.stdin, stdout: process.stdout, stderr: process.stderr});
}

async function shell(session: SshSession): Promise<number> {
  const {stdin, stdout, stderr} = process;
  if (stdin.isTTY) stdin.setRawMode(true);
  try {
    return await session.attach({
      ...(stdout.isTTY ? {terminal: {columns: stdout.columns, rows: stdout.rows}} : {}),
      stdin,
      stdout,
      stderr,
      onResize: (resize) => stdout.on('resize', () => resize(stdout.rows, stdout.columns)),
    });
  } finally {
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
  }
}
