//! For each group of constraints, traces that break this group and no other. The proofs made
//! from them do not verify.

use super::{
    forgery::{set_child, set_rest, Forgery},
    support::refused,
};
use crate::{
    circuit::{constraints::Group, schedule::*},
    element::Element,
    note::Asset,
    statement::PublicChange,
};
use p3_field::PrimeCharacteristicRing;
use std::{boxed::Box, collections::BTreeSet, vec::Vec};

type Row = crate::circuit::columns::Columns<Element>;

const ONE: Element = Element::ONE;
const HALF: usize = PATH + POSITION_LIMB_BITS;

type Lie = Box<dyn Fn() -> Forgery>;

/// A true trace, changed at a row, and repaired after it.
fn changed(row: usize, change: impl Fn(&mut Row)) -> Forgery {
    let mut forgery = Forgery::new();
    change(forgery.row(row));
    forgery.repair(row);
    forgery
}

/// Lies, one for each of the places.
fn each<P: Copy + 'static>(
    places: impl IntoIterator<Item = P>,
    lie: impl Fn(P) -> Forgery + Copy + 'static,
) -> Vec<Lie> {
    places
        .into_iter()
        .map(|place| Box::new(move || lie(place)) as Lie)
        .collect()
}

/// All pairs of rows and elements.
fn cells(rows: &[usize], elements: core::ops::Range<usize>) -> Vec<(usize, usize)> {
    rows.iter()
        .flat_map(|row| elements.clone().map(|i| (*row, i)))
        .collect()
}

