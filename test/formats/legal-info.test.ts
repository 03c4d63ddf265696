import {expect, test} from 'vitest';
import {parseLegalInfo} from '../../src/formats/legal-info.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

test('legal-info gives each source with its hash, its patches and its licences', () => {
  const manifest = `"PACKAGE","VERSION","LICENSE","LICENSE FILES","SOURCE ARCHIVE","SOURCE SITE","DEPENDENCIES WITH LICENSES"
"busybox","1.37.0","GPL-2.0, bzip2-1.0.4","LICENSE","busybox-1.37.0.tar.bz2","https://www.busybox.net/downloads","toolchain [unknown]"
"skeleton","","unknown","not saved","not saved","not saved",""
"firmware","3","PROPRIETARY (a, b)","not saved","fw.bin","https://x",""
`;
  const sums = `${A}  sources/busybox-1.37.0/busybox-1.37.0.tar.bz2
${B}  sources/busybox-1.37.0/0001-tc.patch
${B}  sources/busybox-1.37.0/series
${B}  sources/busybox-1.37.0-x/0002-other.patch
`;
  expect(parseLegalInfo(manifest, sums)).toEqual([
    {
      name: 'busybox',
      version: '1.37.0',
      licences: ['GPL-2.0', 'bzip2-1.0.4'],
      archive: 'busybox-1.37.0.tar.bz2',
      site: 'https://www.busybox.net/downloads',
      sha256: A,
      patches: [{name: '0001-tc.patch', sha256: B}],
    },
    {
      name: 'firmware',
      version: '3',
      licences: ['PROPRIETARY (a, b)'],
      archive: 'fw.bin',
      site: 'https://x',
      sha256: '',
      patches: [],
    },
  ]);
});
