//! Measurements, run with `cargo bench -p qloak-benches`. The library itself is empty; what is
//! measured stands in `benches/`.
