//! The calls and the transaction format that this wallet knows, held against what a node says of them.
//!
//! A transaction is encoded with the node's metadata. A node that lies in it could have the wallet sign another call than
//! the one that it shows: metadata that gives `Staking::unbond` the number of `Balances::transfer_all`, say. So the
//! wallet carries a description of its own, `layout.txt`, and signs nothing whose numbers, arguments or types differ.
//!
//! The description goes with the chain's *transaction version*, which the runtime raises whenever a call that exists
//! changes, and which every signature covers: a transaction that was made for version 1 is invalid on a chain of
//! another. Runtime upgrades that only add calls need no new wallet.
//!
//! The SDK's `CheckMetadataHash` would have the chain itself compare the metadata. It needs a runtime that is compiled twice, and
//! a Merkle tree of the metadata here; this needs neither, and covers what the wallet signs.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use scale_info::form::PortableForm;
use scale_info::{Field, PortableRegistry, TypeDef, Variant};
use subxt::metadata::Metadata;

use super::AtBlock;
use crate::error::Error;

/// What this wallet knows. The end-to-end test `the_wallet_knows_the_runtimes_calls` compares it with the runtime.
pub const KNOWN: &str = include_str!("layout.txt");

/// The pallets that the wallet makes calls to.
const PALLETS: [&str; 7] = [
    "AddressDirectory",
    "Balances",
    "PqSignatures",
    "PrivacyCredit",
    "Session",
    "Staking",
    "Utility",
];

/// Calls inside of others are described by themselves.
const ANY_CALL: &str = "RuntimeCall";

/// What stands where a description would have been longer or more nested than those of this chain. The wallet knows no such line.
const ENDLESS: &str = "endless";

/// How deeply types may be nested. Those of this chain's calls are eight deep at most.
const MAX_DEPTH: usize = 32;

/// How many types, and bytes of names, are described at once. Types that hold others twice, which hold others twice, have
/// descriptions that double at each step. Those of this chain take some 10,000.
const MAX_SIZE: usize = 1 << 20;

static LINES: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let line = |line: &'static str| line.split_once(": ");
    KNOWN.lines().filter_map(line).collect()
});

/// Refuses a call that the node describes in another way than this wallet knows.
///
/// # Errors
/// [`Error::OtherLayout`].
pub fn require(at: &AtBlock, pallet: &str, call: &str) -> Result<(), Error> {
    require_in(at.metadata_ref(), at.transaction_version(), pallet, call)
}

/// The same, for metadata and transaction version by themselves.
///
/// # Errors
/// [`Error::OtherLayout`].
pub fn require_in(
    metadata: &Metadata,
    transaction_version: u32,
    pallet: &str,
    call: &str,
) -> Result<(), Error> {
    let mut shape = Shape::new(metadata.types());
    let mut lines = shape.frame(metadata, transaction_version);
    // What is nested in a call may be any that the wallet knows.
    match pallet {
        "Utility" => {
            let known = |name: &str| LINES.contains_key(name);
            let all = PALLETS.iter();
            lines.extend(all.flat_map(|pallet| shape.calls(metadata, pallet, known)));
        }
        pallet => {
            let name = format!("{pallet}.{call}");
            // If there are several of the name, it is not known which of them would be encoded.
            let found = shape.calls(metadata, pallet, |found| *found == *name);
            if found.is_empty() {
                return Err(Error::NotQloak(format!("call {name}")));
            }
            lines.extend(found);
        }
    }
    for (name, description) in lines {
        if LINES.get(name.as_str()) != Some(&description.as_str()) {
            return Err(Error::OtherLayout(name));
        }
    }
    Ok(())
}

/// All that [`KNOWN`] holds, out of a chain's metadata.
pub fn describe(metadata: &Metadata, transaction_version: u32) -> String {
    let mut shape = Shape::new(metadata.types());
    let mut lines = shape.frame(metadata, transaction_version);
    lines.extend(
        PALLETS
            .iter()
            .flat_map(|pallet| shape.calls(metadata, pallet, |_| true)),
    );
    lines
        .into_iter()
        .map(|(name, description)| format!("{name}: {description}\n"))
        .collect()
}

/// Types in words: how values of them are encoded, and by which names they are put together. What the words say of
/// types that are too many or too deep is nothing.
struct Shape<'a> {
    types: &'a PortableRegistry,
    /// The types around the one that is described.
    around: Vec<u32>,
    /// What may still be described.
    left: usize,
}

impl<'a> Shape<'a> {
    fn new(types: &'a PortableRegistry) -> Self {
        Self {
            types,
            around: Vec::new(),
            left: MAX_SIZE,
        }
    }

    /// What surrounds every call: version and extensions, with what they carry and what they have signed beside.
    fn frame(&mut self, metadata: &Metadata, transaction_version: u32) -> Vec<(String, String)> {
        let extensions: Vec<String> = metadata
            .extrinsic()
            .transaction_extensions_to_use_for_encoding()
            .map(|extension| {
                format!(
                    "{} {} {}",
                    extension.identifier(),
                    self.or_endless(|shape| shape.of(extension.extra_ty())),
                    self.or_endless(|shape| shape.of(extension.additional_ty()))
                )
            })
            .collect();
        vec![
            (
                "transaction version".into(),
                transaction_version.to_string(),
            ),
            ("transaction extensions".into(), extensions.join("; ")),
        ]
    }

