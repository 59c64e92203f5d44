//! What tools read of the chain.

use polkadot_sdk::sp_io;
use qloak_runtime::Runtime;
use scale_info::{form::PortableForm, PortableRegistry, TypeDef};

/// polkadot.js throws on longer arrays while it reads metadata.
const LONGEST_ARRAY: u32 = 2_048;

fn registry(version: u32) -> PortableRegistry {
    use codec::Decode;
    use polkadot_sdk::frame_support::__private::metadata::{
        RuntimeMetadata, RuntimeMetadataPrefixed,
    };
    // Some constants lie in the state.
    let opaque = sp_io::TestExternalities::default()
        .execute_with(|| Runtime::metadata_at_version(version))
        .expect("the version is supported");
    match RuntimeMetadataPrefixed::decode(&mut &opaque[..]).unwrap().1 {
        RuntimeMetadata::V14(metadata) => metadata.types,
        RuntimeMetadata::V15(metadata) => metadata.types,
        RuntimeMetadata::V16(metadata) => metadata.types,
        other => panic!("version {version} is {other:?}"),
    }
}

#[test]
fn no_array_is_longer_than_polkadot_js_can_read() {
    for version in [14, 15, 16] {
        let mut arrays = 0;
        for portable in registry(version).types {
            if let TypeDef::<PortableForm>::Array(array) = portable.ty.type_def {
                arrays += 1;
                assert!(
                    array.len <= LONGEST_ARRAY,
                    "type {} is an array of {}",
                    portable.id,
                    array.len
                );
            }
        }
        assert!(arrays > 5, "the metadata was not read");
    }
}

/// Tools that compare prefixes then tell our addresses from those of every other network.
#[test]
fn the_prefix_of_addresses_is_of_no_other_network() {
    use polkadot_sdk::{frame_system::Config, sp_core::crypto::Ss58AddressFormat};
    let prefix: u16 = <Runtime as Config>::SS58Prefix::get();
    assert_eq!(prefix, qloak_pq_crypto::account::SS58_PREFIX);
    assert!((64..16_384).contains(&prefix));
    let format = Ss58AddressFormat::custom(prefix);
    assert!(format.is_custom(), "{format} is in the registry");
}

#[test]
fn the_signature_is_an_enum_of_ours_with_post_quantum_variants_from_index_16() {
    let registry = registry(14);
    let signature = registry
        .types
        .iter()
        .find(|portable| {
            portable
                .ty
                .path
                .segments
                .last()
                .is_some_and(|name| name == "AccountSignature")
        })
        .expect("the signature type is described");
    let TypeDef::Variant(variants) = &signature.ty.type_def else {
        panic!("not an enum")
    };
    let find = |name: &str| {
        variants
            .variants
            .iter()
            .find(|variant| variant.name == name)
            .map(|v| v.index)
    };
    assert_eq!(find("Sr25519"), Some(1));
    assert_eq!(find("MlDsa44WithKey"), Some(16));
    assert_eq!(find("MlDsa65WithKey"), Some(18));
    assert_eq!(find("MlDsa65Registered"), Some(19));
    assert_eq!(find("HybridEd25519MlDsa65Registered"), Some(29));
}

/// The type that gives nonces their default shows as the number that it is.
#[test]
fn a_nonce_is_a_number_of_32_bits() {
    use scale_info::TypeDefPrimitive;
    let registry = registry(14);
    let is_u32 = |id| {
        let ty = registry.resolve(id).expect("the type is described");
        matches!(ty.type_def, TypeDef::Primitive(TypeDefPrimitive::U32))
    };
    let find = |name: &str| {
        let named = |it: &&scale_info::PortableType| {
            it.ty.path.segments.last().is_some_and(|last| last == name)
        };
        let found = registry.types.iter().find(named);
        &found.expect("the type is described").ty.type_def
    };
    let TypeDef::Composite(account) = find("AccountInfo") else {
        panic!("not a structure")
    };
    assert!(is_u32(account.fields[0].ty.id));
    let TypeDef::Composite(check) = find("CheckNonce") else {
        panic!("not a structure")
    };
    let compact = registry.resolve(check.fields[0].ty.id).expect("described");
    let TypeDef::Compact(number) = &compact.type_def else {
        panic!("not compact")
    };
    assert!(is_u32(number.type_param.id));
}
