// The stock @polkadot/api reads staking, session and GRANDPA state and follows final blocks: what an
// explorer of validators would do. No type or hint of ours.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ApiPromise, WsProvider } from '@polkadot/api';
import { firstOf, within } from '../lib/deadline.mjs';
import { startNode } from '../lib/programs.mjs';

const FINAL_SECONDS = 60;
const QLK = 1_000_000_000_000n;
// Every authority of a built-in chain has bonded so much of its own.
const BOND = 100_000n * QLK;
const ID_BYTES = 32;
// A key and a signature of ML-DSA-65, in seals and votes alike.
const SIGNATURE_BYTES = 1952 + 3309;
const NOT_FINAL = /prove finality rpc failed: Block not yet finalized/;
const FIRST_SET = /prove finality rpc failed: Block not covered by authority set changes/;

let node;
let api;
let stash;
const complaints = [];

before(async () => {
  // The library reports what it cannot decode on the console and goes on.
  console.error = (...parts) => complaints.push(parts.join(' '));
  node = await startNode();
  api = await within(FINAL_SECONDS, 'the API to connect', ApiPromise.create({ provider: new WsProvider(node.url), throwOnConnect: true }));
  [stash] = await api.query.session.validators();
});

after(async () => {
  await api?.disconnect();
  await node?.stop();
});

/** Resolves with the first final header from a height on. */
const finalHeader = (atLeast) =>
  firstOf(FINAL_SECONDS, `final block ${atLeast}`, (push) => api.rpc.chain.subscribeFinalizedHeads(push), ({ number }) => number.toNumber() >= atLeast);

/** The id of the only author, and of the only voter, as consensus has them. */
const author = async () => (await api.query.aura.authorities())[0].toHex();
const voter = async () => (await api.query.grandpa.authorities())[0][0].toHex();

describe('final blocks', () => {
  test('are followed in order, and are those of the chain', async () => {
    const headers = [];
    await firstOf(FINAL_SECONDS, 'three final heads', (push) => api.rpc.chain.subscribeFinalizedHeads(push), (header) => {
      // Older ones come with the subscription: genesis is final from the beginning.
      if (header.number.toNumber() > 0) headers.push(header);
      return headers.length >= 3;
    });
    const heights = headers.map(({ number }) => number.toNumber());
    assert.ok(heights.every((height, index) => index === 0 || height > heights[index - 1]), `${heights}`);
    for (const { number, hash } of headers) {
      assert.equal((await api.rpc.chain.getBlockHash(number.unwrap())).toHex(), hash.toHex());
    }
    const head = await api.rpc.chain.getHeader(await api.rpc.chain.getFinalizedHead());
    assert.ok(head.number.toNumber() >= heights.at(-1));
  });

  test('are announced with a justification that carries a vote', async () => {
    const justification = await firstOf(FINAL_SECONDS, 'a justification', (push) => api.rpc.grandpa.subscribeJustifications(push), () => true);
    assert.ok(justification.length > SIGNATURE_BYTES, `${justification.length} bytes hold no vote`);
  });
});

describe('GRANDPA', () => {
  test('has the set and the voter that its runtime API names', async () => {
    const authorities = await api.query.grandpa.authorities();
    assert.equal(authorities.length, 1);
    const [[id, weight]] = authorities;
    assert.equal(id.toU8a().length, ID_BYTES);
    assert.equal(weight.toNumber(), 1);
    const [[called]] = await api.call.grandpaApi.grandpaAuthorities();
    assert.equal(called.toHex(), id.toHex());
    const stored = await api.query.grandpa.currentSetId();
    assert.equal((await api.call.grandpaApi.currentSetId()).toNumber(), stored.toNumber());
    assert.ok((await api.query.grandpa.state()).isLive);
  });

  test('shows its round', async () => {
    await finalHeader(1);
    const { setId, best, background } = await api.rpc.grandpa.roundState();
    assert.equal(setId.toNumber(), (await api.query.grandpa.currentSetId()).toNumber());
    assert.ok(best.round.toNumber() >= 1);
    assert.equal(best.totalWeight.toNumber(), 1);
    assert.equal(best.thresholdWeight.toNumber(), 1);
    const known = await voter();
    for (const { prevotes, precommits } of [best, ...background]) {
      for (const missing of [...prevotes.missing, ...precommits.missing]) assert.equal(missing.toHex(), known);
    }
  });

  // A proof is the justification with which a later set of voters began, and this chain has one set.
  test('has nothing to prove of the first set of voters', async () => {
    const height = 2;
    await finalHeader(height);
    await assert.rejects(api.rpc.grandpa.proveFinality(height), FIRST_SET);
  });

  test('proves nothing of a block that is not final', async () => {
    const { number } = await api.rpc.chain.getHeader();
    await assert.rejects(api.rpc.grandpa.proveFinality(number.toNumber() + 1000), NOT_FINAL);
  });
});

