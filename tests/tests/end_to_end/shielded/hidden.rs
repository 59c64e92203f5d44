//! An observer who reads the whole chain finds nothing of a payment: no amount, no address, no memo, no
//! key, and nothing that leads from the money that went in to the money that came out.
//!
//! Such a test finds blunders, and proves nothing. Whether it would find one is shown on the spot: the
//! same observer finds what is public, what two public payments of one account share, and everything
//! hidden once it is planted.

use qloak_e2e::{
    node::Node,
    shielded::{
        number,
        observer::{links, Commonplace, Document, Hidden, Observed, Trace},
        Person,
    },
};
use qloak_runtime::constants::currency::QLK;
use qloak_wallet::shielded::keys::Keys;
use serde_json::Value;

const MEMO: &str = "the violin of my grandmother, as agreed on Tuesday";
/// Amounts of which no six bytes stand anywhere by chance.
const DEPOSITS: [&str; 2] = ["31.415926535897", "27.182818284591"];
const PAID: &str = "44.669201609103";
const TAKEN: &str = "16.180339887499";
/// As much as the two deposits and the payment need together, and the fees.
const MONEY: &str = "60";

/// Alice, who makes all blocks of a development chain. Her share of a fee is an event of hers, whoever pays.
const BLOCK_AUTHOR: &str = "02bec644013b45ff76875081a0f428d600b36ebe47b11b9e1e7cc034c6baa8d6";

/// So many of the smallest unit, of which there are 10^12 in a QLK.
fn units(amount: &str) -> u128 {
    let (whole, rest) = amount.split_once('.').expect("a decimal amount");
    let number = |text: &str| text.parse::<u128>().expect("digits");
    number(whole) * QLK + number(rest) * QLK / 10u128.pow(rest.len() as u32)
}

/// Two people's part of a chain's history, and a payee's public account.
struct Payments {
    payer: Keys,
    payee: Keys,
    deposits: [Value; 2],
    paid: Value,
    taken: Value,
    account: Vec<u8>,
}

impl Payments {
    fn make(node: &Node, amounts: ([&str; 2], &str, &str), memo: &str) -> Self {
        let (deposits, paid, taken) = amounts;
        let payer = Person::with_money(node, "payer", MONEY);
        let payee = Person::new(node, "payee");
        let deposits = deposits.map(|amount| payer.shield(amount));
        let paid = payer.pay(&payee, paid, &["--memo", memo]);
        let account = payee.wallet.run(&["account", "show", "payee"]);
        let address = account["address"].as_str().expect("an address");
        let taken = payee.unshield(address, taken, &[]);
        let account = account["account_id"].as_str().expect("an id");
        Self {
            payer: payer.keys(),
            payee: payee.keys(),
            account: hex::decode(account.trim_start_matches("0x")).expect("an id"),
            deposits,
            paid,
            taken,
        }
    }

    fn trace<'a>(&self, chain: &'a Observed, of: &Value) -> Trace<'a> {
        chain.trace(&of["transaction"])
    }

    fn traces<'a>(&self, chain: &'a Observed) -> [Trace<'a>; 4] {
        let [first, second] = &self.deposits;
        [first, second, &self.paid, &self.taken].map(|of| self.trace(chain, of))
    }
}

#[test]
fn an_observer_of_the_whole_chain_finds_nothing_of_a_payment() {
    let node = Node::development();
    let strangers = Payments::make(&node, (["20.1", "21.2"], "30.3", "10.4"), "hello");
    let payments = Payments::make(&node, (DEPOSITS, PAID, TAKEN), MEMO);
    let chain = Observed::of(&node);
    let hidden = hidden(&payments);

    assert_eq!(chain.leaks(&hidden), [], "the chain shows what is hidden");
    what_is_public_is_found(&chain, &payments);
    what_is_planted_is_found(&chain, &hidden);
    nothing_leads_from_the_deposit_to_the_withdrawal(&chain, &strangers, &payments);
}