    /// The wanted calls of a pallet: their numbers, and their arguments' names and types.
    fn calls(
        &mut self,
        metadata: &Metadata,
        pallet: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Vec<(String, String)> {
        let Some(found) = metadata.pallet_by_name(pallet) else {
            return Vec::new();
        };
        // Nested in other calls it goes by this number.
        let outer = metadata
            .types()
            .resolve(metadata.outer_enums().call_enum_ty())
            .and_then(|ty| match &ty.type_def {
                TypeDef::Variant(outer) => outer.variants.iter().find(|variant| {
                    let is_its =
                        |field: &Field<PortableForm>| Some(field.ty.id) == found.call_ty_id();
                    variant.name == pallet && variant.fields.iter().any(is_its)
                }),
                _ => None,
            });
        let nested = match outer {
            Some(variant) if variant.index == found.call_index() => "",
            _ => " (nested otherwise)",
        };
        let named = found
            .call_variants()
            .unwrap_or_default()
            .iter()
            .map(|variant| (format!("{pallet}.{}", variant.name), variant));
        let mut variants: Vec<_> = named.filter(|(name, _)| wanted(name)).collect();
        variants.sort_by_key(|(_, variant)| variant.index);
        let line = |(name, variant): (String, &Variant<PortableForm>)| {
            let fields = self.or_endless(|shape| shape.fields(&variant.fields));
            let (outer, inner) = (found.call_index(), variant.index);
            (name, format!("{outer}.{inner}{nested} {fields}"))
        };
        variants.into_iter().map(line).collect()
    }

    fn or_endless(&mut self, described: impl FnOnce(&mut Self) -> Option<String>) -> String {
        let text = described(self);
        self.around.clear();
        text.unwrap_or_else(|| ENDLESS.into())
    }

    fn spend(&mut self, size: usize) -> Option<()> {
        self.left = self.left.checked_sub(size)?;
        Some(())
    }

    /// A type.
    fn of(&mut self, id: u32) -> Option<String> {
        self.spend(1)?;
        let Some(ty) = self.types.resolve(id) else {
            return Some("unknown".into());
        };
        if ty.path.segments.last().is_some_and(|name| name == ANY_CALL) {
            return Some("call".into());
        }
        // A type that contains itself.
        if let Some(depth) = self.around.iter().position(|outer| *outer == id) {
            return Some(format!("@{depth}"));
        }
        if self.around.len() >= MAX_DEPTH {
            return None;
        }
        self.around.push(id);
        let text = match &ty.type_def {
            TypeDef::Composite(composite) => match composite.fields.as_slice() {
                // A wrapper is encoded as what it wraps.
                [field] if field.name.is_none() => self.of(field.ty.id)?,
                several => self.fields(several)?,
            },
            TypeDef::Variant(choice) => {
                self.spend(choice.variants.len())?;
                let mut variants: Vec<_> = choice.variants.iter().collect();
                variants.sort_by_key(|variant| variant.index);
                let variant = |variant: &Variant<PortableForm>| {
                    self.spend(variant.name.len())?;
                    let content = match variant.fields.is_empty() {
                        true => String::new(),
                        false => self.fields(&variant.fields)?,
                    };
                    Some(format!("{} {}{content}", variant.index, variant.name))
                };
                let variants = variants.into_iter().map(variant);
                format!("<{}>", variants.collect::<Option<Vec<_>>>()?.join(" | "))
            }
            TypeDef::Sequence(list) => format!("[{}]", self.of(list.type_param.id)?),
            TypeDef::Array(array) => format!("[{}; {}]", self.of(array.type_param.id)?, array.len),
            TypeDef::Tuple(tuple) => {
                let parts = tuple.fields.iter().map(|field| self.of(field.id));
                format!("({})", parts.collect::<Option<Vec<_>>>()?.join(", "))
            }
            TypeDef::Primitive(primitive) => format!("{primitive:?}").to_lowercase(),
            TypeDef::Compact(compact) => format!("compact {}", self.of(compact.type_param.id)?),
            TypeDef::BitSequence(_) => "bits".into(),
        };
        self.around.pop();
        Some(text)
    }

    fn fields(&mut self, fields: &[Field<PortableForm>]) -> Option<String> {
        let part = |field: &Field<PortableForm>| {
            self.spend(field.name.as_ref().map_or(0, String::len))?;
            let content = self.of(field.ty.id)?;
            Some(match &field.name {
                Some(name) => format!("{name}: {content}"),
                None => content,
            })
        };
        let parts = fields.iter().map(part);
        Some(format!(
            "({})",
            parts.collect::<Option<Vec<_>>>()?.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use scale_info::{Path, PortableRegistryBuilder, Type, TypeDefTuple};

    use super::*;

    /// A type of so many levels, each of which holds the one below so often.
    fn described(levels: u32, times: usize) -> String {
        let mut types = PortableRegistryBuilder::new();
        let mut last = None;
        for _ in 0..levels {
            let parts = last.into_iter().flat_map(|id: u32| vec![id.into(); times]);
            let tuple = TypeDefTuple::new_portable(parts);
            let ty = Type::new(Path::default(), Vec::new(), tuple, Vec::new());
            last = Some(types.register_type(ty));
        }
        let types = types.finish();
        let mut shape = Shape::new(&types);
        shape.or_endless(|shape| shape.of(levels - 1))
    }

    #[test]
    fn types_without_end_are_described_in_no_time() {
        assert_eq!(described(3, 2), "(((), ()), ((), ()))");
        // 2^29 of the innermost; and one, in a hundred others.
        assert_eq!(described(30, 2), ENDLESS);
        assert_eq!(described(100, 1), ENDLESS);
        assert!(!KNOWN.contains(ENDLESS));
    }
}
