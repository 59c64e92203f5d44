//! The trace of a witness.

use super::{
    columns::{Columns, ASSETS, BALANCE_LIMBS, COLUMNS, KEPT_LAST_ROUNDS},
    constraints::{
        balance::{CARRIES, CARRY_BITS, CARRY_OFFSET},
        note::{ASSET, VALUE},
        nullifier::POSITION,
    },
    public_values::{balance_limbs, PublicValues},
    schedule::{
        BLOCK_ROWS, INPUT_RANGE, NULLIFIER, OUTPUT_COMMITMENT, PATH, PATH_END, POSITION_LIMB_BITS,
        ROWS, TREE_DEPTH,
    },
};
use crate::{
    element::{Digest, Element, DIGEST_ELEMENTS},
    hash::{position_limbs, value_limbs, Tag, PAYLOAD_ELEMENTS, WIDTH},
    note::{Asset, Note},
    witness::{InputWitness, Witness},
};
use alloc::vec::Vec;
use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_koala_bear::{
    GenericPoseidon2LinearLayersKoalaBear as Layers, KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL,
    KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL, KOALABEAR_POSEIDON2_RC_16_INTERNAL,
};
use p3_poseidon2::GenericPoseidon2LinearLayers;

type Half = [Element; DIGEST_ELEMENTS];
type Sums = [[Element; BALANCE_LIMBS]; ASSETS];

/// The rows of a witness.
pub struct Trace {
    /// All [`ROWS`] of them.
    pub rows: Vec<Columns<Element>>,
}

impl Trace {
    /// The rows that prove what is true of the witness. `public` says what the sums have to come
    /// to.
    ///
    /// A witness that is not true gives rows that break constraints, never a panic.
    pub fn new(witness: &Witness, public: &PublicValues<Element>) -> Self {
        let mut trace = Self {
            rows: Vec::with_capacity(ROWS),
        };
        let mut sums = Sums::default();
        for (input, output) in witness.inputs.iter().zip(&witness.outputs) {
            let end = trace.rows.len() + BLOCK_ROWS;
            let real = trace.input(input, &mut sums);
            trace.path(input, real, &sums);
            trace.output(output, &mut sums);
            trace.rows.resize(end, padding(&sums));
        }
        if let Some(last) = trace.rows.last_mut() {
            close(last, public);
        }
        trace
    }

    /// The cells, row by row.
    pub fn cells(&self) -> Vec<Element> {
        let mut cells = Element::zero_vec(self.rows.len() * COLUMNS);
        for (row, cells) in self.rows.iter().zip(cells.chunks_mut(COLUMNS)) {
            row.write(cells);
        }
        cells
    }

    /// The root that the path of a block's input leads to.
    pub fn root(&self, block: usize) -> Digest {
        Digest(self.rows[block * BLOCK_ROWS + PATH_END].digest)
    }

    /// The nullifier of a block's input.
    pub fn nullifier(&self, block: usize) -> Digest {
        Digest(self.rows[block * BLOCK_ROWS + NULLIFIER].digest)
    }

    /// The commitment of a block's output.
    pub fn commitment(&self, block: usize) -> Digest {
        Digest(self.rows[block * BLOCK_ROWS + OUTPUT_COMMITMENT].digest)
    }

    /// Whether a block's input has to be in the tree.
    pub fn is_real(&self, block: usize) -> bool {
        self.rows[block * BLOCK_ROWS + INPUT_RANGE].real == Element::ONE
    }