/// The lies that break a group. Whoever adds a group is asked for its lies here.
fn lies(group: Group) -> Vec<Lie> {
    match group {
        Group::Compression => each(0..140, |cell| {
            let mut forgery = Forgery::new();
            super::permutation::forge(forgery.row(OWNER), cell);
            let digest = forgery.row(OWNER).digest;
            forgery.row(INPUT_HIDE).left = digest;
            forgery.repair(INPUT_HIDE);
            forgery
        }),
        Group::Tag => each(
            [
                SPEND_KEY,
                OWNER,
                INPUT_HIDE,
                INPUT_RANGE,
                NULLIFIER_KEY,
                OUTPUT_HIDE,
                OUTPUT_RANGE,
            ],
            |row| changed(row, |columns| columns.right[0] += ONE),
        ),
        Group::Chain => each(
            cells(
                &[
                    ACCOUNT,
                    OWNER,
                    INPUT_HIDE,
                    INPUT_RANGE,
                    NULLIFIER,
                    OUTPUT_RANGE,
                ],
                0..8,
            ),
            |(row, i)| changed(row, |columns| columns.left[i] += ONE),
        ),
        Group::SpendKeyPayload => each(1..8, |i| {
            changed(SPEND_KEY, |columns| columns.right[i] += ONE)
        }),
        Group::NullifierKeyLoaded => {
            each(0..8, |i| changed(OWNER, |columns| columns.carry[i] += ONE))
        }
        Group::NullifierKeyKept => each(
            cells(&[INPUT_HIDE, INPUT_RANGE, INPUT_COMMITMENT], 0..8),
            |(row, i)| changed(row, |columns| columns.carry[i] += ONE),
        ),
        Group::NullifierKeyUsed => each(0..8, |i| {
            changed(NULLIFIER_KEY, |columns| columns.left[i] += ONE)
        }),
        Group::RangeOfNote => {
            let rows = [INPUT_COMMITMENT, OUTPUT_COMMITMENT];
            let mut lies = each(cells(&rows, 0..8), |(row, i)| {
                changed(row, |columns| columns.left[i] += ONE)
            });
            lies.extend(each(cells(&rows, 1..6), |(row, i)| {
                changed(row, |columns| columns.right[i] += ONE)
            }));
            lies.extend(each([0, 6, 7], |i| {
                let mut forgery = Forgery::new();
                forgery.row(INPUT_RANGE).right[i] += ONE;
                forgery
            }));
            lies
        }
        Group::ValueBits => each(
            cells(&[INPUT_RANGE, OUTPUT_RANGE], 0..64)
                .into_iter()
                .filter(|(_, bit)| limb_goes_on_at(*bit)),
            |(row, bit)| {
                changed(row, |columns| {
                    let bits = columns.first_rounds.as_flattened_mut();
                    bits[bit] += ONE.double();
                    bits[bit + 1] -= ONE;
                })
            },
        ),
        Group::ValueLimbs => each(cells(&[INPUT_RANGE, OUTPUT_RANGE], 0..64), |(row, bit)| {
            changed(row, |columns| {
                let bit = &mut columns.first_rounds.as_flattened_mut()[bit];
                *bit = ONE - *bit;
            })
        }),
        Group::Asset => each([INPUT_RANGE, OUTPUT_RANGE], |row| {
            changed(row, |columns| columns.right[1] = ONE.double())
        }),
        Group::CommitmentPayload => each(cells(&[INPUT_RANGE, OUTPUT_RANGE], 6..8), |(row, i)| {
            changed(row, |columns| columns.right[i] += ONE)
        }),
        Group::CommitmentIsPublic => each(cells(&[0, 1], 0..8), |(output, i)| {
            let mut forgery = Forgery::new();
            forgery.statement.commitments[output].0[i] += ONE;
            forgery
        }),
        Group::NullifierPayload => each(3..8, |i| {
            changed(NULLIFIER_KEY, |columns| columns.right[i] += ONE)
        }),
        Group::CommitmentLoaded => each(0..8, |i| {
            changed(NULLIFIER_KEY, |columns| columns.carry[i] += ONE)
        }),
        Group::CommitmentUsed => each(0..8, |i| {
            changed(NULLIFIER, |columns| columns.right[i] += ONE)
        }),
        Group::NullifierIsPublic => each(cells(&[0, 1], 0..8), |(input, i)| {
            let mut forgery = Forgery::new();
            forgery.statement.nullifiers[input].0[i] += ONE;
            forgery
        }),
        Group::PositionLoaded => each(0..2, |limb| {
            changed(NULLIFIER, |columns| {
                columns.carry[limb] = Element::from_u32(0x1234)
            })
        }),
        Group::PositionPassed => position_passed(),
        Group::PathBits => each([PATH, PATH + 5, HALF, PATH_END], two_as_bit),
        Group::PathBegins => each(0..8, |i| changed(PATH, |columns| other_child(columns, i))),
        Group::PathGoesOn => each(cells(&[PATH + 1, HALF, PATH_END], 0..8), |(row, i)| {
            changed(row, |columns| other_child(columns, i))
        }),
        Group::PositionShifts => each([PATH + 1, PATH + 9, HALF + 1, HALF + 7], |row| {
            other_rest(row, |rest| rest ^ 1)
        }),
        Group::PositionLimbEnds => each(1..3, |limb| {
            changed(NULLIFIER_KEY, |columns| {
                columns.right[limb] += Element::from_u32(1 << 16)
            })
        }),
        Group::UpperLimbKept => each([PATH + 1, PATH + 8, HALF - 1], |row| {
            changed(row, |columns| columns.carry[1] = Element::from_u32(0x4321))
        }),
        Group::UpperLimbBegins => each([HALF], |row| other_rest(row, |rest| rest ^ 2)),
        Group::RealIsBit => each([2, 5], |real| {
            // An input of nothing that is in the tree: neither what it is worth nor its root tells.
            let (qlk, credit) = (Asset::Qlk, Asset::Priv);
            let mut forgery = Forgery::of([(qlk, 0), (credit, 0), (qlk, 0), (credit, 0)]);
            forgery.row(INPUT_RANGE).real = Element::from_u32(real);
            forgery.repair(INPUT_RANGE);
            forgery
        }),
        Group::DummyIsWorthless => each([0, 16, 32, 48, 63], |bit| {
            let notes = [
                (Asset::Qlk, 1 << bit),
                (Asset::Priv, 0),
                (Asset::Qlk, 1),
                (Asset::Qlk, 0),
            ];
            let mut forgery = Forgery::of(notes);
            forgery.row(INPUT_RANGE).real = Element::ZERO;
            forgery.repair(INPUT_RANGE);
            forgery
        }),
        Group::RealKept => each(INPUT_COMMITMENT..=PATH_END, |row| {
            changed(row, |columns| columns.real = Element::ZERO)
        }),
        Group::RootIsAnchor => each(0..8, |i| {
            let mut forgery = Forgery::new();
            forgery.statement.anchor.0[i] += ONE;
            forgery
        }),
        Group::BalanceBegins => each(sums(), |(asset, limb)| jump(0, asset, limb)),
        Group::BalanceAdds => {
            let rows = [1, INPUT_RANGE, INPUT_RANGE + 1, BLOCK_ROWS, ROWS - 1];
            let places: Vec<_> = rows
                .iter()
                .flat_map(|row| sums().map(|(asset, limb)| (*row, asset, limb)))
                .collect();
            each(places, |(row, asset, limb)| jump(row, asset, limb))
        }
        Group::CarryBits => each((0..12).filter(|bit| bit % 3 != 2), |bit| {
            let mut forgery = Forgery::new();
            let bits = forgery.row(ROWS - 1).first_rounds.as_flattened_mut();
            bits[bit] += ONE.double();
            bits[bit + 1] -= ONE;
            forgery
        }),
        Group::BalanceCloses => balance_closes(),
    }
}

