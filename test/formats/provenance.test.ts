import {expect, test} from 'vitest';
import {formatProvenance} from '../../src/formats/provenance.ts';

test('a statement names what was built, from which commit and packages', () => {
  const facts = {
    subjects: [{path: 'a', sha256: 'b'}],
    parameters: {image: 'test', arch: 'x86_64'},
    commit: 'c',
    epoch: 7,
    packages: [{name: 'busybox', version: '1:1.37', architecture: 'amd64', sha256: 'd'}],
  };
  expect(JSON.parse(formatProvenance(facts))).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{name: 'a', digest: {sha256: 'b'}}],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        externalParameters: {image: 'test'},
        resolvedDependencies: [
          {digest: {gitCommit: 'c'}},
          {uri: 'pkg:deb/debian/busybox@1%3A1.37?arch=amd64', digest: {sha256: 'd'}},
        ],
      },
    },
  });
  expect(formatProvenance({...facts, commit: null})).not.toContain('gitCommit');
});
