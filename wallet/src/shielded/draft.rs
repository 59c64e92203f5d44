//! Transactions of the pool: put together, proven, written as bytes.

use codec::{Compact, Decode, Encode};
use qloak_shielded::address::AddressSecret;
use qloak_shielded::element::{Digest, Element};
use qloak_shielded::encryption::{seal, OutputSeed, Payment, SealedNote};
use qloak_shielded::hash::{compress, compress_tagged, Tag, PAYLOAD_ELEMENTS};
use qloak_shielded::memo::Memo;
use qloak_shielded::note::{Asset, Note};
use qloak_shielded::nullifier::nullifier;
use qloak_shielded::prover;
use qloak_shielded::statement::{Statement, INPUTS, OUTPUTS};
use qloak_shielded::transaction::{Action, Deposit, Output, Transfer};
use qloak_shielded::witness::{InputWitness, Witness};
use zeroize::Zeroizing;

pub use super::attempt::LIFETIME;
use super::dummy::DummySeed;
use super::keys::Keys;
use super::state::{Checkpoint, Place, State};
use super::ShieldedError;

/// What a transfer is to do.
#[derive(Clone, Debug)]
pub struct Order {
    /// The positions of the notes that it spends; two at most.
    pub inputs: Vec<u32>,
    /// Whom it pays inside the pool.
    pub payment: Option<Payment>,
    /// What it does outside.
    pub action: Action,
    /// The fee.
    pub fee: u64,
}

/// A transfer with all that its proof needs.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What will be sent.
    pub transfer: Transfer,
    /// What its dummy is made of, if it has one.
    pub dummy: Option<DummySeed>,
    statement: Statement,
    witness: Witness,
}

impl Order {
    /// What leaves the pool or goes to the recipient, the fee included.
    fn spent(&self) -> u128 {
        let paid = self.payment.as_ref().map_or(0, |payment| payment.value);
        let withdrawn = match self.action {
            Action::Withdraw { value, .. } => value,
            _ => 0,
        };
        u128::from(paid) + u128::from(withdrawn) + u128::from(self.fee)
    }

    /// Puts the transfer together: what the notes are worth more goes back as change.
    ///
    /// # Errors
    /// [`ShieldedError`]: a note that cannot be spent at the anchor, no randomness, keys that only see.
    pub fn draft(
        &self,
        keys: &Keys,
        state: &State,
        anchor: &Checkpoint,
    ) -> Result<Draft, ShieldedError> {
        let internal = keys.internal();
        let internal = internal.ok_or(ShieldedError::CannotSpend(keys.sight()))?;
        let (inputs, dummy) = self.inputs(keys, state, anchor)?;
        let nullifiers = [0, 1].map(|index: usize| nullifier_of(&inputs[index]));
        let coins: u128 = inputs.iter().map(|input| u128::from(input.value)).sum();
        let rest = coins
            .checked_sub(self.spent())
            .and_then(|rest| u64::try_from(rest).ok())
            .ok_or_else(|| ShieldedError::TooLarge("what is left over".into()))?;
        let change = to_self(keys, rest)?;
        let payment = match &self.payment {
            Some(payment) => payment.clone(),
            None => to_self(keys, 0)?,
        };
        let sealed = [
            seal_output(keys, &payment, &nullifiers, 0)?,
            seal_output(keys, &change, &nullifiers, 1)?,
        ];
        let transfer = Transfer {
            anchor: anchor.tree.root(),
            nullifiers,
            outputs: [0, 1].map(|index: usize| output(&sealed[index])),
            credit: internal.credit(&nullifiers).hide(),
            fee: self.fee,
            valid_until: anchor.block.number.saturating_add(LIFETIME),
            action: self.action.clone(),
        };
        let statement = transfer
            .statement(&state.genesis)
            .map_err(|error| ShieldedError::Proving(error.to_string()))?;
        let outputs: [Note; OUTPUTS] = sealed.map(|sealed| sealed.note);
        Ok(Draft {
            transfer,
            dummy,
            statement,
            witness: Witness { inputs, outputs },
        })
    }

    /// What is known of the transaction before it has dummies.
    fn purpose(&self, inputs: &[InputWitness], anchor: &Checkpoint) -> Zeroizing<Vec<u8>> {
        let spent: Vec<_> = inputs.iter().map(nullifier_of).collect();
        let mut purpose =
            Zeroizing::new((anchor.tree.root(), spent, self.fee, &self.action).encode());
        if let Some(Payment {
            address,
            asset,
            value,
            memo,
        }) = &self.payment
        {
            purpose.extend_from_slice(&address.handle().0);
            (asset, value).encode_to(&mut *purpose);
            purpose.extend_from_slice(memo.as_bytes());
        }
        purpose
    }

    fn inputs(
        &self,
        keys: &Keys,
        state: &State,
        anchor: &Checkpoint,
    ) -> Result<([InputWitness; INPUTS], Option<DummySeed>), ShieldedError> {
        let mut inputs = Vec::with_capacity(INPUTS);
        let mut dummy = None;
        for position in &self.inputs {
            let input = input(keys, state, anchor, *position)?;
            inputs.push(input.ok_or(ShieldedError::NotAnchored(*position))?);
        }
        while inputs.len() < INPUTS {
            let spent: Vec<_> = inputs.iter().map(nullifier_of).collect();
            let seed = match state.attempts.dummy_beside(&spent) {
                Some(seed) => seed.clone(),
                None => DummySeed::new(keys, &*random()?, &self.purpose(&inputs, anchor)),
            };
            inputs.push(seed.input(keys)?);
            dummy = Some(seed);
        }
        let inputs = inputs
            .try_into()
            .map_err(|_| ShieldedError::Proving("more than two notes were to be spent".into()))?;
        Ok((inputs, dummy))
    }
}

