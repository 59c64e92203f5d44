//! Why nothing was measured.

use std::{io, path::PathBuf};

use qloak_e2e::node::Missing;

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no node to run.
    #[error(transparent)]
    NoNode(#[from] Missing),

    /// The node does not say which version it is.
    #[error("`qloak-node --version` does not run: {0}. Is it built for this machine?")]
    Version(io::Error),

    /// The system does not tell what a process used.
    #[error("cannot read {}: {source}. Measuring needs Linux", .path.display())]
    Process {
        /// Where it should stand.
        path: PathBuf,
        /// Why it does not.
        source: io::Error,
    },

    /// The system tells it in another form than Linux does.
    #[error("{} does not have the form that Linux gives it", .0.display())]
    ProcessForm(PathBuf),

    /// A validator has no such metric.
    #[error("{member} offers no metric {metric}: is this node of the version of this program?")]
    Metric {
        /// The validator.
        member: String,
        /// The metric, with its label.
        metric: String,
    },

    /// The node's answer is of another chain than this program knows.
    #[error("{what}: is this node of the version of this program?")]
    Form {
        /// What is wrong.
        what: String,
    },

    /// The result cannot be printed.
    #[error("cannot print the result: {0}")]
    Output(io::Error),
}

impl Error {
    /// An answer that this program does not understand.
    pub fn form(what: impl Into<String>) -> Self {
        Self::Form { what: what.into() }
    }
}
