//! What the SDK's options say of themselves, where it is not true of this node.
//!
//! The options are the SDK's and work as they do everywhere. Their texts speak of chains that are not built in, of
//! services that nobody runs here, and of a password that does something else.

use clap::{Arg, Command};

/// Options of services that this network does not have. They stay, for scripts that give them, and are not offered.
const HIDDEN: [&str; 2] = ["ipfs_server", "ipfs_bootnodes"];

/// An option, what it does in a line, and what else there is to know.
const TEXTS: [(&str, &str, &str); 4] = [
    (
        "chain",
        "The chain: dev, local, local7, or the file of a chain specification",
        "`dev` is a chain of one node, `local` a network of four validators on one machine, and `local7` one of seven. A \
         network of your own has a file, which its founder makes by `export-chain-spec` and gives to everybody. Without \
         this option it is `local`.",
    ),
    (
        "dev",
        "A chain of your own on this machine, forgotten at the end",
        "The same as `--chain=dev --force-authoring --rpc-cors=all --alice --tmp`, each unless it is given otherwise. No \
         other nodes are looked for on the local network. When blocks are made, `--sealing` says.",
    ),
    (
        "password",
        "The password that encrypts the keystore's files",
        "Other users of this machine can read it while the command runs, and the shell keeps it in its history. Prefer \
         `--password-interactive` or `--password-filename`.",
    ),
    (
        "password_interactive",
        "Ask for the password that encrypts the keystore's files",
        "Without a password the files of the keystore are not encrypted, and only their mode protects them.",
    ),
];

/// Corrects a command and everything below it.
pub fn corrected(command: Command) -> Command {
    command.mut_args(correct).mut_subcommands(corrected)
}

fn correct(argument: Arg) -> Arg {
    let id = argument.get_id().as_str().to_owned();
    if HIDDEN.contains(&id.as_str()) {
        return argument.hide(true);
    }
    match TEXTS.iter().find(|(option, _, _)| *option == id) {
        Some((_, line, more)) => argument.help(*line).long_help(format!("{line}.\n\n{more}")),
        None => argument,
    }
}
