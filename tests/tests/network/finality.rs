//! Four validators make blocks and agree on them. The one network test of the plain suite.

use qloak_e2e::network::{operator::payment, Network, Plan};
use qloak_runtime::constants::currency::QLK;

#[test]
fn four_validators_finalise_a_payment_and_all_agree() {
    let plan = Plan::four();
    let mut network = Network::start(&plan);
    let paid = network.settle("Alice", "Alice", payment("Bob", QLK));
    assert!(paid.finalized);
    network.until("five more final blocks everywhere", |view| {
        plan.validators
            .iter()
            .all(|name| view.finalized(name) >= paid.block_number + 5)
    });
    network.nothing_is_lost();
}
