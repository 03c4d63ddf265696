import {execFileSync} from 'node:child_process';

/** Runs shell text as root of a mount namespace of its own, where $FULL is a small tmpfs. */
export function withSmallDisk(
  mib: number,
  script: string,
  environment: Readonly<Record<string, string>>,
): {status: number; output: string} {
  const mount = `mount -t tmpfs -o size=${mib}m tmpfs "$FULL" && ${script}`;
  const unshare = process.getuid?.() === 0 ? ['--mount'] : ['--map-root-user', '--mount'];
  try {
    const output = execFileSync('unshare', [...unshare, 'sh', '-c', mount], {
      encoding: 'utf8',
      env: {...process.env, ...environment},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return {status: 0, output};
  } catch (error) {
    const failed = error as {status: number; stdout: string; stderr: string};
    return {status: failed.status, output: `${failed.stdout}${failed.stderr}`};
  }
}
