import {expect, test} from 'vitest';
import {kernelPackage} from '../../src/stages/buildroot/vulnerabilities.ts';

test.each(['6.12.117-leanos\n', '6.12.117+deb13-cloud-amd64\n', '6.12.117\n'])(
  'a kernel of the release %j is looked up by the version of upstream’s',
  (release) => {
    expect(kernelPackage(release)).toMatchObject({
      name: 'linux',
      version: '6.12.117',
      cpe: 'cpe:2.3:o:linux:linux_kernel:6.12.117:*:*:*:*:*:*:*',
    });
  },
);
