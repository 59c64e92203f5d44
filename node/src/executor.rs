//! What runs the runtime, and where it keeps what it has compiled.
//!
//! Compiling a runtime from WebAssembly takes over a second of all cores, at each start anew. Wasmtime can
//! keep the machine code in a folder, under a name made of the WebAssembly's hash, its own version and its
//! settings, and then starts with it at once.
//!
//! Threat model: the machine code is run as it lies there, so whoever can write to the folder can run code
//! as the node. It is therefore the user's own folder, which nobody else can write to, below `~/.cache`
//! (or `$XDG_CACHE_HOME`); if others can write to it, or it is not ours, the node says so and compiles
//! as before.

use polkadot_sdk::{
    sc_executor::{HeapAllocStrategy, DEFAULT_HEAP_ALLOC_STRATEGY},
    sc_service::config::ExecutorConfiguration,
};
use qloak_client::Executor;
use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::PathBuf,
};

/// The folder's mode when it is made: its owner's alone.
const FOLDER_MODE: u32 = 0o700;

/// The permission bits by which others could put their own code into the folder.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Why compiled runtimes are not kept.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("there is no home folder for them")]
    NoHome,
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("others can write to {0}. To correct that: chmod 700 {0}", path.display())]
    Exposed { path: PathBuf },
    #[error("{} belongs to another user", path.display())]
    Foreign { path: PathBuf },
}

/// An executor as the SDK configures it, with a folder for compiled runtimes where there can be one.
pub fn new(config: &ExecutorConfiguration) -> Executor {
    let heap = config
        .default_heap_pages
        .map_or(DEFAULT_HEAP_ALLOC_STRATEGY, |pages| {
            HeapAllocStrategy::Static {
                extra_pages: u32::try_from(pages).unwrap_or(u32::MAX),
            }
        });
    let mut builder = Executor::builder()
        .with_execution_method(config.wasm_method)
        .with_onchain_heap_alloc_strategy(heap)
        .with_offchain_heap_alloc_strategy(heap)
        .with_max_runtime_instances(config.max_runtime_instances)
        .with_runtime_cache_size(config.runtime_cache_size);
    match user_folder().and_then(open) {
        Ok(folder) => builder = builder.with_cache_path(folder),
        Err(reason) => {
            log::warn!("compiled runtimes are not kept, so each start takes longer: {reason}")
        }
    }
    builder.build()
}

fn user_folder() -> Result<PathBuf, Unusable> {
    let project = directories::ProjectDirs::from("", "", "qloak-node").ok_or(Unusable::NoHome)?;
    Ok(project.cache_dir().join("compiled-runtimes"))
}

/// Makes the folder if need be, and checks whose it is.
fn open(path: PathBuf) -> Result<PathBuf, Unusable> {
    let failed = |source| Unusable::Io {
        path: path.clone(),
        source,
    };
    DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(&path)
        .map_err(failed)?;
    let metadata = fs::metadata(&path).map_err(failed)?;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(Unusable::Foreign { path });
    }
    if metadata.mode() & WRITABLE_BY_OTHERS != 0 {
        return Err(Unusable::Exposed { path });
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_folder_is_made_for_its_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = open(parent.path().join("cache/compiled")).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, FOLDER_MODE);
        assert_eq!(open(folder.clone()).unwrap(), folder, "and found again");
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o720, 0o702, 0o777] {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            let error = open(folder.path().into()).unwrap_err();
            assert!(
                matches!(error, Unusable::Exposed { .. }),
                "{mode:o}: {error}"
            );
            assert!(error.to_string().contains("chmod 700"), "{error}");
        }
    }

    #[test]
    fn a_folder_of_another_user_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        // Only root can give a folder away; to others, the root folder is somebody else's.
        let foreign = match std::os::unix::fs::chown(folder.path(), Some(1), None) {
            Ok(()) => folder.path(),
            Err(_) => std::path::Path::new("/"),
        };
        let error = open(foreign.into()).unwrap_err();
        assert!(matches!(error, Unusable::Foreign { .. }), "{error}");
    }

    #[test]
    fn a_file_in_its_place_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let error = open(file.clone()).unwrap_err();
        assert!(
            error.to_string().starts_with(&file.display().to_string()),
            "{error}"
        );
    }
}