fn input(
    keys: &Keys,
    state: &State,
    anchor: &Checkpoint,
    position: u32,
) -> Result<Option<InputWitness>, ShieldedError> {
    let spend = keys.spend()?;
    let (Some(owned), Some(path)) = (state.notes.get(&position), state.path(anchor, position))
    else {
        return Ok(None);
    };
    let diversifier = match owned.place {
        Place::Internal => change(keys)?.diversifier().clone(),
        Place::Address(index) => keys.address(index)?.diversifier().clone(),
    };
    Ok(owned.randomness().map(|randomness| InputWitness {
        ask: spend.ask().clone(),
        nk: spend.nk().clone(),
        diversifier,
        randomness,
        asset: owned.asset,
        value: owned.value,
        path,
    }))
}

/// A payment of change, or one of nothing that only fills up a transaction.
fn to_self(keys: &Keys, value: u64) -> Result<Payment, ShieldedError> {
    Ok(Payment {
        address: change(keys)?.address().clone(),
        asset: Asset::Qlk,
        value,
        memo: Memo::EMPTY,
    })
}

fn change(keys: &Keys) -> Result<&AddressSecret, ShieldedError> {
    keys.change()
        .ok_or(ShieldedError::CannotSpend(keys.sight()))
}

fn seal_output(
    keys: &Keys,
    payment: &Payment,
    spent: &[Digest],
    index: u8,
) -> Result<SealedNote, ShieldedError> {
    let seed = OutputSeed::hedged(keys.spend()?, &*random()?, spent, index, payment);
    seal(payment, &seed, keys.outgoing())
        .map_err(|error| ShieldedError::Encryption(error.to_string()))
}

fn output(sealed: &SealedNote) -> Output {
    Output {
        commitment: sealed.commitment,
        ciphertext: sealed.ciphertext.clone(),
    }
}

/// What a public account puts into the pool.
///
/// # Errors
/// [`ShieldedError::CannotSpend`], [`ShieldedError::Encryption`], [`ShieldedError::Randomness`].
pub fn deposit(keys: &Keys, payment: &Payment) -> Result<Deposit, ShieldedError> {
    let sealed = seal_output(keys, payment, &[], 0)?;
    Ok(Deposit {
        value: payment.value,
        hide: sealed.note.hide(),
        ciphertext: sealed.ciphertext,
    })
}

impl Draft {
    /// Makes the proof. It takes all cores for a while.
    ///
    /// # Errors
    /// [`ShieldedError::Proving`].
    pub fn prove(&self) -> Result<Vec<u8>, ShieldedError> {
        prover::prove(&self.statement, &self.witness)
            .map_err(|error| ShieldedError::Proving(error.to_string()))
    }

    /// What the proof says.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }
}

/// The extrinsic: bare, version 4, with its length in front.
pub fn extrinsic(call: [u8; 2], transfer: &Transfer, proof: &[u8]) -> Vec<u8> {
    const BARE_V4: u8 = 4;
    let mut body = vec![BARE_V4, call[0], call[1]];
    transfer.encode_to(&mut body);
    proof.encode_to(&mut body);
    let mut bytes = Compact(body.len() as u32).encode();
    bytes.extend(body);
    bytes
}

/// The name of the transfer in an extrinsic, whatever it is wrapped into; nothing if it holds none.
pub fn name_of(extrinsic: &[u8], genesis: &[u8; 32]) -> Option<Digest> {
    const BARE: [u8; 2] = [4, 5];
    let mut rest = extrinsic;
    Compact::<u32>::decode(&mut rest).ok()?;
    let (version, rest) = rest.split_first()?;
    if !BARE.contains(version) {
        return None;
    }
    let (_call, mut rest) = rest.split_at_checked(2)?;
    let transfer = Transfer::decode(&mut rest).ok()?;
    Some(transfer.binding(genesis))
}

/// The nullifier of an input, a dummy included: for that one there is no viewing key to ask.
fn nullifier_of(input: &InputWitness) -> Digest {
    let zeros = [Element::default(); PAYLOAD_ELEMENTS];
    let ak = compress_tagged(&Digest(input.ask.expose()), Tag::Ak, &zeros);
    let account = compress(&ak, &Digest(input.nk.expose()));
    let note = Note {
        asset: input.asset,
        value: input.value,
        owner: compress_tagged(&account, Tag::Owner, &input.diversifier.expose()),
        randomness: input.randomness.clone(),
    };
    nullifier(&input.nk, input.path.position, &note.commitment())
}

fn random() -> Result<Zeroizing<[u8; 32]>, ShieldedError> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|error| ShieldedError::Randomness(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use crate::shielded::model::{Person, TestChain, GENESIS};

    #[test]
    fn a_renamed_extrinsic_holds_the_same_payment() {
        let mut chain = TestChain::new();
        let mut alice = Person::new("//Alice");
        chain.seal(&[alice.deposit(100)], &[]);
        chain.reach_anchor();
        alice.scan(&chain).unwrap();
        let transfer = alice.draft(None, Action::Send).transfer;
        let mut bytes = extrinsic([9, 1], &transfer, &[7; 20]);
        let name = Some(transfer.binding(&GENESIS));
        assert_eq!(name_of(&bytes, &GENESIS), name);
        let version = Compact(bytes.len() as u32).encode().len();
        assert_eq!(bytes[version], 4);
        bytes[version] = 5;
        assert_eq!(name_of(&bytes, &GENESIS), name);
        bytes[version] = 0x84;
        assert_eq!(name_of(&bytes, &GENESIS), None, "signed");
        assert_eq!(name_of(&bytes[..900], &GENESIS), None);
        assert_eq!(name_of(&[], &GENESIS), None);
    }
}
