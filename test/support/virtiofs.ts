import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {once} from 'node:events';
import {expect} from 'vitest';

/** Debian's package virtiofsd, and qemu-system-common before it. */
const PROGRAMS = ['/usr/libexec/virtiofsd', '/usr/lib/qemu/virtiofsd'];
const LISTENS_MS = 30_000;

/** Shows a folder of this host to the one machine that comes to `socket`: `share` of a machine. It ends with its scope. */
export async function virtiofs(folder: string, socket: string): Promise<AsyncDisposable> {
  const program = PROGRAMS.find((path) => existsSync(path));
  if (program === undefined) throw new Error(`none of ${PROGRAMS.join(', ')} is there`);
  const options = [`--socket-path=${socket}`, '-o', `source=${folder}`, '-o', 'sandbox=chroot'];
  const daemon = spawn(program, options, {stdio: ['ignore', 'ignore', 'pipe']});
  let said = '';
  daemon.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(daemon, 'close');
  await expect
    .poll(() => existsSync(socket) || (daemon.exitCode !== null && said), {timeout: LISTENS_MS})
    .toBe(true);
  return {
    async [Symbol.asyncDispose]() {
      daemon.kill('SIGKILL');
      await ended;
    },
  };
}
