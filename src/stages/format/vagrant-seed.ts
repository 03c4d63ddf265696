import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Run} from '../../system/run.ts';
import {createSparse} from '../../system/sparse.ts';

/** The public half of the key that vagrant brings, and replaces at the first `up`: everybody has the other half (vagrant's keys/). */
const INSECURE_KEY =
  'ssh-rsa AAAAB3NzaC1yc2EAAAABIwAAAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzIw+niNltGEFHzD8+v1I2YJ6oXevct1YeS0o9HZyN1Q9qgCgzUFtdOKLv6IedplqoPkcmF0aYet2PkEDo3MlTBckFXPITAMzF8dJSIFo9D8HfdOV0IAdx4O7PtixWKn5y2hMNG0zQPyUecp4pzC6kivAIhyfHilFR61RGL+GPXQ2MWZWFYbAGjyiYJnAmCP3NOTd0jMZEnDkbUvxhMmBYSdETk1rRgm+R4LOzFUGaHqHDLKLX+FIPKcF96hrucXzcWyLbIbEgE98OHlnVYCzRdK8jlqm8tehUc9c9WhQ== vagrant insecure public key';

const SEED_BYTES = 1024 * 1024;
/** Of a CD, whose sectors no FAT may be below; a disk can have it too. */
const SECTOR_BYTES = 2048;
const VOLUME_ID = '76616772';

/** The programs of the tools tree that it runs. */
export const SEED_TOOLS = ['mkfs.vfat', 'mcopy'] as const;

/** Writes the instance data of a box: NoCloud, as a FAT that may be a disk or a CD. `scratch` is a folder; nothing is left in it. */
export async function writeVagrantSeed(
  path: string,
  {instanceId, scratch, run}: {readonly instanceId: string; readonly scratch: string; readonly run: Run},
): Promise<void> {
  await createSparse(path, SEED_BYTES);
  await run(['mkfs.vfat', '--invariant', '-n', 'CIDATA', '-i', VOLUME_ID, '-S', String(SECTOR_BYTES), path]);
  const metaData = `instance-id: ${instanceId}\nlocal-hostname: leanos\npublic-keys:\n  - ${INSECURE_KEY}\n`;
  for (const [name, text] of [
    ['meta-data', metaData],
    ['user-data', ''],
  ] as const) {
    const file = join(scratch, `.${name}`);
    await writeFile(file, text);
    await run(['mcopy', '-Q', '-i', path, file, `::/${name}`]);
    await rm(file);
  }
}
