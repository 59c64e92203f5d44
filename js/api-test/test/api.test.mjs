// The stock @polkadot/api, without any type or hint of ours, against the real node: what a wallet, an
// explorer or polkadot.js Apps would do.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ApiPromise, WsProvider } from '@polkadot/api';
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady, mnemonicGenerate } from '@polkadot/util-crypto';
import { firstOf, within } from '../lib/deadline.mjs';
import { startNode, wallet } from '../lib/programs.mjs';

const BLOCK_SECONDS = 30;
const QLK = 1_000_000_000_000n;
const LONGEST_ARRAY = 2048;
const SEAL_BYTES = 1952 + 3309;
const REFUSED_UNMARKED = /1010: Invalid Transaction: Custom error: 5/;
const SCHEMES = ['MlDsa44', 'MlDsa65', 'MlDsa87', 'SlhDsaShake128f', 'SlhDsaShake128s', 'FnDsa512', 'HybridEd25519MlDsa65'];

let node;
let home;
let api;
let keyring;
const complaints = [];

before(async () => {
  // The library reports what it cannot decode on the console and goes on.
  console.error = (...parts) => complaints.push(parts.join(' '));
  await cryptoWaitReady();
  keyring = new Keyring({ type: 'sr25519' });
  home = await mkdtemp(join(tmpdir(), 'qloak-api-test-'));
  node = await startNode();
  api = await within(BLOCK_SECONDS, 'the API to connect', ApiPromise.create({ provider: new WsProvider(node.url), throwOnConnect: true }));
  keyring.setSS58Format(api.registry.chainSS58);
});

after(async () => {
  await api?.disconnect();
  await node?.stop();
  if (home) await rm(home, { recursive: true, force: true });
});

const blockNumber = (header) => header.number.toNumber();
const nextBlock = (atLeast) =>
  firstOf(BLOCK_SECONDS, `block ${atLeast}`, (push) => api.rpc.chain.subscribeNewHeads(push), (header) => blockNumber(header) >= atLeast);
const freeBalance = async (address) => (await api.query.system.account(address)).data.free.toBigInt();
const newAddress = () => keyring.addFromMnemonic(mnemonicGenerate()).address;

/** Sends a transaction and resolves with its block's hash and its events. */
const included = async (transaction, signer) => {
  const { status, events } = await firstOf(BLOCK_SECONDS, 'inclusion', (push) => transaction.signAndSend(signer, push), (result) => {
    if (result.isError) throw new Error(`the transaction ended as ${result.status.type}`);
    return result.isInBlock || result.isFinalized;
  });
  // A lone authority finalises at once, and the pool may then report only that.
  return { block: status.isFinalized ? status.asFinalized : status.asInBlock, events };
};

/** The signed extrinsics of a block, decoded. */
const signedExtrinsics = async (hash) => (await api.rpc.chain.getBlock(hash)).block.extrinsics.filter((one) => one.isSigned);

describe('metadata', () => {
  test('holds no byte array that the library refuses', () => {
    const { types } = api.registry.lookup;
    const lengths = types.map(({ type: { def } }) => (def.isArray ? def.asArray.len.toNumber() : 0));
    assert.ok(types.length > 100, `${types.length} types are not a whole runtime`);
    assert.ok(Math.max(...lengths) <= LONGEST_ARRAY, `an array has ${Math.max(...lengths)} elements`);
  });

  test('every type can be constructed', () => {
    for (const { id } of api.registry.lookup.types) api.registry.createType(api.registry.createLookupType(id));
  });

  test('describes every variant of the signature', () => {
    const signature = api.runtimeMetadata.asLatest.extrinsic.signatureType;
    const { variants } = api.registry.lookup.getSiType(signature).def.asVariant;
    const found = Object.fromEntries(variants.map((variant) => [variant.name.toString(), variant.index.toNumber()]));
    const expected = { Ed25519: 0, Sr25519: 1, Ecdsa: 2 };
    SCHEMES.forEach((scheme, id) => {
      expected[`${scheme}WithKey`] = 16 + 2 * id;
      expected[`${scheme}Registered`] = 17 + 2 * id;
    });
    assert.deepEqual(found, expected);
  });
});

