// What ./scripts/testnet makes of the heads that validators tell, and ./scripts/chain-specs of a specification.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CODE, withoutCode } from '../lib/chain-specs.mjs';
import { Display, Heads, table } from '../lib/testnet.mjs';

const nodes = ['alice', 'bob'].map((name) => ({ name, url: `ws://127.0.0.1/${name}`, data: `/nowhere/${name}` }));

const network = () => {
  const heads = new Heads(nodes.map(({ name }) => name));
  for (const validator of heads.validators.values()) validator.connected = true;
  return heads;
};

/** What a display writes. */
const written = (form, act) => {
  const output = { text: '', write: (text) => { output.text += text; } };
  act(new Display(form, nodes, output));
  return output.text;
};

test('a block is settled when it is final on every validator, and is told once', () => {
  const heads = network();
  heads.best('alice', 1, 1_000);
  heads.final('alice', 1, '0x00');
  assert.deepEqual(heads.takeSettled(1_500), []);
  heads.final('bob', 1, '0x00');
  assert.deepEqual(heads.takeSettled(1_800), [{ block: 1, afterMs: 800 }]);
  assert.deepEqual(heads.takeSettled(1_900), []);
});

test('blocks that become final together with a descendant are told as well', () => {
  const heads = network();
  heads.final('alice', 3, '0x02');
  heads.final('bob', 3, '0x02');
  assert.deepEqual(heads.takeSettled(0).map(({ block }) => block), [1, 2, 3]);
});

test('two final blocks at one height are found', () => {
  const heads = network();
  heads.final('alice', 3, '0x02');
  heads.final('bob', 3, '0x02');
  assert.equal(heads.fork, undefined);
  heads.final('bob', 3, '0xff');
  assert.match(heads.fork, /two final blocks at height 2: 0x02 \(alice\), 0xff \(bob\)/);
});

test('the table has a line for each validator, also for one that does not answer', () => {
  const heads = network();
  heads.best('alice', 12, 0);
  heads.final('alice', 10, '0x09');
  heads.validators.get('bob').connected = false;
  const [, alice, bob] = table(heads, nodes);
  assert.match(alice, /^alice +12 +10 +2 +- +ws:\/\/127.0.0.1\/alice$/);
  assert.match(bob, /^bob +does not answer +- +ws:/);
});

test('JSON is one document per line', () => {
  const text = written('json', (display) => {
    display.started();
    display.update(network(), [{ block: 7, afterMs: 900 }]);
  });
  const [started, final, rest] = text.split('\n');
  assert.deepEqual(JSON.parse(started).validators[1], { name: 'bob', rpc: 'ws://127.0.0.1/bob' });
  assert.deepEqual(JSON.parse(final), { event: 'final', block: 7, after_ms: 900 });
  assert.equal(rest, '');
});

test('plain text names the block and its time', () => {
  const text = written('plain', (display) => display.update(network(), [{ block: 7, afterMs: 940 }, { block: 8, afterMs: null }]));
  assert.equal(text, 'block 7 is final on all 2, 0.9 s after it was first seen\nblock 8 is final on all 2\n');
});

test('a stall of finality is told with the number of validators that are needed, once, and so is its end', () => {
  const heads = new Heads(['alice', 'bob', 'charlie', 'dave']);
  assert.equal(heads.needed, 3);
  assert.equal(new Heads(['1', '2', '3', '4', '5', '6', '7']).needed, 5);
  const validators = [...heads.validators.values()];
  const answering = (count) => validators.forEach((validator, index) => { validator.connected = index < count; });
  const text = written('plain', (display) => {
    // While the network starts, nothing has stalled yet.
    for (const count of [0, 2, 4, 3, 2, 2, 4]) {
      answering(count);
      display.update(heads, []);
    }
  });
  assert.equal(text, 'finality waits: 2 of 4 validators answer, 3 needed\nenough validators answer again\n');
  answering(2);
  assert.match(written('table', (display) => display.update(heads, [])), /finality waits: 2 of 4/);
});

test('a table is drawn over the last one', () => {
  const text = written('table', (display) => {
    display.update(network(), []);
    display.update(network(), []);
  });
  assert.equal(text.split('\x1b[5F').length, 2);
});

test('the code is taken out of a specification and the rest is in order', () => {
  const spec = { name: 'x', genesis: { raw: { top: { '0xbb': '0x02', [CODE]: '0x00', '0xaa': '0x01' }, childrenDefault: {} } } };
  const { genesis, name } = withoutCode(spec);
  assert.equal(name, 'x');
  assert.deepEqual(Object.entries(genesis.raw.top), [['0xaa', '0x01'], ['0xbb', '0x02']]);
  assert.deepEqual(genesis.raw.childrenDefault, {});
});

test('what is no raw specification with a runtime is refused', () => {
  assert.throws(() => withoutCode({ genesis: { runtimeGenesis: {} } }), /no raw chain specification/);
  assert.throws(() => withoutCode({ genesis: { raw: { top: {} } } }), /no runtime/);
});