    /// Rows 0 to 7 of a block. Returns whether the input is real, as an element.
    fn input(&mut self, input: &InputWitness, sums: &mut Sums) -> Element {
        let real = Element::from_bool(input.value != 0);
        let nk = input.nk.expose();
        let ak = self.compress(input.ask.expose(), tagged(Tag::Ak, &[]), sums);
        let account = self.compress(ak, nk, sums);
        let owner = tagged(Tag::Owner, &input.diversifier.expose());
        let owner = self.with_carry(nk).compress(account, owner, sums);
        let hide = tagged(Tag::Hide, &input.randomness.expose());
        let hide = self.with_carry(nk).compress(owner, hide, sums);
        let note = note_payload(input.asset, input.value);
        self.with_carry(nk).range(hide, note, input.value, sums);
        add(sums, input.asset, input.value, Element::ONE);
        let cm = self.with_carry(nk).compress(hide, note, sums);
        let position = position_limbs(input.path.position);
        let key = tagged(Tag::Nullifier, &position);
        let key = self.with_carry(cm).compress(nk, key, sums);
        let mut carry = Half::default();
        carry[..position.len()].copy_from_slice(&position);
        let _nullifier = self.with_carry(carry).compress(key, cm, sums);
        let first = self.rows.len() + INPUT_RANGE - NULLIFIER - 1;
        self.rows[first..]
            .iter_mut()
            .for_each(|row| row.real = real);
        real
    }

    /// Rows 8 to 39 of a block.
    fn path(&mut self, input: &InputWitness, real: Element, sums: &Sums) {
        let Some(nullifier) = self.rows.last() else {
            return;
        };
        let mut node = nullifier.right;
        for (level, sibling) in input.path.siblings.iter().enumerate() {
            let is_right = (input.path.position >> level) & 1 == 1;
            let (left, right) = match is_right {
                false => (node, sibling.0),
                true => (sibling.0, node),
            };
            node = self
                .with_carry(path_carry(input.path.position, level))
                .compress(left, right, sums);
            if let Some(row) = self.rows.last_mut() {
                row.real = real;
            }
        }
    }

    /// Rows 40 to 42 of a block.
    fn output(&mut self, output: &Note, sums: &mut Sums) {
        let hide = tagged(Tag::Hide, &output.randomness.expose());
        let hide = self.compress(output.owner.0, hide, sums);
        let note = note_payload(output.asset, output.value);
        self.range(hide, note, output.value, sums);
        add(sums, output.asset, output.value, Element::NEG_ONE);
        let _commitment = self.compress(hide, note, sums);
    }

    fn with_carry(&mut self, carry: Half) -> WithCarry<'_> {
        WithCarry { trace: self, carry }
    }

    fn compress(&mut self, left: Half, right: Half, sums: &Sums) -> Half {
        self.with_carry(Half::default()).compress(left, right, sums)
    }

    fn range(&mut self, left: Half, right: Half, value: u64, sums: &Sums) {
        self.with_carry(Half::default())
            .range(left, right, value, sums);
    }
}

/// The next row, with these carry columns.
struct WithCarry<'a> {
    trace: &'a mut Trace,
    carry: Half,
}

impl WithCarry<'_> {
    fn compress(self, left: Half, right: Half, sums: &Sums) -> Half {
        let mut row = Columns {
            left,
            right,
            carry: self.carry,
            ..padding(sums)
        };
        fill_compression(&mut row);
        let digest = row.digest;
        self.trace.rows.push(row);
        digest
    }

    fn range(self, left: Half, right: Half, value: u64, sums: &Sums) {
        let mut row = Columns {
            left,
            right,
            carry: self.carry,
            ..padding(sums)
        };
        write_bits(row.first_rounds.as_flattened_mut(), value);
        self.trace.rows.push(row);
    }
}

/// A row of zeros, but for the sums.
fn padding(sums: &Sums) -> Columns<Element> {
    Columns {
        balance: *sums,
        ..Columns::read(&[Element::ZERO; COLUMNS])
    }
}

