// A signer written from docs/spec/accounts.md alone pays on a real node, and makes the page's vectors.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { ApiPromise, WsProvider } from '@polkadot/api';
import { stringToU8a, u8aToHex } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';
import { firstOf, within } from '../lib/deadline.mjs';
import { startNode } from '../lib/programs.mjs';
import { messageOf, PqAccount, seedOf, sign } from '../lib/signer.mjs';

const BLOCK_SECONDS = 30;
const QLK = 1_000_000_000_000n;
const DEVELOPMENT = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
const SPECIFICATION = new URL('../../../docs/spec/accounts.md', import.meta.url);
const INVALID_SIGNATURE = /Custom error: 6/;

const developer = (name) => new PqAccount(seedOf(DEVELOPMENT, [name]));

test('the vectors of the specification come out', async () => {
  const specification = await readFile(SPECIFICATION, 'utf8');
  const seed = seedOf(DEVELOPMENT, ['Alice']);
  const alice = new PqAccount(seed);
  const zeros = new Uint8Array(32);
  const found = [u8aToHex(seed), blake2AsHex(alice.public), u8aToHex(alice.id), alice.address];
  for (const form of ['withKey', 'registered']) {
    const message = messageOf(form, alice.id, stringToU8a('pay'));
    found.push(u8aToHex(message), blake2AsHex(sign(alice.secret, message, zeros)));
  }
  for (const vector of found) assert.ok(specification.includes(vector.replace(/^0x/, '')), `${vector} is not in the specification`);
});

describe('on a node', () => {
  let node;
  let api;

  before(async () => {
    node = await startNode();
    api = await within(BLOCK_SECONDS, 'the API to connect', ApiPromise.create({ provider: new WsProvider(node.url), throwOnConnect: true }));
  });

  after(async () => {
    await api?.disconnect();
    await node?.stop();
  });

  const freeBalance = async (address) => (await api.query.system.account(address)).data.free.toBigInt();
  const pay = (from, to, forced) => {
    const transfer = api.tx.balances.transferKeepAlive(to.address, 3n * QLK);
    const send = (push) => transfer.signAndSend(from.address, { signer: from.signer(api, forced) }, push);
    return firstOf(BLOCK_SECONDS, 'inclusion', send, ({ status, isError }) => {
      if (isError) throw new Error(`the transaction ended as ${status.type}`);
      return status.isInBlock || status.isFinalized;
    });
  };

  test('it pays, first with its key and then by the registered one', async () => {
    const [bob, newcomer] = [developer('Bob'), developer('Newcomer')];
    const isKnown = async () => (await api.call.pqSignaturesApi.keyOf(bob.id)).isSome;
    assert.equal(await isKnown(), false);
    await pay(bob, newcomer);
    assert.equal(await isKnown(), true);
    await pay(bob, newcomer);
    assert.equal(await freeBalance(newcomer.address), 6n * QLK);
  });

  test('a signature in a form that the account has not is refused', async () => {
    const [charlie, bob] = [developer('Charlie'), developer('Bob')];
    const wrong = charlie.signer(api, 'registered');
    const signer = {
      signPayload: async (payload) => {
        // The signature is of the form without the key; the key goes with it all the same.
        const { signature } = await wrong.signPayload(payload);
        const raw = Uint8Array.from(Buffer.from(signature.slice(2), 'hex')).subarray(3);
        return { id: 1, signature: charlie.signature('withKey', raw) };
      },
    };
    const transfer = api.tx.balances.transferKeepAlive(bob.address, QLK);
    await assert.rejects(within(BLOCK_SECONDS, 'the refusal', transfer.signAndSend(charlie.address, { signer })), INVALID_SIGNATURE);
  });

  test('the fee is told for a signature of the real length, and not by the stock query', async () => {
    const [dave, bob] = [developer('Dave'), developer('Bob')];
    const transfer = () => api.tx.balances.transferKeepAlive(bob.address, QLK);
    // The library takes a signature of zeros for none.
    const ones = { signPayload: async () => ({ id: 1, signature: dave.signature('withKey', new Uint8Array(3309).fill(1)) }) };
    const dummy = await transfer().signAsync(dave.address, { signer: ones });
    const { partialFee } = await api.call.transactionPaymentApi.queryInfo(dummy.toU8a(), dummy.encodedLength);
    const stock = (await transfer().paymentInfo(dave.address)).partialFee;
    const { events } = await pay(dave, bob);
    const paid = events.find(({ event }) => api.events.transactionPayment.TransactionFeePaid.is(event)).event.data.actualFee;
    // From block to block the price of weight moves by some millionths.
    const share = (fee) => Number((fee.toBigInt() * 1000n) / paid.toBigInt()) / 1000;
    assert.ok(Math.abs(1 - share(partialFee)) < 0.01, `told ${partialFee}, paid ${paid}`);
    assert.ok(share(stock) < 0.9, `${stock} is about ${paid}`);
  });

  test('addresses are of this network alone', () => {
    assert.equal(api.registry.chainSS58, 11706);
    assert.match(developer('Alice').address, /^qk/);
  });
});