fn hidden(payments: &Payments) -> Vec<Hidden> {
    let fee = |sent: &Value| number(&sent["fee"]);
    let deposited: u128 = DEPOSITS.iter().map(|amount| units(amount)).sum();
    let change = deposited - units(PAID) - fee(&payments.paid);
    let left = units(PAID) - units(TAKEN) - fee(&payments.taken);
    let mut hidden = Vec::new();
    hidden.extend(Hidden::amount("what was paid", units(PAID)));
    hidden.extend(Hidden::amount("the payer's change", change));
    hidden.extend(Hidden::amount("what the payee kept", left));
    // Paid, and what was paid with: the note and the fee, which nobody is to add up.
    hidden.extend(Hidden::amount(
        "all that was spent",
        units(PAID) + fee(&payments.paid),
    ));
    hidden.push(Hidden::new("the memo", MEMO));
    for (whose, keys) in [("payer", &payments.payer), ("payee", &payments.payee)] {
        hidden.extend(of_keys(whose, keys));
    }
    hidden
}

/// Everything by which an account could be known: its addresses, and its keys.
fn of_keys(whose: &str, keys: &Keys) -> Vec<Hidden> {
    let spend = keys.spend().expect("their own keys");
    let view = spend.full_viewing_key();
    let (incoming, internal) = (view.incoming(), view.internal());
    let addresses = [0, 1].map(|index| (format!("address {index}"), incoming.address(index)));
    let change = ("the address for change".to_owned(), internal.address());
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, secret) in addresses.into_iter().chain([change]) {
        let address = secret.address();
        parts.push((
            format!("owner of {name}"),
            address.owner().to_bytes().into(),
        ));
        parts.push((format!("KEM key of {name}"), address.kem_key().to_vec()));
        parts.push((format!("handle of {name}"), address.handle().0.into()));
        let text = address.handle().to_string().into_bytes();
        parts.push((format!("handle of {name} as text"), text));
    }
    let elements = |name: &str, digest: [_; 8]| {
        let digest = qloak_shielded::element::Digest(digest);
        (name.to_owned(), digest.to_bytes().to_vec())
    };
    parts.push(elements("spending key", spend.ask().expose()));
    parts.push(elements("nullifier key", view.nk().expose()));
    // ak, nk, address key and outgoing key; account and address key; outgoing key.
    for (name, text) in [
        ("full viewing key", view.export()),
        ("incoming viewing key", incoming.export()),
        ("outgoing viewing key", view.outgoing().export()),
    ] {
        parts.push((name.into(), payload(&text)));
        parts.push((format!("{name} as text"), text.as_bytes().to_vec()));
    }
    let named =
        |(name, bytes): (String, Vec<u8>)| Hidden::new(format!("{name} of the {whose}"), bytes);
    parts.into_iter().map(named).collect()
}

/// The bytes in a text of Bech32: five bits in each character between the last `1` and the six characters
/// of the checksum.
fn payload(text: &str) -> Vec<u8> {
    const CHARACTERS: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let (_, data) = text.rsplit_once('1').expect("a separator");
    let value = |character| CHARACTERS.find(character).expect("a character of Bech32");
    let bits: Vec<usize> = data[..data.len() - 6]
        .chars()
        .flat_map(|character| (0..5).rev().map(move |bit| value(character) >> bit & 1))
        .collect();
    let byte = |bits: &[usize]| bits.iter().fold(0, |byte, bit| byte << 1 | *bit as u8);
    bits.chunks_exact(8).map(byte).collect()
}

fn what_is_public_is_found(chain: &Observed, payments: &Payments) {
    for amount in DEPOSITS.into_iter().chain([TAKEN]) {
        let value = u64::try_from(units(amount)).expect("a note's value");
        let places = chain.find(&value.to_le_bytes());
        for part in ["extrinsic", "events"] {
            assert!(
                places.iter().any(|place| place.contains(part)),
                "{amount}: {places:?}"
            );
        }
        assert!(!chain
            .leaks(&Hidden::amount("public", value.into()))
            .is_empty());
    }
    let places = chain.find(&payments.account);
    for part in ["state key", "extrinsic", "events"] {
        assert!(
            places.iter().any(|place| place.contains(part)),
            "{places:?}"
        );
    }
}

