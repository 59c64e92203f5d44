// A post-quantum account in JavaScript, written from docs/spec/accounts.md: nothing of this repository's
// code takes part, and ML-DSA-65 is another implementation than the chain's.

import { hkdfSync, pbkdf2Sync, randomBytes } from 'node:crypto';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa';
import { compactToU8a, stringToU8a, u8aConcat, u8aToHex } from '@polkadot/util';
import { blake2AsU8a, encodeAddress } from '@polkadot/util-crypto';

const SCHEME = 1;
const VARIANT = { withKey: 16 + 2 * SCHEME, registered: 17 + 2 * SCHEME };
const FORM = { withKey: 0x40, registered: 0x41 };
const CONTEXT = stringToU8a('qloak/tx/v1');
const PREFIX = 11706;
const LONGEST_UNHASHED = 256;

const bytes = (vector) => u8aConcat(compactToU8a(vector.length), vector);

/** The seed of the key at a path of hard junctions under a phrase. */
export function seedOf(phrase, junctions) {
  const master = pbkdf2Sync(phrase.normalize('NFKD'), 'mnemonic', 2048, 64, 'sha512');
  const parts = junctions.map((junction) => {
    const text = stringToU8a(junction);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, text.length, true);
    return u8aConcat(length, text);
  });
  return new Uint8Array(hkdfSync('sha512', master, 'qloak/derive/v1', u8aConcat([SCHEME], ...parts), 32));
}

/** What a key signs for a transaction. */
export function messageOf(form, account, payload) {
  const short = payload.length > LONGEST_UNHASHED ? blake2AsU8a(payload) : payload;
  return u8aConcat([FORM[form]], account, short);
}

/** Signs as wallets do, with fresh randomness; `random` is for test vectors. */
export const sign = (secret, message, random = randomBytes(32)) => ml_dsa65.sign(secret, message, CONTEXT, random);

/** An account by the seed of its first key. */
export class PqAccount {
  constructor(seed) {
    const { publicKey, secretKey } = ml_dsa65.keygen(seed);
    this.public = publicKey;
    this.secret = secretKey;
    this.id = blake2AsU8a(u8aConcat(stringToU8a('qloak/account/v1'), [SCHEME], publicKey));
    this.address = encodeAddress(this.id, PREFIX);
  }

  /** The enum that goes into the extrinsic. */
  signature(form, raw) {
    const key = form === 'withKey' ? bytes(this.public) : new Uint8Array();
    return u8aToHex(u8aConcat([VARIANT[form]], key, bytes(raw)));
  }

  /** A `Signer` for the stock API; by the registered key if the chain knows it, unless told otherwise. */
  signer(api, forced) {
    return {
      signPayload: async (payload) => {
        const known = (await api.call.pqSignaturesApi.keyOf(this.id)).isSome;
        const form = forced ?? (known ? 'registered' : 'withKey');
        const raw = api.registry.createType('ExtrinsicPayload', payload, { version: payload.version }).toU8a({ method: true });
        const signature = sign(this.secret, messageOf(form, this.id, raw));
        return { id: 1, signature: this.signature(form, signature) };
      },
    };
  }
}
