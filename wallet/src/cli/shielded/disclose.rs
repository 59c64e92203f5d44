//! `qloak disclose` and `qloak verify-disclosure`

use qloak_shielded::disclosure::{Disclosed, Disclosure};
use qloak_shielded::transaction::Output;
use serde_json::json;

use super::wallet::Wallet;
use super::{input, DiscloseArguments, VerifyArguments};
use crate::chain::Chain;
use crate::cli::Session;
use crate::error::Error;
use crate::printable::printable;
use crate::shielded::source::{block_of_note, BlockId, Source};
use crate::shielded::{credit_token, ShieldedError};
use qloak_shielded::element::Digest;
use qloak_shielded::note::Asset;

pub async fn disclose(session: &Session, arguments: &DiscloseArguments) -> Result<(), Error> {
    let (label, keys) = input::owner(session, &arguments.owner)?;
    let mut wallet = Wallet::open(session, label, keys).await?;
    wallet.sync().await?;
    let position = arguments.position;
    let unknown = || ShieldedError::NoPayment {
        position,
        account: wallet.label.clone(),
    };
    let (_, item) = wallet.state.payment(position).ok_or_else(unknown)?;
    let payment = item.payment().ok_or_else(unknown)?;
    let disclosure = item
        .disclose(&wallet.keys, wallet.state.genesis, arguments.memo)
        .ok_or_else(unknown)?;
    let text = disclosure.export();
    if let Some(path) = &arguments.out {
        input::write_new(path, &text, 0o600)?;
    }
    let file = arguments
        .out
        .as_ref()
        .map(|path| path.display().to_string());
    let amount = wallet.amount(payment.asset, payment.value);
    let json = json!({
        "account": wallet.label,
        "position": position,
        "value": payment.value.to_string(),
        "asset": payment.asset.to_string(),
        "handle": payment.handle().to_string(),
        "disclosure": file.is_none().then(|| text.as_str()),
        "file": file,
    });
    session.output.result(&json, |report| match &file {
        Some(file) => {
            report.good(format_args!(
                "The payment of {amount} is disclosed in {file}."
            ));
            report.line(format_args!(
                "  Whoever gets it checks it: qloak verify-disclosure {file}"
            ));
        }
        None => report.line(text.as_str()),
    })
}

/// The note that the chain holds at a position.
struct OnChain {
    block: BlockId,
    leaf: Digest,
    /// Nothing for a credit, which has no ciphertext.
    output: Option<Output>,
}

async fn find(chain: &Chain, position: u32) -> Result<OnChain, Error> {
    let block = block_of_note(chain, position).await?;
    let Some(block) = block else {
        let head = Source::head(chain).await?;
        let size = chain.pool(head).await?.anchor.size;
        return Err(ShieldedError::NoSuchNote { position, size }.into());
    };
    for entry in chain.entries(block).await? {
        let offset = position
            .checked_sub(entry.position)
            .map(|offset| offset as usize);
        let Some(offset) = offset else { continue };
        let credit = entry
            .transfer
            .as_ref()
            .map(|spent| spent.credit_commitment());
        if let Some(output) = entry.outputs.get(offset) {
            return Ok(OnChain {
                block,
                leaf: output.commitment,
                output: Some(output.clone()),
            });
        }
        if let Some(leaf) = credit.filter(|_| offset == entry.outputs.len()) {
            return Ok(OnChain {
                block,
                leaf,
                output: None,
            });
        }
    }
    Err(ShieldedError::Inconsistent {
        block: block.number,
    }
    .into())
}

pub async fn verify(session: &Session, arguments: &VerifyArguments) -> Result<(), Error> {
    let text = input::text(&arguments.file)?;
    let disclosure: Disclosure = text.parse().map_err(ShieldedError::Disclosure)?;
    let expected = arguments.to.as_deref();
    let expected = expected.map(|it| input::address(session, it)).transpose()?;
    let chain = session.connect().await?;
    let position = disclosure.position();
    let found = {
        let _spinner = session
            .output
            .spinner("looking for the payment on the chain");
        find(&chain, position).await?
    };
    let shown: Disclosed = disclosure
        .verify(&chain.genesis().0, &found.leaf)
        .map_err(ShieldedError::Disclosure)?;
    if let Some(address) = expected.as_ref().filter(|address| !shown.is_to(address)) {
        return Err(ShieldedError::OtherRecipient(address.handle().to_string()).into());
    }
    let opened = found
        .output
        .as_ref()
        .and_then(|output| disclosure.memo(&output.ciphertext).ok());
    let delivered = expected.as_ref().map(|address| {
        let ciphertext = found.output.as_ref().map(|output| &output.ciphertext);
        ciphertext.is_some_and(|it| disclosure.verify_delivery(address, it).is_ok())
    });
    let memo = opened
        .as_ref()
        .and_then(|(memo, _)| memo.text().ok().map(printable));
    let handle = opened.as_ref().map(|(_, handle)| handle.to_string());
    let finalized = Source::finalized(&chain).await? >= found.block.number;
    let token = match shown.asset {
        Asset::Qlk => chain.token.clone(),
        Asset::Priv => credit_token(&chain.token),
    };
    let hash = format!("0x{}", hex::encode(found.block.hash));
    let json = json!({
        "valid": true,
        "position": position,
        "block": found.block.number,
        "block_hash": hash,
        "finalized": finalized,
        "value": shown.value.to_string(),
        "asset": shown.asset.to_string(),
        "owner": format!("0x{}", shown.owner),
        "recipient": expected.as_ref().map(|address| address.handle().to_string()),
        "memo": memo,
        "handle": handle,
        "delivered": delivered,
    });
    session.output.result(&json, |report| {
        report.good(format_args!(
            "The chain holds this payment of {}.",
            token.format(shown.value.into())
        ));
        let finality = if finalized { "final" } else { "not final yet" };
        report.field(
            "block",
            format_args!("{} {hash}, {finality}", found.block.number),
        );
        report.field("position", position);
        match &expected {
            Some(address) => {
                report.field("paid to", format_args!("{}, as claimed", address.handle()))
            }
            None => report.field("owner", format_args!("0x{}", shown.owner)),
        }
        if let Some(handle) = &handle {
            report.field("address", format_args!("{handle}, says the sender"));
        }
        report.field("delivery", match delivered {
            Some(true) => "the recipient's wallet finds it",
            Some(false) => "not shown. A payment can be made so that its recipient never finds it: ask him, or have the payer show it by `disclose --memo`",
            None => "not looked at. Name the recipient's address with --to to see whether his wallet finds it",
        });
        if let Some(memo) = memo.as_deref().filter(|memo| !memo.is_empty()) {
            report.field("memo", format_args!("“{memo}”"));
        }
    })
}