/// Whether the next bit is of the same limb, of 16 bits and of 22.
fn limb_goes_on_at(bit: usize) -> bool {
    let next: usize = bit + 1;
    !next.is_multiple_of(16) && !next.is_multiple_of(22)
}

fn sums() -> impl Iterator<Item = (usize, usize)> {
    (0..2).flat_map(|asset| (0..3).map(move |limb| (asset, limb)))
}

/// A sum that one unit of a limb is added to from a row on, out of nothing.
fn jump(row: usize, asset: usize, limb: usize) -> Forgery {
    let mut forgery = Forgery::new();
    forgery.jump(row, asset, limb, ONE);
    forgery
}

fn other_child(columns: &mut Row, i: usize) {
    let bit = columns.path().bit;
    let mut child = if bit == ONE {
        columns.right
    } else {
        columns.left
    };
    child[i] += ONE;
    set_child(columns, child);
}

/// At a row of the path, another rest of the position, and the child on the side that it says.
fn other_rest(row: usize, other: impl Fn(u32) -> u32) -> Forgery {
    use p3_field::PrimeField32;
    changed(row, |columns| {
        let bit = columns.path().bit;
        let child = if bit == ONE {
            columns.right
        } else {
            columns.left
        };
        set_rest(columns, other(columns.path().rest.as_canonical_u32()));
        set_child(columns, child);
    })
}

fn position_passed() -> Vec<Lie> {
    let mut lies = each([PATH], |row| other_rest(row, |rest| rest ^ 1));
    lies.extend(each([PATH], |row| {
        changed(row, |columns| columns.carry[1] += ONE)
    }));
    lies
}

/// A node that is neither its parent's left child nor its right one: `child = left + 2 (right -
/// left)`.
fn two_as_bit(row: usize) -> Forgery {
    let level = row - PATH;
    let (limb, level) = (level / POSITION_LIMB_BITS, level % POSITION_LIMB_BITS);
    // What is left of the position at this level is the 2 that the bit is said to be.
    let mut forgery = changed(NULLIFIER_KEY, |columns| {
        columns.right[1..3].fill(Element::ZERO);
        columns.right[1 + limb] = Element::from_u32(2 << level);
    });
    let columns = forgery.row(row);
    let child = columns.left;
    columns.carry[2] = ONE.double();
    columns.left = core::array::from_fn(|i| Element::from_usize(1000 + i));
    columns.right = core::array::from_fn(|i| (child[i] + columns.left[i]).halve());
    forgery.repair(row);
    forgery
}

fn balance_closes() -> Vec<Lie> {
    let mut lies = each([(0, 399), (0, 401), (0, 0), (1, 1)], |(asset, amount)| {
        let mut forgery = Forgery::new();
        forgery.statement.changes[asset] = PublicChange::leaves(amount);
        forgery
    });
    lies.extend(each([(0, 400), (1, 1)], |(asset, amount)| {
        let mut forgery = Forgery::new();
        forgery.statement.changes[asset] = PublicChange::enters(amount);
        forgery
    }));
    lies.extend(each(0..12, |bit| {
        let mut forgery = Forgery::new();
        let bit = &mut forgery.row(ROWS - 1).first_rounds.as_flattened_mut()[bit];
        *bit = ONE - *bit;
        forgery
    }));
    lies
}

#[test]
fn the_forger_tells_the_truth_if_left_alone() {
    for row in [
        SPEND_KEY,
        OWNER,
        INPUT_RANGE,
        NULLIFIER_KEY,
        PATH,
        PATH_END,
        OUTPUT_HIDE,
    ] {
        let forgery = changed(row, |_| {});
        assert_eq!(forgery.broken(), []);
        assert!(!refused(&forgery.statement, &forgery.trace));
    }
}

#[test]
fn each_group_is_broken_alone() {
    for group in Group::ALL {
        let lies = lies(group);
        assert!(!lies.is_empty(), "{group:?} has no lie");
        for (i, lie) in lies.iter().enumerate() {
            assert_eq!(
                lie().broken_groups(),
                BTreeSet::from([group]),
                "{group:?}, lie {i}"
            );
        }
    }
}

/// Each cell of a compression is held by a constraint of its own.
#[test]
fn each_round_is_broken_alone() {
    for lie in lies(Group::Compression) {
        assert_eq!(lie().broken(), [Group::Compression]);
    }
}

#[test]
fn no_lie_is_proven() {
    for group in Group::ALL {
        let lies = lies(group);
        let step = lies.len().div_ceil(3);
        for (i, lie) in lies.iter().enumerate().step_by(step) {
            let forgery = lie();
            assert!(
                refused(&forgery.statement, &forgery.trace),
                "{group:?}, lie {i}"
            );
        }
    }
}
