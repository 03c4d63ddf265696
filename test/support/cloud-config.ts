import {randomBytes} from 'node:crypto';
import {statSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'vitest';
import {fakeMachine, type FakeMachine} from './ash.ts';

/** Owners cannot be changed and nothing may be mounted or switched off in a test: that is noted in `done`. */
export const LIBRARIES = `for l in system per platform seed http user-data accounts flat cloud-config cloud-config/users cloud-config/files cloud-config/end; do . "$ROOT/usr/lib/leanos/$l.sh"; done
for name in chown mount swapon poweroff reboot halt restart_ssh sleep; do eval "$name() { echo $name \\"\\$*\\" | sed \\"s,$ROOT,,\\" >>\\"$ROOT/done\\"; }"; done
run_program() { ( cd "$ROOT"; sh "$1" ) >>"$ROOT/dev/console" 2>&1; }
load_config; data=$ROOT/run/leanos/datasource/data; DIR=$ROOT/run/leanos; parts=$ROOT/parts; mkdir -p "$parts";`;

/** What leanos-userdata does with configurations. */
export const CONFIGURE = 'open_configs; configure; configure_late; finish_config;';

/** A machine that these texts have configured: the parts of user-data, of which the first ones are vendor-data. */
export async function configuredBy(
  configs: readonly string[],
  {
    vendors = 0,
    again = '',
    files = {},
  }: {vendors?: number; again?: string; files?: Record<string, string>} = {},
): Promise<FakeMachine> {
  const machine = await fakeMachine();
  const standard = {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nleanos:x:1000:1000:leanos:/home/leanos:/bin/sh\n',
    'etc/group': 'root:x:0:\nwheel:x:10:leanos\nleanos:x:1000:\n',
    'etc/shadow': 'root:!*:0::::::\nleanos:*:0::::::\n',
    'etc/os-release': 'VERSION_ID=1.0.0\n',
    'proc/net/route': 'Iface\tDestination\neth0\t00000000\n',
    'proc/uptime': '12.34 1.0\n',
    'proc/sys/kernel/hostname': 'web\n',
    'run/leanos/datasource/dsname': 'nocloud\n',
    'run/leanos/datasource/data/instance-id': 'i-1\n',
    done: '',
  };
  for (const [path, text] of Object.entries({...standard, ...files})) machine.write(path, text);
  machine.write('dev/urandom', randomBytes(4096));
  configs.forEach((text, index) => {
    machine.write(`parts/${String(index + 1).padStart(3, '0')}.config`, text);
  });
  const {stderr} = await machine.run(`${LIBRARIES} vendor_parts=${vendors}; ${CONFIGURE} ${again}`);
  expect(stderr).toBe('');
  return machine;
}

export const said = (machine: FakeMachine): string => machine.read('dev/console');

export const mode = (machine: FakeMachine, path: string): string =>
  (statSync(join(machine.root, path)).mode & 0o7777).toString(8);