/// Fills in what the permutation makes of the row's inputs.
pub(super) fn fill_compression(row: &mut Columns<Element>) {
    let mut state = [Element::ZERO; WIDTH];
    state[..DIGEST_ELEMENTS].copy_from_slice(&row.left);
    state[DIGEST_ELEMENTS..].copy_from_slice(&row.right);
    Layers::external_linear_layer(&mut state);
    for (constants, kept) in KOALABEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL
        .iter()
        .zip(&mut row.first_rounds)
    {
        *kept = full_round(&mut state, constants);
    }
    for (constant, kept) in KOALABEAR_POSEIDON2_RC_16_INTERNAL
        .iter()
        .zip(&mut row.partial_rounds)
    {
        state[0] = (state[0] + *constant).cube();
        *kept = state[0];
        Layers::internal_linear_layer(&mut state);
    }
    let (kept_rounds, last_round) =
        KOALABEAR_POSEIDON2_RC_16_EXTERNAL_FINAL.split_at(KEPT_LAST_ROUNDS);
    for (constants, kept) in kept_rounds.iter().zip(&mut row.last_rounds) {
        *kept = full_round(&mut state, constants);
    }
    for constants in last_round {
        state = full_round(&mut state, constants);
    }
    row.digest = core::array::from_fn(|i| state[i] + row.left[i]);
}

fn full_round(state: &mut [Element; WIDTH], constants: &[Element; WIDTH]) -> [Element; WIDTH] {
    for (element, constant) in state.iter_mut().zip(constants) {
        *element = (*element + *constant).cube();
    }
    Layers::external_linear_layer(state);
    *state
}

fn tagged(tag: Tag, payload: &[Element]) -> Half {
    debug_assert!(payload.len() <= PAYLOAD_ELEMENTS);
    let mut right = Half::default();
    right[0] = tag.element();
    for (to, from) in right[1..].iter_mut().zip(payload) {
        *to = *from;
    }
    right
}

fn note_payload(asset: Asset, value: u64) -> Half {
    let mut right = tagged(Tag::Note, &[Element::from_u8(asset.id())]);
    right[VALUE].copy_from_slice(&value_limbs(value));
    right
}

/// What is left of the position at a level, and the level's bit.
fn path_carry(position: u32, level: usize) -> Half {
    let limbs = [position & 0xffff, position >> POSITION_LIMB_BITS];
    let rest = limbs[level / POSITION_LIMB_BITS] >> (level % POSITION_LIMB_BITS);
    let upper = match level < POSITION_LIMB_BITS {
        true => limbs[1],
        false => 0,
    };
    let mut carry = Half::default();
    let cells = [rest, upper, rest & 1];
    for (to, from) in carry.iter_mut().zip(cells) {
        *to = Element::from_u32(from);
    }
    carry
}

fn write_bits(cells: &mut [Element], value: u64) {
    for (i, cell) in cells.iter_mut().enumerate() {
        *cell = Element::from_bool((value >> i) & 1 == 1);
    }
}

fn add(sums: &mut Sums, asset: Asset, value: u64, sign: Element) {
    let sum = &mut sums[usize::from(asset.id())];
    for (sum, limb) in sum.iter_mut().zip(balance_limbs(value)) {
        *sum += sign * limb;
    }
}

/// Fills in the bits of the carries that make the last row's sums the public changes.
pub(super) fn close(last: &mut Columns<Element>, public: &PublicValues<Element>) {
    let mut carries = Vec::with_capacity(ASSETS * CARRIES);
    for (sums, changes) in last.balance.iter().zip(&public.changes) {
        let mut carry = 0;
        for (sum, change) in sums.iter().zip(changes).take(CARRIES) {
            carry = (carry + signed(*sum - *change)) >> super::columns::BALANCE_LIMB_BITS;
            carries.push(carry + i64::from(CARRY_OFFSET));
        }
    }
    let bits = last.first_rounds.as_flattened_mut().chunks_mut(CARRY_BITS);
    for (bits, carry) in bits.zip(carries) {
        for (i, bit) in bits.iter_mut().enumerate() {
            *bit = Element::from_bool((carry >> i) & 1 == 1);
        }
    }
}

/// The integer nearest to zero that the element stands for.
fn signed(element: Element) -> i64 {
    let value = i64::from(element.as_canonical_u32());
    match value > i64::from(Element::ORDER_U32 / 2) {
        true => value - i64::from(Element::ORDER_U32),
        false => value,
    }
}

const _: () = assert!(PATH + TREE_DEPTH == PATH_END + 1 && ASSET == 1 && POSITION.start == 1);
