//! Transfers that a real node refuses, sent as anybody would send them: over RPC. Each for a reason of its
//! own; none changes anything.

use codec::Encode;
use qloak_e2e::{
    node::Node,
    shielded::{address, extrinsic, payment, pool, Person, Purse, TRANSFER},
    wallet::Wallet,
};
use qloak_runtime::constants::currency::QLK;
use qloak_shielded::{
    element::Digest,
    transaction::{Action, Transfer},
};
use qloak_wallet::shielded::{
    draft::{Draft, Order},
    keys::Keys,
};
use serde_json::{json, Value};

use crate::refused::{assert_refused, submit, Case, Refused};

// The codes of the pallet (docs/spec/privacy-credit.md, Checks of a transfer).
const REPEATED_NULLIFIER: Refused = Refused::Custom(64);
const OVERFLOW: Refused = Refused::Custom(65);
const EMPTY_ACTION: Refused = Refused::Custom(66);
const EXPIRED: Refused = Refused::Custom(67);
const FEE_TOO_LOW: Refused = Refused::Custom(68);
const UNKNOWN_ANCHOR: Refused = Refused::NotYet(69);
const ALREADY_SPENT: Refused = Refused::Custom(70);
const TURNSTILE: Refused = Refused::Custom(71);
const RECIPIENT: Refused = Refused::Custom(73);
const INVALID_PROOF: Refused = Refused::Custom(74);
const TOO_FAR_AHEAD: Refused = Refused::NotYet(75);

/// The account of the shielded pool: `modl`, its id, zeros.
const POOL_ACCOUNT: &[u8; 32] = b"modlqlk/pool\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// What is withdrawn where somebody withdraws.
const TAKEN: u64 = QLK as u64;

/// Somebody with three notes, on a node.
struct Stage {
    node: Node,
    wallet: Wallet,
    purse: Purse,
    fee: u64,
}

impl Stage {
    fn new() -> Self {
        let node = Node::development();
        let owner = Person::with_money(&node, "owner", "100");
        for amount in ["10", "11", "12"] {
            owner.shield(amount);
        }
        let fee = pool(&node, None).standard_fee;
        let purse = Purse::open(&node, owner.keys());
        assert_eq!(purse.coins().len(), 3);
        Self {
            wallet: owner.wallet,
            node,
            purse,
            fee,
        }
    }

    /// Pays somebody out of the note with this number.
    fn paying(&self, note: usize, to: &str) -> Order {
        let keys = Keys::of_development(to).unwrap();

        Order {
            inputs: vec![self.purse.coins()[note].0],
            payment: Some(payment(address(&keys), TAKEN)),
            action: Action::Send,
            fee: self.fee,
        }
    }

    fn taking_out(&self, note: usize) -> Order {
        Order {
            payment: None,
            action: withdrawal(TAKEN),
            ..self.paying(note, "//Bob")
        }
    }

    /// Sends a good transaction, and waits until it is in a block that the pool has seen.
    fn land(&mut self, transaction: &[u8]) {
        let hash = submit(&self.node, transaction).expect("a good transaction is taken");
        self.wallet.run(&["tx", "watch", hash.as_str().unwrap()]);
        self.settle();
        self.purse.scan();
    }

    /// Returns when the pool of transactions has seen the block that is the best now.
    fn settle(&self) {
        self.wallet.transfer("//Bob", "//Charlie", "1", &[]);
    }

    /// All that a refused transaction could change: the notes, what the pool holds, what is spent, and
    /// what waits. (The fee changes with every block.)
    fn record(&self) -> (Vec<u8>, Value, Vec<Value>) {
        let all = json!([null, 4096]);
        let nullifiers = self.node.rpc("shielded_nullifiers", all);
        let pool = pool(&self.node, None);
        let pool = (pool.anchor, pool.turnstile).encode();
        (pool, nullifiers["answer"].clone(), self.waiting())
    }

