//! What a block's author puts into it unsigned: its time and slot.

use polkadot_sdk::{sc_consensus_aura::SlotDuration, *};

type Inherents = (
    sp_consensus_aura::inherents::InherentDataProvider,
    sp_timestamp::InherentDataProvider,
);

/// The timestamp of now and its slot, for blocks that are made or checked.
pub fn inherents(slot_duration: SlotDuration) -> Inherents {
    let timestamp = sp_timestamp::InherentDataProvider::from_system_time();
    let slot = sp_consensus_aura::inherents::InherentDataProvider::from_timestamp_and_slot_duration(
        *timestamp,
        slot_duration,
    );
    (slot, timestamp)
}
