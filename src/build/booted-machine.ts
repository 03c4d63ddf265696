import type {Client} from 'ssh2';
import type {BootPhase} from '../vm/boot-phases.ts';
import type {CommandResult} from '../vm/ssh.ts';

/** How a command is run. */
export interface ExecOptions {
  /** Runs it as root: through sudo, where the login user is somebody else. */
  readonly root?: boolean;
  /** How long it may take; without it `timeoutMs` of the machine. */
  readonly timeoutMs?: number;
}

/** The serial console of a machine. */
export interface MachineConsole {
  /** All that it has said so far, without terminal control. */
  readonly text: string;
  /** Waits until it has said something, also before. @throws BootError */
  waitFor(pattern: RegExp, options?: {readonly timeoutMs?: number}): Promise<RegExpExecArray>;
}

/**
 * A machine that has come up, with a login over ssh. Use `await using`: it ends with its scope, at the latest with this process.
 * Its disk is as the image has it at each boot: nothing that it writes stays.
 */
export interface Machine extends AsyncDisposable {
  /** The serial console. */
  readonly console: MachineConsole;
  /** How far it has come. */
  readonly reached: BootPhase | undefined;
  /** A line for a shell that boots the same by hand, with the console in the terminal. */
  readonly command: string;
  /** The file that has what the console says; it goes with a machine that did not fail, unless it was asked for. */
  readonly log: string;
  /** The connection, as ssh2 has it: for port forwarding, or channels of one's own. */
  readonly ssh: Client;
  /** Runs a command line in the guest's shell. @throws BootError where the machine ends or the command does not */
  exec(command: string, options?: ExecOptions): Promise<CommandResult>;
  /**
   * Sends a file, or a folder with all that is in it, to a path of the guest; folders above it are made, as root where the login
   * user may not. The owner is the login user.
   * @throws LeanosError FILE where it cannot be read here or written there
   */
  upload(localPath: string, remotePath: string): Promise<void>;
  /** The port of 127.0.0.1 that leads to a port of the guest. @throws LeanosError USAGE for one that `ports` did not name */
  port(guestPort: number): number;
  /** Has the guest restart itself, and waits until the system that comes up takes a login. @throws BootError */
  reboot(options?: {readonly timeoutMs?: number}): Promise<void>;
  /**
   * Presses the power button, and waits until the guest has switched itself off; where it hears none (riscv64, and aarch64
   * with `direct`), the login says poweroff. @throws BootError
   */
  powerOff(options?: {readonly timeoutMs?: number}): Promise<void>;
}
