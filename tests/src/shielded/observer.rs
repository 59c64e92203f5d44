//! Somebody who reads everything that a chain shows, and looks in it for what it should not show.

use std::collections::{HashMap, HashSet};

use serde_json::{json, Value};

use crate::node::Node;

/// The storage value of a block's events.
const SYSTEM_EVENTS: &str = "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7";

/// Keys of the state in a question.
const PAGE: usize = 500;

/// Equal bytes in a row that are no coincidence: one in 2^128 for random ones.
pub const WINDOW: usize = 16;

/// So many of them must be other than the most frequent one. A field of few bytes between zeros is often
/// like another: of one byte, once in 256.
const TELLING: usize = 5;

type Window = [u8; WINDOW];

/// Some bytes that the chain shows, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where they stand, for the message of a test that fails.
    pub place: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Something that nobody but its owner is to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// What it is, for the message of a test that fails.
    pub name: String,
    /// Its bytes as they would stand on the chain.
    pub bytes: Vec<u8>,
}

impl Hidden {
    /// Bytes such as a key. Of 16 or more, any 16 in a row are looked for; of fewer, all.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
        }
    }

    /// An amount, in all the ways in which it could be written: the significant bytes in little-endian
    /// order, which stand in a `u64`, in a `u128` and in SCALE's compact form of so large a number; in
    /// big-endian order; and as text.
    ///
    /// # Panics
    /// If it is so small that it would be found by chance.
    pub fn amount(name: &str, value: u128) -> [Self; 3] {
        assert!(value >= 1 << 40, "{name}: {value} is found by chance");
        let bytes = value.to_be_bytes();
        let big: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
        let little: Vec<u8> = big.iter().rev().copied().collect();
        let text = value.to_string().into_bytes();
        [
            Self::new(format!("{name}, little-endian"), little),
            Self::new(format!("{name}, big-endian"), big),
            Self::new(format!("{name}, as text"), text),
        ]
    }
}

/// Everything that a chain shows: its state, its blocks and their events.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// All of it.
    pub documents: Vec<Document>,
}

fn bytes(answer: &Value) -> Vec<u8> {
    let digits = answer.as_str().map(|text| text.trim_start_matches("0x"));
    // The numbers in a header have an odd number of digits.
    let digits = digits.map(|digits| format!("{}{digits}", "0".repeat(digits.len() % 2)));
    hex::decode(digits.expect("hexadecimal text")).expect("hexadecimal text")
}

impl Observed {
    /// Reads the state at the best block, and all blocks up to it.
    ///
    /// # Panics
    /// If the node does not tell.
    pub fn of(node: &Node) -> Self {
        let head = node.rpc("chain_getBlockHash", json!([]));
        let mut observed = Self::default();
        observed.read_state(node, &head);
        let header = node.rpc("chain_getHeader", json!([head]));
        let last = header["number"].as_str().expect("a number");
        let last = u64::from_str_radix(last.trim_start_matches("0x"), 16).expect("a number");
        for number in 0..=last {
            observed.read_block(node, number);
        }
        observed
    }

    fn note(&mut self, place: String, bytes: Vec<u8>) {
        self.documents.push(Document { place, bytes });
    }

    fn read_state(&mut self, node: &Node, head: &Value) {
        let mut last = Value::Null;
        loop {
            let page = node.rpc("state_getKeysPaged", json!(["0x", PAGE, last, head]));
            let page = page.as_array().expect("a page of keys");
            for key in page {
                let name = key.as_str().expect("a key");
                let value = node.rpc("state_getStorage", json!([key, head]));
                self.note(format!("state key {name}"), bytes(key));
                self.note(format!("state value of {name}"), bytes(&value));
            }
            match page.last() {
                Some(key) if page.len() == PAGE => last = key.clone(),
                _ => return,
            }
        }
    }