    /// The transactions that wait for a block. One that is in a block may be listed a moment longer, and is
    /// left out.
    fn waiting(&self) -> Vec<Value> {
        let listed = self.node.rpc("author_pendingExtrinsics", json!([]));
        let mut waiting = listed.as_array().expect("a list").clone();
        for number in 0..=self.node.height() {
            let hash = self.node.rpc("chain_getBlockHash", json!([number]));
            let block = self.node.rpc("chain_getBlock", json!([hash]));
            let body = block["block"]["extrinsics"].as_array().expect("a body");
            waiting.retain(|transaction| !body.contains(transaction));
        }
        waiting
    }
}

fn withdrawal(value: u64) -> Action {
    Action::Withdraw {
        value,
        recipient: [7; 32],
    }
}

/// A draft and its proof, both good.
struct Good {
    transfer: Transfer,
    proof: Vec<u8>,
}

impl Good {
    fn of(draft: &Draft) -> Self {
        Self {
            transfer: draft.transfer.clone(),
            proof: draft.prove().expect("a good draft is proven"),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        extrinsic(&self.transfer, &self.proof)
    }

    /// The proof with another transfer.
    fn but(&self, change: impl FnOnce(&mut Transfer)) -> Vec<u8> {
        let mut transfer = self.transfer.clone();
        change(&mut transfer);
        extrinsic(&transfer, &self.proof)
    }

    /// The transfer with another proof.
    fn with_proof(&self, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut proof = self.proof.clone();
        change(&mut proof);
        extrinsic(&self.transfer, &proof)
    }
}

#[test]
fn each_thing_wrong_with_a_transfer_is_refused_for_its_own_reason_and_changes_nothing() {
    let mut stage = Stage::new();
    stage.settle();
    let before = stage.record();
    let sending = Good::of(&stage.purse.draft(&stage.paying(0, "//Bob")));
    let taking = Good::of(&stage.purse.draft(&stage.taking_out(1)));

    assert_refused(&stage.node, "shielded", &changed(&sending));
    assert_refused(&stage.node, "shielded", &changed_withdrawal(&taking));
    assert_refused(
        &stage.node,
        "shielded",
        &against_the_rules(&sending, &taking),
    );
    assert_refused(&stage.node, "shielded", &wrong_proofs(&sending, &taking));
    assert_refused(&stage.node, "shielded", &[of_another_chain(&stage)]);
    assert_refused(&stage.node, "shielded", &malformed(&sending));
    too_large(&stage.node);
    stage.settle();
    assert_eq!(
        stage.record(),
        before,
        "a refused transaction has changed something"
    );

    // They were good, but for what was wrong with them.
    stage.land(&sending.bytes());
    stage.land(&taking.bytes());
    assert_ne!(stage.record().1, before.1);
}

/// A bit of what the proof is bound to.
fn changed(good: &Good) -> Vec<Case> {
    [
        (
            "a ciphertext",
            good.but(|it| it.outputs[0].ciphertext.compact.kem[700] ^= 1),
        ),
        (
            "a confirmation",
            good.but(|it| it.outputs[1].ciphertext.compact.confirmation[0] ^= 1),
        ),
        (
            "a body",
            good.but(|it| it.outputs[0].ciphertext.compact.body[9] ^= 1),
        ),
        (
            "a memo",
            good.but(|it| it.outputs[0].ciphertext.memo[0] ^= 1),
        ),
        (
            "what the sender reads",
            good.but(|it| it.outputs[0].ciphertext.outgoing[0] ^= 1),
        ),
        (
            "the order of the outputs",
            good.but(|it| it.outputs.swap(0, 1)),
        ),
        (
            "the order of the nullifiers",
            good.but(|it| it.nullifiers.swap(0, 1)),
        ),
        (
            "a commitment",
            good.but(|it| it.outputs[0].commitment = it.credit),
        ),
        (
            "whose the credit is",
            good.but(|it| it.credit = it.outputs[0].commitment),
        ),
        ("a greater fee", good.but(|it| it.fee += 1)),
        ("a smaller fee", good.but(|it| it.fee -= 1)),
        ("a longer life", good.but(|it| it.valid_until += 1)),
        ("an action", good.but(|it| it.action = withdrawal(TAKEN))),
    ]
    .map(|(what, transaction)| (what, transaction, INVALID_PROOF))
    .into()
}

fn changed_withdrawal(good: &Good) -> Vec<Case> {
    let to = |value, recipient| good.but(|it| it.action = Action::Withdraw { value, recipient });
    let mut other = [7; 32];
    other[31] ^= 1;
    vec![
        ("another recipient", to(TAKEN, other), INVALID_PROOF),
        ("a unit more", to(TAKEN + 1, [7; 32]), INVALID_PROOF),
        (
            "nothing",
            good.but(|it| it.action = Action::Send),
            INVALID_PROOF,
        ),
        ("nothing taken out", to(0, [7; 32]), EMPTY_ACTION),
        ("more than the pool has", to(1 << 62, [7; 32]), TURNSTILE),
        ("too little for a new account", to(1, [9; 32]), RECIPIENT),
        ("to the pool itself", to(TAKEN, *POOL_ACCOUNT), RECIPIENT),
    ]
}

fn against_the_rules(sending: &Good, taking: &Good) -> Vec<Case> {
    let repeated = |it: &mut Transfer| it.nullifiers[1] = it.nullifiers[0];
    let never = sending.transfer.nullifiers[0];
    vec![
        ("one note twice", sending.but(repeated), REPEATED_NULLIFIER),
        (
            "sums that overflow",
            taking.but(|it| it.fee = u64::MAX),
            OVERFLOW,
        ),
        ("too late", sending.but(|it| it.valid_until = 0), EXPIRED),
        (
            "a life without end",
            sending.but(|it| it.valid_until = u32::MAX),
            TOO_FAR_AHEAD,
        ),
        ("a low fee", sending.but(|it| it.fee = 1), FEE_TOO_LOW),
        (
            "a root that never was",
            sending.but(|it| it.anchor = never),
            UNKNOWN_ANCHOR,
        ),
    ]
}

fn wrong_proofs(sending: &Good, taking: &Good) -> Vec<Case> {
    let last = sending.proof.len() - 1;
    let flip = |place: usize| sending.with_proof(|proof| proof[place] ^= 1);
    [
        ("the first byte of the proof", flip(0)),
        ("a byte in the middle of it", flip(last / 2)),
        ("its last byte", flip(last)),
        (
            "a byte less",
            sending.with_proof(|proof| proof.truncate(last)),
        ),
        ("a byte more", sending.with_proof(|proof| proof.push(0))),
        ("no proof", sending.with_proof(Vec::clear)),
        ("zeros", sending.with_proof(|proof| proof.fill(0))),
        (
            "another transfer's",
            extrinsic(&sending.transfer, &taking.proof),
        ),
    ]
    .map(|(what, transaction)| (what, transaction, INVALID_PROOF))
    .into()
}

/// A good proof, for a chain that begins otherwise.
fn of_another_chain(stage: &Stage) -> Case {
    let order = stage.paying(0, "//Bob");
    let elsewhere = Good::of(&stage.purse.draft_elsewhere(&order, [9; 32]));
    ("another chain's", elsewhere.bytes(), INVALID_PROOF)
}

/// With the length in front.
fn framed(body: &[u8]) -> Vec<u8> {
    body.encode()
}

/// Bytes that are no transfer.
fn malformed(good: &Good) -> Vec<Case> {
    let whole = good.bytes();
    // Behind the length in front, which takes four bytes here.
    let body = &whole[4..];
    let with = |place: usize, byte: u8| {
        let mut body = body.to_vec();
        body[place..place + 4].fill(byte);
        framed(&body)
    };
    let bound =
        qloak_shielded::proof::max_proof_bytes(&qloak_shielded::parameters::Parameters::STANDARD);
    let long = good.with_proof(|proof| proof.resize(bound + 1, 0));
    vec![
        // Version, pallet and call stand before the anchor.
        (
            "an anchor of which an element is too large",
            with(3, 0xff),
            Refused::Undecodable,
        ),
        (
            "the last byte missing",
            framed(&body[..body.len() - 1]),
            Refused::Undecodable,
        ),
        (
            "half of it missing",
            framed(&body[..body.len() / 2]),
            Refused::Undecodable,
        ),
        (
            "a call that there is not",
            framed(&[4, TRANSFER[0], 99]),
            Refused::Undecodable,
        ),
        ("a proof that is too long", long, Refused::Undecodable),
        ("garbage", framed(&[0xa5; 3000]), Refused::Undecodable),
        ("nothing", framed(&[]), Refused::Undecodable),
        (
            "truncated on the way",
            whole[..whole.len() - 1].to_vec(),
            Refused::Unframed,
        ),
    ]
}

/// More than a block takes: not decoded at all, or not even read.
fn too_large(node: &Node) {
    let garbage = framed(&vec![4; 6 << 20]);
    let error = submit(node, &garbage).expect_err("six megabytes of garbage");
    assert!(Refused::Undecodable.is(&error), "{error}");
}

#[test]
fn a_note_is_spent_once_in_the_pool_and_in_the_chain() {
    let mut stage = Stage::new();
    stage.settle();
    let [first, rival] = ["//Bob", "//Charlie"].map(|to| stage.paying(0, to));
    let [first, rival] = [first, rival].map(|order| Good::of(&stage.purse.draft(&order)));
    let again = Good::of(&stage.purse.draft(&stage.paying(0, "//Bob")));
    assert_ne!(first.proof, again.proof);

    // A block may come between the two, and then the answer is another one. So with each of the
    // notes, until none came.
    let outbid = (0..3).any(|note| spend_twice_at_once(&stage, note));
    assert!(outbid, "the pool of transactions was never asked in time");
    stage.settle();

    for (what, transaction) in [
        ("to somebody else", rival.bytes()),
        ("once more", again.bytes()),
    ] {
        assert_refused(
            &stage.node,
            "shielded",
            &[(what, transaction, ALREADY_SPENT)],
        );
    }
    let before = stage.record();
    stage.purse.scan();
    assert!(stage
        .purse
        .coins()
        .iter()
        .all(|(_, value)| *value != 10 * TAKEN));
    replayed(&mut stage);
    assert_ne!(stage.record().1, before.1);
}

/// Whether the second transaction found the first one waiting.
fn spend_twice_at_once(stage: &Stage, note: usize) -> bool {
    stage.settle();
    let [one, other] = ["//Bob", "//Charlie"].map(|to| {
        let order = stage.paying(note, to);
        Good::of(&stage.purse.draft(&order)).bytes()
    });
    submit(&stage.node, &one).expect("the first is taken");
    let error = submit(&stage.node, &other).expect_err("the second is not");
    assert!(
        Refused::Outbid.is(&error) || ALREADY_SPENT.is(&error),
        "{error}"
    );
    Refused::Outbid.is(&error)
}

/// The very bytes of a transaction that is in a block, and the same transfer with another proof.
fn replayed(stage: &mut Stage) {
    let note = stage.purse.coins().len() - 1;
    let draft = stage.purse.draft(&stage.paying(note, "//Bob"));
    let (once, twice) = (Good::of(&draft), Good::of(&draft));
    assert_ne!(once.proof, twice.proof, "a proof hides by chance");
    stage.land(&once.bytes());
    let error = submit(&stage.node, &once.bytes()).expect_err("a replay");
    assert!(
        Refused::Banned.is(&error) || ALREADY_SPENT.is(&error),
        "{error}"
    );
    assert_refused(
        &stage.node,
        "shielded",
        &[("with another proof", twice.bytes(), ALREADY_SPENT)],
    );
}

/// What is sent is what was proven, and who is paid finds it.
#[test]
fn a_transfer_made_by_the_library_arrives() {
    let mut stage = Stage::new();
    let bob = Purse::open(&stage.node, Keys::of_development("//Bob").unwrap());
    assert!(bob.coins().is_empty());
    let draft = stage.purse.draft(&stage.paying(2, "//Bob"));
    stage.land(&Good::of(&draft).bytes());
    let bob = Purse::open(&stage.node, Keys::of_development("//Bob").unwrap());
    let values: Vec<u64> = bob.coins().iter().map(|(_, value)| *value).collect();
    assert_eq!(values, [TAKEN]);
    assert_ne!(draft.transfer.anchor, Digest::ZERO);
}
