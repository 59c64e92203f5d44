//! `key generate-node-key`: the key that identifies a node on the network.
//!
//! The SDK's command of this name prints the secret to the terminal unless it is told otherwise, and writes files that
//! everybody can read. This one never prints the secret: it stores it where the node looks for it, for its owner only.

use crate::error::Error;
use clap::Args;
use polkadot_sdk::{
    sc_cli::{SharedParams, SubstrateCli},
    sc_network::config::ed25519::{Keypair, SecretKey},
    sc_service::BasePath,
};
use qloak_keystore::secret_file;
use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Place of the key below the folder of a chain's data, as the SDK looks for it.
const KEY_FILE: &str = "network/secret_ed25519";
const FOLDER_MODE: u32 = 0o700;

/// `key generate-node-key`
#[derive(Debug, Args)]
pub struct GenerateNodeKey {
    /// Write the key to this new file, for `--node-key-file`, instead of the folder of the chain's data.
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,

    /// Print JSON.
    #[arg(long)]
    json: bool,

    /// Which chain, and where its data lies.
    #[command(flatten)]
    shared: SharedParams,
}

impl GenerateNodeKey {
    /// Makes a key, stores it and prints the peer's id.
    pub fn run<Cli: SubstrateCli>(&self, cli: &Cli) -> Result<(), Error> {
        let path = match &self.file {
            Some(file) => file.clone(),
            None => self.default_place(cli)?,
        };
        if path.exists() {
            return Err(Error::Key(format!(
                "{} has a node key already, and a node that changes it becomes a stranger to its peers. To see its id: \
                 qloak-node key inspect-node-key --file {}",
                path.display(),
                path.display()
            )));
        }
        if let Some(folder) = path.parent().filter(|_| self.file.is_none()) {
            make_private(folder)?;
        }
        let secret = SecretKey::generate();
        let line = Zeroizing::new(hex::encode(*Zeroizing::new(secret.to_bytes())));
        secret_file::create(&path, line.as_bytes())?;
        self.print(
            &Keypair::from(secret).public().to_peer_id().to_string(),
            &path,
        );
        Ok(())
    }

    /// The file that a node with the same options reads.
    fn default_place<Cli: SubstrateCli>(&self, cli: &Cli) -> Result<PathBuf, Error> {
        let base_path = self
            .shared
            .base_path()?
            .unwrap_or_else(|| BasePath::from_project("", "", &Cli::executable_name()));
        let chain_id = self.shared.chain_id(self.shared.is_dev());
        let chain_spec = cli.load_spec(&chain_id).map_err(Error::Key)?;
        Ok(base_path.config_dir(chain_spec.id()).join(KEY_FILE))
    }

    fn print(&self, peer: &str, path: &Path) {
        if self.json {
            let shown = serde_json::json!({ "peerId": peer, "file": path });
            println!("{shown}");
        } else {
            println!("{peer}");
            eprintln!("The secret is in {}, for its owner only.", path.display());
        }
    }
}

fn make_private(folder: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(folder)
        .map_err(|error| {
            Error::Key(format!(
                "cannot make the folder {}: {error}",
                folder.display()
            ))
        })
}
