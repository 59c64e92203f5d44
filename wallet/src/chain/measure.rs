//! Encoded values, passed over before they are decoded.
//!
//! A node names the types of what it says. With one that contains itself, or a list of a billion values without bytes, a
//! decoder would go as deep and as far as the node likes. So whatever is decoded by a node's types is walked through here
//! first, within bounds, and nothing is kept of it.

use codec::{Compact, Decode};
use scale_info::form::PortableForm;
use scale_info::{Field, PortableRegistry, TypeDef, TypeDefPrimitive};
use subxt::metadata::Metadata;

/// No value of this chain is nested so deeply.
const MAX_DEPTH: u32 = 64;

/// Values in what is decoded whole, a byte of a list of bytes being one. The longest of this chain is a proof of 80 kB.
pub const MAX_VALUES: u32 = 1 << 20;

/// Values in all events of a block, which are passed over one by one.
const MAX_OF_BLOCK: u32 = 1 << 24;

/// Why a value is not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is nested without end.
    #[error("it describes a value that is nested more than {MAX_DEPTH} times")]
    Deep,
    /// It has too many parts.
    #[error("it describes a value of more parts than any block of this chain has")]
    Large,
    /// Its bytes are none of its type.
    #[error("the bytes are none of the type that it describes")]
    Malformed,
}

/// A walk through values, with what it may still cost.
pub struct Walk<'a> {
    types: &'a PortableRegistry,
    left: u32,
    depth: u32,
}

impl<'a> Walk<'a> {
    /// A walk through so many values at most.
    pub fn new(types: &'a PortableRegistry, most: u32) -> Self {
        Self {
            types,
            left: most,
            depth: 0,
        }
    }

    fn spend(&mut self, values: u32) -> Result<(), Unfit> {
        self.left = self.left.checked_sub(values).ok_or(Unfit::Large)?;
        Ok(())
    }

