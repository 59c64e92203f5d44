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
use scale_info::{Field, PortableRegistry, TypeDef};
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
    let mut lines = frame(metadata, transaction_version);
    // What is nested in a call may be any that the wallet knows.
    match pallet {
        "Utility" => lines.extend(PALLETS.iter().flat_map(|pallet| calls(metadata, pallet))),
        pallet => {
            let name = format!("{pallet}.{call}");
            let found = calls(metadata, pallet)
                .into_iter()
                .find(|(found, _)| *found == name);
            let none = || Error::NotQloak(format!("call {name}"));
            lines.push(found.ok_or_else(none)?);
        }
    }
    for (name, description) in lines {
        let is_wanted = pallet != "Utility" || LINES.contains_key(name.as_str());
        if is_wanted && LINES.get(name.as_str()) != Some(&description.as_str()) {
            return Err(Error::OtherLayout(name));
        }
    }
    Ok(())
}

/// All that [`KNOWN`] holds, out of a chain's metadata.
pub fn describe(metadata: &Metadata, transaction_version: u32) -> String {
    let mut lines = frame(metadata, transaction_version);
    lines.extend(PALLETS.iter().flat_map(|pallet| calls(metadata, pallet)));
    lines
        .into_iter()
        .map(|(name, description)| format!("{name}: {description}\n"))
        .collect()
}

/// What surrounds every call: version and extensions, with what they carry and what they have signed beside.
fn frame(metadata: &Metadata, transaction_version: u32) -> Vec<(String, String)> {
    let types = metadata.types();
    let extensions: Vec<String> = metadata
        .extrinsic()
        .transaction_extensions_to_use_for_encoding()
        .map(|extension| {
            format!(
                "{} {} {}",
                extension.identifier(),
                shape(types, extension.extra_ty()),
                shape(types, extension.additional_ty())
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

/// The calls of a pallet: their numbers, and their arguments' names and types.
fn calls(metadata: &Metadata, pallet: &str) -> Vec<(String, String)> {
    let types = metadata.types();
    let Some(found) = metadata.pallet_by_name(pallet) else {
        return Vec::new();
    };
    // Nested in other calls it goes by this number.
    let outer = types
        .resolve(metadata.outer_enums().call_enum_ty())
        .and_then(|ty| match &ty.type_def {
            TypeDef::Variant(outer) => outer.variants.iter().find(|variant| {
                let is_its = |field: &Field<PortableForm>| Some(field.ty.id) == found.call_ty_id();
                variant.name == pallet && variant.fields.iter().any(is_its)
            }),
            _ => None,
        });
    let nested = match outer {
        Some(variant) if variant.index == found.call_index() => "",
        _ => " (nested otherwise)",
    };
    let line = |variant: &scale_info::Variant<PortableForm>| {
        (
            format!("{pallet}.{}", variant.name),
            format!(
                "{}.{}{nested} {}",
                found.call_index(),
                variant.index,
                fields(types, &variant.fields, &mut Vec::new())
            ),
        )
    };
    let mut variants: Vec<_> = found.call_variants().unwrap_or_default().iter().collect();
    variants.sort_by_key(|variant| variant.index);
    variants.into_iter().map(line).collect()
}

/// How a type is encoded, and by which names values of it are put together.
fn shape(types: &PortableRegistry, id: u32) -> String {
    shape_within(types, id, &mut Vec::new())
}

fn shape_within(types: &PortableRegistry, id: u32, around: &mut Vec<u32>) -> String {
    let Some(ty) = types.resolve(id) else {
        return "unknown".into();
    };
    if ty.path.segments.last().is_some_and(|name| name == ANY_CALL) {
        return "call".into();
    }
    // A type that contains itself.
    if let Some(depth) = around.iter().position(|outer| *outer == id) {
        return format!("@{depth}");
    }
    around.push(id);
    let text = match &ty.type_def {
        TypeDef::Composite(composite) => match composite.fields.as_slice() {
            // A wrapper is encoded as what it wraps.
            [field] if field.name.is_none() => shape_within(types, field.ty.id, around),
            several => fields(types, several, around),
        },
        TypeDef::Variant(choice) => {
            let mut variants: Vec<_> = choice.variants.iter().collect();
            variants.sort_by_key(|variant| variant.index);
            let variant = |variant: &&scale_info::Variant<PortableForm>| {
                let content = match variant.fields.is_empty() {
                    true => String::new(),
                    false => fields(types, &variant.fields, around),
                };
                format!("{} {}{content}", variant.index, variant.name)
            };
            let variants: Vec<_> = variants.iter().map(variant).collect();
            format!("<{}>", variants.join(" | "))
        }
        TypeDef::Sequence(list) => {
            format!("[{}]", shape_within(types, list.type_param.id, around))
        }
        TypeDef::Array(array) => format!(
            "[{}; {}]",
            shape_within(types, array.type_param.id, around),
            array.len
        ),
        TypeDef::Tuple(tuple) => {
            let parts: Vec<_> = tuple
                .fields
                .iter()
                .map(|field| shape_within(types, field.id, around))
                .collect();
            format!("({})", parts.join(", "))
        }
        TypeDef::Primitive(primitive) => format!("{primitive:?}").to_lowercase(),
        TypeDef::Compact(compact) => {
            format!(
                "compact {}",
                shape_within(types, compact.type_param.id, around)
            )
        }
        TypeDef::BitSequence(_) => "bits".into(),
    };
    around.pop();
    text
}

fn fields(
    types: &PortableRegistry,
    fields: &[Field<PortableForm>],
    around: &mut Vec<u32>,
) -> String {
    let parts: Vec<_> = fields
        .iter()
        .map(|field| {
            let content = shape_within(types, field.ty.id, around);
            match &field.name {
                Some(name) => format!("{name}: {content}"),
                None => content,
            }
        })
        .collect();
    format!("({})", parts.join(", "))
}