describe('blocks', () => {
  test('decode, with a seal of key and signature', async () => {
    const header = await nextBlock(2);
    const { block } = await api.rpc.chain.getBlock(header.hash);
    assert.equal(block.header.hash.toHex(), header.hash.toHex());
    const [seal, ...more] = header.digest.logs.filter((item) => item.isSeal).map((item) => item.asSeal);
    assert.equal(more.length, 0);
    assert.equal(seal[0].toString(), 'aura');
    assert.equal(seal[1].length, SEAL_BYTES);
    const [timestamp] = block.extrinsics;
    assert.equal(`${timestamp.method.section}.${timestamp.method.method}`, 'timestamp.set');
  });

  test('have events that decode', async () => {
    const header = await nextBlock(3);
    const at = await api.at(header.hash);
    const events = await at.query.system.events();
    assert.ok(events.some(({ event }) => at.events.system.ExtrinsicSuccess.is(event)));
  });
});

describe('a classical account', () => {
  test('that is marked pays by the stock keyring, and the transfer reads back', async () => {
    const alice = keyring.addFromUri('//Alice');
    const recipient = newAddress();
    const { block, events } = await included(api.tx.balances.transferKeepAlive(recipient, 3n * QLK), alice);

    assert.equal(await freeBalance(recipient), 3n * QLK);
    const transfer = events.find(({ event }) => api.events.balances.Transfer.is(event));
    assert.equal(transfer.event.data.amount.toBigInt(), 3n * QLK);
    const [extrinsic] = await signedExtrinsics(block);
    assert.equal(extrinsic.signer.toString(), alice.address);
    assert.equal(extrinsic.inner.signature.multiSignature.type, 'Sr25519');
  });

  test('that is not marked is refused for that reason', async () => {
    const stranger = keyring.addFromMnemonic(mnemonicGenerate());
    // Without an account it would be refused for that.
    await included(api.tx.balances.transferKeepAlive(stranger.address, QLK), keyring.addFromUri('//Alice'));
    const transaction = api.tx.system.remark('0x00');
    await assert.rejects(within(BLOCK_SECONDS, 'the refusal', transaction.signAndSend(stranger)), REFUSED_UNMARKED);
  });
});

describe('a post-quantum account', () => {
  test('pays by the wallet: first with its key, then by the registered one', async () => {
    const recipient = newAddress();
    const pay = () => wallet(node.url, home, 'transfer', '--from', '//Alice', '--to', recipient, '--amount', '5', '--yes');
    const decoded = async ({ transaction }) => {
      const extrinsics = await signedExtrinsics(transaction.block_hash);
      return extrinsics.find(({ hash }) => hash.toHex() === transaction.hash);
    };

    const first = await decoded(await pay());
    const { type, value } = first.inner.signature.multiSignature;
    assert.equal(type, 'MlDsa65WithKey');
    assert.equal(value.get('public').length, 1952);
    assert.equal(value.get('signature').length, 3309);

    const second = await decoded(await pay());
    const registered = second.inner.signature.multiSignature;
    assert.equal(registered.type, 'MlDsa65Registered');
    assert.equal(registered.value.get('signature').length, 3309);
    assert.ok(second.encodedLength <= 3500, `${second.encodedLength} bytes on the wire`);
    assert.equal(second.signer.toString(), first.signer.toString());
    assert.equal(await freeBalance(recipient), 10n * QLK);

    const record = (await api.query.pqSignatures.keys(second.signer.toString())).unwrap();
    assert.equal(record.scheme.type, 'MlDsa65');
    assert.equal(record.get('public').toHex(), value.get('public').toHex());
  });
});

describe('the key registry', () => {
  test('shows the catalog', async () => {
    const entries = await api.query.pqSignatures.catalog.entries();
    const names = entries.map(([key]) => key.args[0].type);
    assert.deepEqual(names.sort(), [...SCHEMES].sort());
    assert.ok(entries.every(([, entry]) => entry.unwrap().status.isEnabled));
  });

  test('answers through its runtime API', async () => {
    const catalog = await api.call.pqSignaturesApi.catalog();
    assert.equal(catalog.length, SCHEMES.length);
    const alice = keyring.addFromUri('//Alice').address;
    assert.ok((await api.call.pqSignaturesApi.accountStatus(alice)).classical.isTrue);
  });
});

test('the library complained of nothing but the refused transaction', () => {
  assert.deepEqual(complaints.filter((complaint) => !REFUSED_UNMARKED.test(complaint)), []);
});