    /// Takes one value of a type off the front.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn pass(&mut self, bytes: &mut &[u8], type_id: u32) -> Result<(), Unfit> {
        if self.depth >= MAX_DEPTH {
            return Err(Unfit::Deep);
        }
        self.spend(1)?;
        self.depth += 1;
        let types = self.types;
        let ty = types.resolve(type_id).ok_or(Unfit::Malformed)?;
        match &ty.type_def {
            TypeDef::Composite(composite) => self.fields(bytes, &composite.fields)?,
            TypeDef::Variant(choice) => {
                let index = take(bytes, 1)?.first().copied();
                let mut variants = choice.variants.iter();
                let chosen = variants.find(|variant| Some(variant.index) == index);
                self.fields(bytes, &chosen.ok_or(Unfit::Malformed)?.fields)?;
            }
            TypeDef::Sequence(list) => {
                let length = compact(bytes)?;
                self.several(bytes, list.type_param.id, length)?;
            }
            TypeDef::Array(array) => self.several(bytes, array.type_param.id, array.len)?,
            TypeDef::Tuple(tuple) => {
                for part in &tuple.fields {
                    self.pass(bytes, part.id)?;
                }
            }
            TypeDef::Primitive(TypeDefPrimitive::Str) => {
                let length = compact(bytes)?;
                take(bytes, length as usize)?;
            }
            TypeDef::Primitive(primitive) => {
                take(bytes, size(primitive))?;
            }
            TypeDef::Compact(_) => {
                let rest = take(bytes, 1)?.first().copied().unwrap_or_default();
                let more = match rest & 3 {
                    0 => 0,
                    1 => 1,
                    2 => 3,
                    _ => usize::from(rest >> 2) + 4,
                };
                take(bytes, more)?;
            }
            TypeDef::BitSequence(bits) => {
                let store = types.resolve(bits.bit_store_type.id);
                let Some(TypeDef::Primitive(store)) = store.map(|store| &store.type_def) else {
                    return Err(Unfit::Malformed);
                };
                let length = compact(bytes)?;
                self.spend(length)?;
                let store = size(store).max(1);
                take(bytes, (length as usize).div_ceil(8 * store) * store)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn fields(&mut self, bytes: &mut &[u8], fields: &[Field<PortableForm>]) -> Result<(), Unfit> {
        fields
            .iter()
            .try_for_each(|field| self.pass(bytes, field.ty.id))
    }

    fn several(&mut self, bytes: &mut &[u8], type_id: u32, length: u32) -> Result<(), Unfit> {
        let types = self.types;
        let element = types.resolve(type_id).map(|ty| &ty.type_def);
        if let Some(TypeDef::Primitive(TypeDefPrimitive::U8)) = element {
            self.spend(length)?;
            return take(bytes, length as usize).map(drop);
        }
        (0..length).try_for_each(|_| self.pass(bytes, type_id))
    }
}

/// Passes over all events of a block: their phases, what they say, their topics.
///
/// # Errors
/// [`Unfit`].
pub fn events(metadata: &Metadata, mut bytes: &[u8]) -> Result<(), Unfit> {
    const TOPIC: usize = 32;
    if bytes.is_empty() {
        return Ok(());
    }
    let bytes = &mut bytes;
    let mut walk = Walk::new(metadata.types(), MAX_OF_BLOCK);
    for _ in 0..compact(bytes)? {
        let phase = take(bytes, 1)?;
        // In a transaction, whose number follows; or before or after all of them.
        take(bytes, if phase == [0] { 4 } else { 0 })?;
        let indices = take(bytes, 2)?;
        let (Some(pallet), Some(event)) = (indices.first(), indices.get(1)) else {
            return Err(Unfit::Malformed);
        };
        let pallet = metadata.pallet_by_event_index(*pallet);
        let event = pallet.and_then(|pallet| pallet.event_variant_by_index(*event));
        walk.fields(bytes, &event.ok_or(Unfit::Malformed)?.fields)?;
        let topics = compact(bytes)? as usize;
        take(bytes, topics.saturating_mul(TOPIC))?;
    }
    Ok(())
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8], Unfit> {
    let (taken, rest) = bytes.split_at_checked(count).ok_or(Unfit::Malformed)?;
    *bytes = rest;
    Ok(taken)
}

fn compact(bytes: &mut &[u8]) -> Result<u32, Unfit> {
    let length = Compact::<u32>::decode(bytes).map_err(|_| Unfit::Malformed)?;
    Ok(length.0)
}

fn size(primitive: &TypeDefPrimitive) -> usize {
    match primitive {
        // Its length stands in front of it.
        TypeDefPrimitive::Str => 0,
        TypeDefPrimitive::Bool | TypeDefPrimitive::U8 | TypeDefPrimitive::I8 => 1,
        TypeDefPrimitive::U16 | TypeDefPrimitive::I16 => 2,
        TypeDefPrimitive::Char | TypeDefPrimitive::U32 | TypeDefPrimitive::I32 => 4,
        TypeDefPrimitive::U64 | TypeDefPrimitive::I64 => 8,
        TypeDefPrimitive::U128 | TypeDefPrimitive::I128 => 16,
        TypeDefPrimitive::U256 | TypeDefPrimitive::I256 => 32,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use codec::Encode;
    use scale_info::{MetaType, Registry, TypeInfo};

    use super::*;

    /// A type that contains itself, with a byte for each level.
    #[derive(Encode, TypeInfo)]
    enum Nest {
        End,
        More(Box<Nest>),
    }

    /// One that contains itself and has no bytes. It has no values, which a decoder finds out too late.
    #[derive(TypeInfo)]
    #[allow(dead_code, reason = "there is no value of it")]
    struct Endless(Box<Endless>);

    #[derive(Encode, TypeInfo)]
    struct Everything {
        number: u128,
        text: String,
        bytes: Vec<u8>,
        array: [u16; 3],
        pair: (bool, ()),
        #[codec(compact)]
        amounts: u64,
        choices: Vec<Option<u32>>,
    }

    fn walked<T: TypeInfo + 'static>(bytes: &[u8]) -> Result<usize, Unfit> {
        let mut registry = Registry::new();
        let id = registry.register_type(&MetaType::new::<T>()).id;
        let types = PortableRegistry::from(registry);
        let rest = &mut &*bytes;
        Walk::new(&types, MAX_VALUES).pass(rest, id)?;
        Ok(rest.len())
    }

    #[test]
    fn honest_values_are_passed_over_to_their_last_byte() {
        for amounts in [0, 63, 64, 16_384, u64::from(u32::MAX), u64::MAX] {
            let value = Everything {
                number: 7,
                text: "text".into(),
                bytes: vec![1; 80_000],
                array: [1, 2, 3],
                pair: (true, ()),
                amounts,
                choices: vec![None, Some(5)],
            };
            let mut bytes = value.encode();
            assert_eq!(walked::<Everything>(&bytes), Ok(0), "{amounts}");
            bytes.push(9);
            assert_eq!(walked::<Everything>(&bytes), Ok(1));
            let cut = walked::<Everything>(&bytes[..bytes.len() - 3]);
            assert_eq!(cut, Err(Unfit::Malformed));
        }
    }

    #[test]
    fn what_is_nested_without_end_is_refused() {
        let nest = (0..10).fold(Nest::End, |nest, _| Nest::More(Box::new(nest)));
        assert_eq!(walked::<Nest>(&nest.encode()), Ok(0));
        assert_eq!(walked::<Nest>(&[1; 1_000_000]), Err(Unfit::Deep));
        assert_eq!(walked::<Endless>(&[]), Err(Unfit::Deep));
    }

    #[test]
    fn a_list_of_nothing_is_not_walked_to_its_end() {
        let billion = Compact(1u32 << 30).encode();
        assert_eq!(walked::<Vec<()>>(&billion), Err(Unfit::Large));
        assert_eq!(walked::<Vec<[(); 1000]>>(&billion), Err(Unfit::Large));
        assert_eq!(walked::<Vec<()>>(&Compact(1000u32).encode()), Ok(0));
        assert_eq!(walked::<Vec<u8>>(&billion), Err(Unfit::Large));
    }
}
