import {copySparse} from '../../system/sparse.ts';
import {imageFormat} from './image-format.ts';
import {IN_A_CLOUD} from './tried-format.ts';
import {raw} from './raw.ts';

/**
 * What Amazon EC2's `import-snapshot` takes: the raw disk, from which a volume of whole GiB is made
 * (https://docs.aws.amazon.com/vm-import/latest/userguide/vmimport-import-snapshot.html). Its machines show NVMe and ENA.
 */
export const ec2 = imageFormat('ec2', {
  kind: 'disk',
  files: {disk: 'ec2.raw'},
  parts: {raw},
  hardware: ['cloud'],
  tried: {opened: ['qemu-img'], notRun: {'Amazon EC2': IN_A_CLOUD}},
  takenBy: 'Amazon EC2: `aws ec2 import-snapshot`, `coldsnap upload`',
  arches: ['x86_64', 'aarch64'],
  revision: 1,
  tools: [],
  async write({files, parts}) {
    await copySparse(parts.raw, files.disk);
  },
});
