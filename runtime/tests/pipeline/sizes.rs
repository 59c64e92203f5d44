//! What a transaction weighs on the wire.

use codec::Encode;
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::constants::currency::QLK;

use crate::chain::*;

#[test]
fn a_registered_ml_dsa_65_transfer_takes_at_most_3500_bytes() {
    on_development_chain(|| {
        let (alice, bob) = (
            Person::funded("Alice", Scheme::MlDsa65),
            Person::new("Bob", Scheme::MlDsa65),
        );
        let attached = alice.sign(transfer(&bob.account, QLK)).encode().len();
        let registered = alice.sign_short(transfer(&bob.account, QLK)).encode().len();
        assert!(registered <= 3_500, "{registered} bytes");
        assert_eq!(
            attached - registered,
            1_952 + 2,
            "the key and its length prefix"
        );
    });
}