    fn read_block(&mut self, node: &Node, number: u64) {
        let hash = node.rpc("chain_getBlockHash", json!([number]));
        let block = node.rpc("chain_getBlock", json!([hash]));
        let block = &block["block"];
        let header = block["header"].as_object().expect("a header");
        for (field, value) in header.iter().filter(|(_, value)| value.is_string()) {
            self.note(format!("block {number}, {field}"), bytes(value));
        }
        for log in block["header"]["digest"]["logs"].as_array().expect("logs") {
            self.note(format!("block {number}, a log"), bytes(log));
        }
        let body = block["extrinsics"].as_array().expect("a body");
        for (index, extrinsic) in body.iter().enumerate() {
            self.note(extrinsic_place(number, index), bytes(extrinsic));
        }
        let events = node.rpc("state_getStorage", json!([SYSTEM_EVENTS, hash]));
        if !events.is_null() {
            self.note(events_place(number), bytes(&events));
        }
    }

    /// The places where these bytes stand.
    pub fn find(&self, wanted: &[u8]) -> Vec<&str> {
        let has = |document: &&Document| contains(&document.bytes, wanted);
        let found = self.documents.iter().filter(has);
        found.map(|document| document.place.as_str()).collect()
    }

    /// What of the hidden things stands where.
    pub fn leaks(&self, hidden: &[Hidden]) -> Vec<(String, String)> {
        let (long, short): (Vec<_>, Vec<_>) =
            hidden.iter().partition(|thing| thing.bytes.len() >= WINDOW);
        let mut parts: HashMap<Window, &str> = HashMap::new();
        for thing in long {
            let named = windows(&thing.bytes).map(|window| (window, thing.name.as_str()));
            parts.extend(named);
        }
        let mut leaks = Vec::new();
        for Document { place, bytes } in &self.documents {
            let mut here: HashSet<&str> = windows(bytes)
                .filter_map(|window| parts.get(&window).copied())
                .collect();
            here.extend(
                short
                    .iter()
                    .filter(|thing| contains(bytes, &thing.bytes))
                    .map(|thing| thing.name.as_str()),
            );
            leaks.extend(here.into_iter().map(|name| (name.into(), place.clone())));
        }
        leaks
    }

    /// What a transaction left on the chain: itself, and the events of its block.
    ///
    /// # Panics
    /// If it is not there.
    pub fn trace(&self, transaction: &Value) -> Trace<'_> {
        let number = transaction["block_number"].as_u64().expect("a block");
        let index = transaction["index"].as_u64().expect("a place in it");
        let index = usize::try_from(index).expect("a small number");
        let of = |place: String| {
            let mut documents = self.documents.iter();
            let found = documents.find(|document| document.place == place);
            found.map_or_else(|| panic!("no {place}"), |document| &document.bytes[..])
        };
        Trace([of(extrinsic_place(number, index)), of(events_place(number))].into())
    }
}

fn extrinsic_place(block: u64, index: usize) -> String {
    format!("block {block}, extrinsic {index}")
}

fn events_place(block: u64) -> String {
    format!("block {block}, events")
}

/// What a transaction left on the chain.
#[derive(Clone, Debug)]
pub struct Trace<'a>(pub Vec<&'a [u8]>);

impl Trace<'_> {
    fn windows(&self) -> HashSet<Window> {
        self.0.iter().flat_map(|bytes| windows(bytes)).collect()
    }
}

/// What transactions of people who have nothing to do with each other have in common: constants of the
/// protocol, the fee, the author of the blocks.
#[derive(Clone, Debug, Default)]
pub struct Commonplace(HashSet<Window>);

impl Commonplace {
    /// All that stands in the traces of some strangers.
    pub fn of<'a>(strangers: impl IntoIterator<Item = &'a Trace<'a>>) -> Self {
        Self(strangers.into_iter().flat_map(Trace::windows).collect())
    }

    /// Adds bytes that follow from the block alone, whoever pays in it.
    pub fn and(mut self, bytes: &[u8]) -> Self {
        self.0.extend(windows(bytes));
        self
    }

    /// Bytes that say next to nothing: nearly all alike, as the zeros before a small number are.
    fn is_blank(window: &Window) -> bool {
        let alike = |byte| window.iter().filter(|other| *other == byte).count();
        window.iter().map(alike).max() > Some(WINDOW - TELLING)
    }
}

