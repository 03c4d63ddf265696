import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {onTestFinished} from 'vitest';

/** Starts the host's end of SmartOS' metadata, until the test is over; gives the terminal that it is behind. */
export async function smartosHost(
  values: Readonly<Record<string, string>>,
  faults: readonly string[] = [],
): Promise<string> {
  const program = join(import.meta.dirname, 'smartos-host.py');
  const host = spawn('python3', [program], {stdio: ['pipe', 'pipe', 'inherit']});
  onTestFinished(() => void host.kill());
  host.stdin.write(`${JSON.stringify({values, faults})}\n`);
  return new Promise((resolve) => createInterface(host.stdout).once('line', resolve));
}
