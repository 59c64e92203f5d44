//! What the numbers were measured on.

use std::{fs, process::Command, thread};

use qloak_e2e::node::find_program;

use crate::error::Error;

/// The machine and the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// How many threads run at once.
    pub cores: usize,
    /// The processor's name.
    pub processor: String,
    /// The node's name and version.
    pub node: String,
}

impl Machine {
    /// This machine and the node that will run on it.
    ///
    /// # Errors
    /// If there is no node, or it does not run.
    pub fn read() -> Result<Self, Error> {
        let node = Command::new(find_program()?)
            .arg("--version")
            .output()
            .map_err(Error::Version)?;
        // Not every kernel names the processor there.
        let facts = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        Ok(Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            processor: processor(&facts).unwrap_or("unknown processor").into(),
            node: String::from_utf8_lossy(&node.stdout).trim().into(),
        })
    }
}

fn processor(facts: &str) -> Option<&str> {
    let line = facts.lines().find(|line| line.starts_with("model name"))?;
    let (_, name) = line.split_once(':')?;
    Some(name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_has_a_name() {
        let facts = "processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7763 64-Core\n\n";
        assert_eq!(processor(facts), Some("AMD EPYC 7763 64-Core"));
        assert_eq!(processor("processor\t: 0\n"), None);
    }
}