describe('the session', () => {
  test('names the validators and the keys that they use', async () => {
    const validators = await api.query.session.validators();
    assert.equal(validators.length, 1);
    assert.ok((await api.query.session.currentIndex()).toNumber() >= 0);
    const keys = (await api.query.session.nextKeys(stash)).unwrap();
    assert.deepEqual([...keys.keys()], ['aura', 'grandpa']);
    assert.equal(keys.encodedLength, 2 * ID_BYTES);
    assert.equal(keys.get('aura').toHex(), await author());
    assert.equal(keys.get('grandpa').toHex(), await voter());
    const queued = await api.query.session.queuedKeys();
    assert.deepEqual(queued.map(([validator]) => validator.toString()), [stash.toString()]);
  });

  test('knows whose a key is', async () => {
    for (const [type, key] of [['aura', await author()], ['gran', await voter()]]) {
      const owner = await api.query.session.keyOwner([type, key]);
      assert.equal(owner.unwrap().toString(), stash.toString(), type);
    }
    // An authority's key of one kind is no key of the other.
    assert.ok((await api.query.session.keyOwner(['gran', await author()])).isNone);
  });
});

describe('staking', () => {
  test('knows the validator, its stash and its bond', async () => {
    const validators = await api.query.staking.validators.entries();
    assert.deepEqual(validators.map(([key]) => key.args[0].toString()), [stash.toString()]);
    assert.equal((await api.query.staking.bonded(stash)).unwrap().toString(), stash.toString());
    const ledger = (await api.query.staking.ledger(stash)).unwrap();
    assert.equal(ledger.stash.toString(), stash.toString());
    assert.equal(ledger.total.toBigInt(), BOND);
    assert.equal(ledger.active.toBigInt(), BOND);
    assert.equal(ledger.unlocking.length, 0);
  });

  test('has an era with the stake that elected the validator', async () => {
    await finalHeader(1);
    const active = (await api.query.staking.activeEra()).unwrap();
    const current = (await api.query.staking.currentEra()).unwrap();
    assert.ok(current.gte(active.index));
    const exposure = (await api.query.staking.erasStakersOverview(active.index, stash)).unwrap();
    assert.equal(exposure.own.toBigInt(), BOND);
    assert.equal(exposure.total.toBigInt(), BOND);
    assert.equal((await api.query.staking.erasTotalStake(active.index)).toBigInt(), BOND);
  });

  test('shows its limits', async () => {
    assert.equal((await api.query.staking.minValidatorBond()).toBigInt(), 1_000n * QLK);
    assert.equal((await api.query.staking.minNominatorBond()).toBigInt(), 10n * QLK);
    assert.ok((await api.query.staking.validatorCount()).toNumber() >= 1);
    assert.ok(api.consts.staking.bondingDuration.toNumber() > 0);
    assert.ok(api.consts.staking.sessionsPerEra.toNumber() > 0);
  });
});

test('nobody has offended', async () => {
  assert.deepEqual(await api.query.offences.reports.entries(), []);
});

test('the library complained of nothing but the proofs that were refused', () => {
  const isExpected = (complaint) => NOT_FINAL.test(complaint) || FIRST_SET.test(complaint);
  assert.deepEqual(complaints.filter((complaint) => !isExpected(complaint)), []);
});
