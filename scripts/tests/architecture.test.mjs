import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { findProblems, readRules } from '../lib/architecture.mjs';

const TABLE = `
# Heading

| crate | folder | what it is | may depend on | in tests also | SDK |
|---|---|---|---|---|---|
| \`word\` | [\`primitives/word\`](../primitives/word) | a word | – | – | none |
| \`pallet\` | \`pallets/pallet\` | a pallet | \`word\` | – | runtime |
| \`node\` | \`node\` | the node | \`pallet\`, \`word\` | \`tool\` | client |
| \`tool\` | \`tool\` | a tool | – | – | none |

| crate | another table |
`;

const crate = (name, folder, ...dependencies) => ({ name, folder, dependencies });
const dependency = (name, kind = null, features = []) => ({ name, kind, features });

const sound = () => [
  crate('word', 'primitives/word', dependency('codec')),
  crate('pallet', 'pallets/pallet', dependency('word'), dependency('polkadot-sdk', null, ['frame-support'])),
  crate('node', 'node', dependency('pallet'), dependency('tool', 'dev'), dependency('polkadot-sdk', null, ['sc-cli'])),
  crate('tool', 'tool'),
];

const problemsWith = (change) => {
  const packages = sound();
  change(packages);
  return findProblems(readRules(TABLE), packages);
};

test('a workspace that keeps to the arrows has no problem', () => {
  assert.deepEqual(problemsWith(() => {}), []);
});

test('an arrow that is not allowed is named', () => {
  const problems = problemsWith(([word]) => word.dependencies.push(dependency('node')));
  assert.deepEqual(problems, ['word depends on node: this arrow is not allowed']);
});

test('an arrow allowed in tests is not allowed outside them', () => {
  const problems = problemsWith(([, , node]) => node.dependencies.push(dependency('tool')));
  assert.deepEqual(problems, ['node depends on tool: this arrow is not allowed']);
});

test('a build dependency needs its arrow too', () => {
  const problems = problemsWith(([word]) => word.dependencies.push(dependency('tool', 'build')));
  assert.deepEqual(problems, ['word depends on tool: this arrow is not allowed']);
});

test('a pallet that reaches for the client is caught behind the umbrella', () => {
  const problems = problemsWith(([, pallet]) => pallet.dependencies.push(dependency('polkadot-sdk', null, ['sc-network'])));
  assert.deepEqual(problems, ["pallet depends on sc-network, which belongs to the SDK's client"]);
});

test('a crate without SDK that takes it is caught', () => {
  const problems = problemsWith(([word]) => word.dependencies.push(dependency('sp-core')));
  assert.deepEqual(problems, ['word depends on sp-core, and knows no SDK']);
});

test('an exception in the SDK column is kept to', () => {
  const packages = sound();
  packages[0].dependencies.push(dependency('sp-core'), dependency('sp-io'));
  const rules = readRules(TABLE.replace('a word | – | – | none |', 'a word | – | – | none but `sp-core` |'));
  assert.deepEqual(findProblems(rules, packages), ['word depends on sp-io, and knows no SDK']);
});

test('a crate without a row, and a row without a crate, are caught', () => {
  const problems = problemsWith((packages) => packages.splice(3, 1, crate('stranger', 'stranger')));
  assert.deepEqual(problems, ['stranger (stranger) has no row', 'the row of tool describes no crate of the workspace']);
});

test('a crate that moved is caught', () => {
  const problems = problemsWith(([word]) => (word.folder = 'word'));
  assert.deepEqual(problems, ['word lies in word, and its row says primitives/word']);
});

test('allowed arrows that run in a circle are caught', () => {
  const rules = readRules(TABLE.replace('a word | – |', 'a word | `node` |'));
  assert.deepEqual(findProblems(rules, sound()), [
    'the allowed arrows run in a circle: word → node → pallet → word',
    'the allowed arrows run in a circle: word → node → word',
  ]);
});

test('a table that cannot be read says why', () => {
  assert.throws(() => readRules('nothing'), /no table with the columns/);
  assert.throws(() => readRules(TABLE.replace('| client |', '| some |')), /node: the SDK column says 'some'/);
  assert.throws(() => readRules(TABLE.replace('| `tool` | `tool` |', '| tool | `tool` |')), /cannot read this row/);
});

test('no substitution of a crate has been passed over', () => {
  // Cargo says nothing when the SDK asks for another version than the one of [patch.crates-io].
  const lock = readFileSync(new URL('../../Cargo.lock', import.meta.url), 'utf8');
  assert.doesNotMatch(lock, /^name = "wasm-opt-sys"$/m, 'the runtime would be built by Binaryen again');
  for (const name of ['wasm-opt', 'sp-consensus-grandpa']) {
    const [, entry] = lock.match(new RegExp(`^name = "${name}"\\n((?:.+\\n)+)`, 'm'));
    assert.doesNotMatch(entry, /^source = /m, `${name} is the registry's`);
  }
});
