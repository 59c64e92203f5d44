//! The two passes of Binaryen that `substrate-wasm-builder` runs over a runtime, in Rust.
//!
//! The builder uses the crate `wasm-opt`, which compiles Binaryen, some 200 files of C++, for two small jobs at
//! optimisation level 0: lower the sign-extension instructions, and drop the debugging sections. This crate has the
//! part of that crate's interface which the builder calls and takes its place by `[patch.crates-io]`.
//!
//! * **Sign extension.** The target `wasm32v1-none` never emits these instructions. So nothing is lowered here: the
//!   module is validated against the first version of WebAssembly instead, and any instruction past it is an
//!   error that names its offset.
//! * **Debugging sections.** Custom sections named `.debug_*` or `reloc..debug_*` are left out. Every other section
//!   is copied byte for byte, names of functions included.
//!
//! What Binaryen would do beyond that at level 0 is to encode the module again, which is no part of either job.

#![forbid(unsafe_code)]

use std::{
    io,
    path::{Path, PathBuf},
};

use wasm_encoder::{Module, RawSection};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// A pass over a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Leaves out the sections that hold debugging information.
    StripDwarf,
    /// Refuses sign-extension instructions, which the runtime's target does not emit.
    SignextLowering,
}

/// An error of [`OptimizationOptions::run`].
#[derive(Debug, thiserror::Error)]
pub enum OptimizationError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Reason given by the operating system.
        source: io::Error,
    },
    /// The module is malformed, or uses an instruction past the first version of WebAssembly.
    #[error(
        "the module is no WebAssembly 1.0, which is all that the target wasm32v1-none emits and this \
         substitute of wasm-opt handles: {0}"
    )]
    NotWasm1(#[from] wasmparser::BinaryReaderError),
}

/// Options of a run, gathered before it. The methods are those that the builder calls.
#[derive(Clone, Debug, Default)]
pub struct OptimizationOptions {
    passes: Vec<Pass>,
}

impl OptimizationOptions {
    /// Returns options without any pass. No other level of optimisation exists here.
    pub fn new_opt_level_0() -> Self {
        Self::default()
    }

    /// Keeps to the first version of WebAssembly. Every run does; the method is part of the interface.
    pub fn mvp_features_only(&mut self) -> &mut Self {
        self
    }

    /// Keeps the names of functions. Every run does; the method is part of the interface.
    pub fn debug_info(&mut self, _keep: bool) -> &mut Self {
        self
    }

    /// Adds a pass.
    pub fn add_pass(&mut self, pass: Pass) -> &mut Self {
        self.passes.push(pass);
        self
    }

    /// Reads the module `infile`, validates it, and writes what the passes leave of it to `outfile`, which may be
    /// the same file.
    ///
    /// # Errors
    ///
    /// Returns an error if a file cannot be read or written, or if the module is not WebAssembly 1.0. Then
    /// `outfile` is as it was.
    pub fn run(
        &self,
        infile: impl AsRef<Path>,
        outfile: impl AsRef<Path>,
    ) -> Result<(), OptimizationError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| OptimizationError::File { path, source }
        };
        let (infile, outfile) = (infile.as_ref(), outfile.as_ref());
        let module = std::fs::read(infile).map_err(at(infile))?;
        let module = self.apply(&module)?;
        std::fs::write(outfile, module).map_err(at(outfile))
    }

    fn apply(&self, module: &[u8]) -> Result<Vec<u8>, OptimizationError> {
        Validator::new_with_features(WasmFeatures::WASM1).validate_all(module)?;
        let strip = self.passes.contains(&Pass::StripDwarf);
        let mut kept = Module::new();
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload?;
            let debugging =
                matches!(&payload, Payload::CustomSection(section) if is_debugging(section.name()));
            if let Some((id, range)) = payload.as_section().filter(|_| !(strip && debugging)) {
                let data = module.get(range).unwrap_or_default();
                kept.section(&RawSection { id, data });
            }
        }
        Ok(kept.finish())
    }
}

fn is_debugging(section: &str) -> bool {
    section.starts_with(".debug_") || section.starts_with("reloc..debug_")
}

#[cfg(test)]
mod tests;
