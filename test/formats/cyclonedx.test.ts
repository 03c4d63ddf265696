import {expect, test} from 'vitest';
import {formatCycloneDx} from '../../src/formats/cyclonedx.ts';

test('a package has its CPE, and what Buildroot says does not concern it', () => {
  const cpe = 'cpe:2.3:a:busybox:busybox:1.37.0:*:*:*:*:*:*:*';
  const item = {
    name: 'busybox',
    version: '1.37.0',
    architecture: 'x86_64',
    source: 'busybox-1.37.0.tar.bz2',
    sha256: 'a'.repeat(64),
    licences: [],
    origin: 'buildroot' as const,
    cpe,
    ignoredCves: ['CVE-2023-42366'],
  };
  const other = {...item, name: 'other', ignoredCves: ['CVE-2023-42366']};
  expect(JSON.parse(formatCycloneDx([item, other]))).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: [
      {'bom-ref': 'busybox', cpe, purl: `pkg:generic/busybox@1.37.0?checksum=sha256:${item.sha256}`},
      {},
    ],
    vulnerabilities: [
      {
        id: 'CVE-2023-42366',
        analysis: {state: 'not_affected'},
        affects: [{ref: 'busybox'}, {ref: 'other'}],
      },
    ],
  });
});