/// Each hidden thing is found, and nothing else is, where it stands among the bytes of a real transaction.
fn what_is_planted_is_found(chain: &Observed, hidden: &[Hidden]) {
    let largest = chain
        .documents
        .iter()
        .filter(|document| document.place.contains("extrinsic"));
    let largest = largest.max_by_key(|document| document.bytes.len());
    let bytes = &largest.expect("a transaction").bytes;
    let (front, back) = bytes.split_at(bytes.len() / 3);
    for thing in hidden {
        let part = &thing.bytes[..thing.bytes.len().min(24)];
        let planted = Observed {
            documents: vec![Document {
                place: "planted".into(),
                bytes: [front, part, back].concat(),
            }],
        };
        let leaks = planted.leaks(std::slice::from_ref(thing));
        assert_eq!(leaks, [(thing.name.clone(), "planted".into())]);
    }
}

fn nothing_leads_from_the_deposit_to_the_withdrawal(
    chain: &Observed,
    strangers: &Payments,
    payments: &Payments,
) {
    // What strangers do in the same way shows what all transactions have in common.
    let common = strangers.traces(chain);
    let common = [&payments.paid, &payments.taken]
        .map(set_by_the_block)
        .iter()
        .fold(Commonplace::of(&common), |common, bytes| common.and(bytes));
    // Two who paid another fee than the strangers would share that.
    assert_eq!(strangers.paid["fee"], payments.paid["fee"]);
    assert_eq!(strangers.paid["fee"], payments.taken["fee"]);
    let [first, second, paid, taken] = payments.traces(chain);
    for (what, one, other) in [
        ("a deposit and the payment", &first, &paid),
        ("the other deposit and the payment", &second, &paid),
        ("the payment and the withdrawal", &paid, &taken),
        ("a deposit and the withdrawal", &first, &taken),
        ("the other deposit and the withdrawal", &second, &taken),
    ] {
        let links: Vec<String> = links(one, other, &common).iter().map(hex::encode).collect();
        assert!(links.is_empty(), "{what} share {links:?}");
    }
    a_link_is_found(&common, payments, [&first, &second, &paid]);
}

/// The end of a transfer's event, and the beginning of the next one: its fee, the least fee, which is burnt, and the rate of
/// credits. The latter two are those of its block, and blocks that follow each other have nearly the same. Then what the
/// author of the block gets of the fee, and who that is.
fn set_by_the_block(sent: &Value) -> Vec<u8> {
    let events = sent["transaction"]["events"].as_array().expect("events");
    let transferred = events.iter().find(|event| event["name"] == "Transferred");
    let fields = &transferred.expect("a transfer")["fields"];
    let numbers = ["fee", "burnt", "credits"]
        .map(|field| u64::try_from(number(&fields[field])).expect("64 bits"));
    let author = hex::decode(BLOCK_AUTHOR).expect("an account id");
    let share = u128::from(numbers[0] - numbers[1]).to_le_bytes();
    let numbers = numbers.map(u64::to_le_bytes);
    [numbers.as_flattened(), &[0, 0], &author, &share, &[0, 0]].concat()
}

/// Two deposits of one account do share something: its id. So would a payment that showed what it spends.
fn a_link_is_found(common: &Commonplace, payments: &Payments, traces: [&Trace<'_>; 3]) {
    let [first, second, paid] = traces;
    let sender = payments.deposits[0]["from"].as_str().expect("an address");
    let (sender, _) = qloak_wallet::address::parse(sender).expect("an address");
    let found = links(first, second, common);
    assert!(
        found
            .iter()
            .any(|link| link.windows(32).any(|id| id == sender.0)),
        "{found:?}"
    );

    let deposit = first.0[0];
    let shown = &deposit[deposit.len() - 500..][..24];
    // Another byte before it than in the deposit, so that no more than this is shared.
    let before = !deposit[deposit.len() - 501];
    let telling = [paid.0[0], &[before], shown].concat();
    let telling = Trace(vec![&telling, paid.0[1]]);
    // The deposit has it twice: in its transaction and in its event.
    assert_eq!(links(first, &telling, common), [shown, shown]);
}
