import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findDifferences, readTree } from '../lib/features.mjs';

const BUILD = `ours v0.1.0 (/work/ours)|default
subtle v2.6.1|std
subtle v2.6.1|
derive v1.0.0 (proc-macro)|
subtle v2.6.1|std (*)
`;

const differences = (tests) => findDifferences(readTree(BUILD), readTree(BUILD + tests));

test('the same features are no difference, nor is a crate that only the tests have', () => {
  assert.deepEqual(differences('subtle v2.6.1| (*)\nproptest v1.0.0|std\n'), []);
});

test('our own crates may differ', () => {
  assert.deepEqual(differences('ours v0.1.0 (/work/ours)|default,extra\n'), []);
});

test('a feature that only the tests ask for is named', () => {
  assert.deepEqual(differences('subtle v2.6.1|const-generics,std\n'), [
    'subtle v2.6.1 is compiled again for the tests, with the features [const-generics]',
  ]);
});

test('known features in a new combination are named', () => {
  const build = readTree('a v1.0.0|x\na v1.0.0|y\n');
  assert.deepEqual(findDifferences(build, readTree('a v1.0.0|x,y\n')), [
    'a v1.0.0 is compiled again for the tests, with the features [x,y]',
  ]);
});
