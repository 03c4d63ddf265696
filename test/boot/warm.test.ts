import {beforeAll, expect, test} from 'vitest';
import {Client} from 'ssh2';
import {boot, build, type Image, type Machine} from '../../src/index.ts';

/** A seed of its own, so that no other run has kept its machine. */
const seed = {hostname: `warm-${process.pid}`};
const FACTS = 'head -c 16 /dev/urandom | hexdump -C; date +%s; cat was-here || echo here >was-here';

let image: Image;
beforeAll(async () => (image = await build('test')));

async function facts(machine: Machine): Promise<{random: string; seconds: number; before: string}> {
  const [random = '', , seconds, before = ''] = (await machine.exec(FACTS)).stdout.split('\n');
  return {random, seconds: Number(seconds), before};
}

/** The host key that a machine shows to whoever connects. */
async function hostKey(machine: Machine): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.on('error', reject);
    client.connect({
      host: '127.0.0.1',
      port: machine.port(22),
      username: 'nobody',
      hostVerifier: (key: Buffer) => {
        resolve(key.toString('base64'));
        client.removeAllListeners('error').on('error', () => undefined);
        client.end();
        return false;
      },
    });
  });
}

test('warm machines do not boot, have time and random numbers of their own, and see nothing of one another', async () => {
  const found = [];
  const keys: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    await using machine = await boot(image, {from: 'warm', seed, ports: [80], newHostKey: round === 1});
    keys.push(await hostKey(machine));
    expect(machine.console.text).not.toContain('initramfs: up at');
    expect((await machine.exec('hostname')).stdout.trim()).toBe(seed.hostname);
    found.push(await facts(machine));
    expect(Math.abs((found.at(-1)?.seconds ?? 0) - Date.now() / 1000)).toBeLessThan(60);
  }
  const [first, second] = found;
  expect(keys[1]).not.toBe(keys[0]);
  expect(second?.random).not.toBe(first?.random);
  expect([first?.before, second?.before]).toEqual(['', '']);
});