/// The strings of at least 16 bytes that two transactions share and strangers' do not have: what links
/// the two. As long as they are in the first one.
pub fn links(first: &Trace<'_>, second: &Trace<'_>, common: &Commonplace) -> Vec<Vec<u8>> {
    let known = second.windows();
    let is_link = |window: &Window| {
        known.contains(window) && !common.0.contains(window) && !Commonplace::is_blank(window)
    };
    let mut links = Vec::new();
    for bytes in &first.0 {
        let mut end = None;
        for (start, window) in windows(bytes).enumerate() {
            if !is_link(&window) {
                end = None;
            } else if end.is_none() {
                links.push(window.to_vec());
                end = Some(start);
            } else if let Some(link) = links.last_mut() {
                link.push(window[WINDOW - 1]);
            }
        }
    }
    links
}

fn windows(bytes: &[u8]) -> impl Iterator<Item = Window> + '_ {
    bytes.array_windows::<WINDOW>().copied()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(seed: u8, length: usize) -> Vec<u8> {
        let block = |count: u8| sp_crypto_hashing::blake2_512(&[seed, count]).to_vec();
        (0..=255).flat_map(block).take(length).collect()
    }

    fn observed(documents: &[&[u8]]) -> Observed {
        let document = |(index, bytes): (usize, &&[u8])| Document {
            place: index.to_string(),
            bytes: bytes.to_vec(),
        };
        Observed {
            documents: documents.iter().enumerate().map(document).collect(),
        }
    }

    #[test]
    fn an_amount_is_found_however_it_is_written() {
        let value = 3_141_592_653_589_u64;
        let hidden = Hidden::amount("pay", value.into());
        let compact = codec::Encode::encode(&codec::Compact(u128::from(value)));
        for (form, written) in [
            ("little-endian", value.to_le_bytes().to_vec()),
            ("little-endian", u128::from(value).to_le_bytes().to_vec()),
            ("little-endian", compact),
            ("big-endian", value.to_be_bytes().to_vec()),
            ("as text", value.to_string().into_bytes()),
        ] {
            let noise = random(1, 1000);
            let planted = [&noise[..500], &written, &noise[500..]].concat();
            let leaks = observed(&[&noise, &planted]).leaks(&hidden);
            assert_eq!(leaks, [(format!("pay, {form}"), "1".into())]);
        }
    }

    #[test]
    fn sixteen_bytes_of_a_key_are_found_and_fifteen_are_not() {
        let (key, noise) = (random(2, 1184), random(1, 5000));
        let hidden = [Hidden::new("key", key.clone())];
        for start in [0, 1, 500, 1168] {
            let planted = [&noise[..9], &key[start..start + 16], &noise[9..]].concat();
            assert_eq!(observed(&[&planted]).leaks(&hidden).len(), 1, "{start}");
            let short = [&noise[..9], &key[start..start + 15], &noise[9..]].concat();
            assert!(observed(&[&short]).leaks(&hidden).is_empty(), "{start}");
        }
    }

    #[test]
    fn a_link_is_what_two_share_and_strangers_do_not() {
        let (constant, link) = (random(3, 40), random(4, 20));
        let one = [&random(5, 100)[..], &constant, &link].concat();
        let two = [&link[..], &random(6, 100), &constant, &[0; 50]].concat();
        let stranger = [&random(7, 100)[..], &constant].concat();
        let [one, two, stranger] = [&one, &two, &stranger].map(|bytes| Trace(vec![bytes]));
        let common = Commonplace::of([&stranger]);
        assert_eq!(links(&one, &two, &common), [link]);
        assert!(links(&one, &stranger, &common).is_empty());
        let nothing = Commonplace::default();
        assert_eq!(links(&one, &two, &nothing).len(), 2);
    }

    #[test]
    fn blank_bytes_link_nobody() {
        let nothing = Commonplace::default();
        for (telling, linked) in [(0, 0), (1, 0), (TELLING - 1, 0), (TELLING, 1)] {
            let bytes = [&[0; 32], &random(8, telling)[..], &[0; 32]].concat();
            let trace = Trace(vec![&bytes]);
            assert_eq!(links(&trace, &trace, &nothing).len(), linked, "{telling}");
        }
    }
}
