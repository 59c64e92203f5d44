//! The memory that a prover takes.

use std::{error::Error, fs, process::Command};

use crate::{orchards, ours};

/// Followed by a side, it has the process measure that side's memory and nothing else.
pub const FLAG: &str = "--memory-of";

/// Proofs that are made.
const PROOFS: u32 = 3;

/// What proving takes in a process of its own, in kB.
pub fn of(side: &str) -> Result<u64, Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?)
        .args([FLAG, side])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// Prints by how much the process grows at most while it proves, in kB.
pub fn measure_here(side: &str) -> Result<(), Box<dyn Error>> {
    let grown = match side {
        "ours" => {
            let payments = ours::payments(PROOFS)?;
            growth(|| payments.iter().try_for_each(|it| ours::prove(it).map(drop)))?
        }
        "orchard" => {
            let orchard = orchards::Orchard::keys_only()?;
            growth(|| (0..PROOFS).try_for_each(|_| orchard.prove().map(drop)))?
        }
        other => return Err(format!("no side is called {other}").into()),
    };
    println!("{grown}");
    Ok(())
}

fn growth(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<u64, Box<dyn Error>> {
    // Linux forgets the peak that building keys has left.
    fs::write("/proc/self/clear_refs", "5")?;
    let before = status_kb("VmRSS:")?;
    work()?;
    Ok(status_kb("VmHWM:")?.saturating_sub(before))
}

fn status_kb(name: &str) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.ok_or("the process has no status")?.parse()?)
}
