//! `qloak shield`

use codec::Encode;
use qloak_shielded::encryption::Payment;
use qloak_shielded::note::Asset;
use qloak_shielded::transaction::Deposit;
use serde_json::json;

use super::wallet::Wallet;
use super::{directory, input, ShieldArguments};
use crate::chain::inspect::{existential_deposit, AccountInfo};
use crate::chain::registry::Registration;
use crate::chain::transaction::Call;
use crate::chain::AtBlock;
use crate::cli::{sending, Session};
use crate::error::Error;
use crate::shielded::{draft, ShieldedError};

/// The pallet's name in the runtime.
pub const PALLET: &str = "PrivacyCredit";

/// The numbers of a call of the pallet.
pub fn call_index(at: &AtBlock, name: &str) -> Result<[u8; 2], Error> {
    let no_pool = || Error::NotQloak(format!("{PALLET}::{name}"));
    let pallet = at
        .metadata_ref()
        .pallet_by_name(PALLET)
        .ok_or_else(no_pool)?;
    let call = pallet.call_variant_by_name(name).ok_or_else(no_pool)?;
    Ok([pallet.call_index(), call.index])
}

fn deposit_call(at: &AtBlock, deposit: &Deposit) -> Result<Call, Error> {
    let mut bytes = call_index(at, "shield")?.to_vec();
    deposit.encode_to(&mut bytes);
    at.transactions()
        .from_call_data_bytes(&bytes)
        .map_err(|error| Error::NotQloak(format!("{PALLET}::shield of this form ({error})")))
}

pub async fn shield(session: &Session, arguments: &ShieldArguments) -> Result<(), Error> {
    let from = input::payer(session, &arguments.from, arguments.scheme)?;
    let to = arguments.to.as_deref();
    let to = to.map(|it| input::recipient(session, it)).transpose()?;
    let memo = input::memo(&arguments.memo)?;
    let opened = sending::open(session, &from, &arguments.send.passphrase.source())?;
    let keys = input::keys_of(&from, &opened)?;
    let mut wallet = Wallet::open(session, from.label().into(), keys).await?;
    let value = wallet.parse_amount(&arguments.amount)?;
    let least = wallet.pool().await?.minimum_deposit;
    if value < least {
        let least = wallet.coins(least);
        return Err(ShieldedError::DepositTooSmall { least }.into());
    }
    let address = match &to {
        Some(to) => directory::resolve(session, &wallet.chain, to).await?,
        None => wallet.keys.address(0)?.address().clone(),
    };
    let handle = address.handle().to_string();
    let payment = Payment {
        address,
        asset: Asset::Qlk,
        value,
        memo,
    };
    let deposit = draft::deposit(&wallet.keys, &payment)?;

    let chain = &wallet.chain;
    let at = chain.best().await?;
    let call = deposit_call(&at, &deposit)?;
    let info = AccountInfo::read(chain, &at, from.id()).await?;
    let registration = Registration::read(chain, &at, from.id()).await?;
    let key = registration.key.as_ref();
    let priced = sending::price(session, chain, &at, &from, key, call, &arguments.send).await?;
    let needed = u128::from(value).saturating_add(priced.price.total());
    let spendable = info.spendable(existential_deposit(&at));
    if spendable < needed {
        return Err(Error::NotApplicable(format!(
            "`{}` can spend {}, but amount and fee are {}",
            from.label(),
            wallet.coins(spendable),
            wallet.coins(needed)
        )));
    }
    let text = wallet.coins(value);
    let sender = chain.address(from.id());
    let whose = match &to {
        None => "your own shielded address".to_owned(),
        Some(to) => to.shown(),
    };
    let what = [
        ("from", sending::named(from.label(), &sender)),
        ("to", whose),
        ("amount", format!("{text}; this and the payer are public")),
    ];
    priced.confirm(session, chain, &what)?;
    let secret = opened.secret(&priced.key.entry)?;
    let signed = {
        let _spinner = session.output.spinner("signing");
        priced.draft.sign(secret).await?
    };
    let outcome = sending::submit(session, chain, &signed, &arguments.send).await?;
    let action = json!({
        "from": sender,
        "to": handle,
        "amount": value.to_string(),
        "signature": { "scheme": priced.key.entry.scheme.to_string(), "with_key": !priced.key.registered },
    });
    let json = sending::sent_json(action, &priced.price, &outcome);
    sending::finish(
        session,
        chain,
        &outcome,
        &json,
        &format!("Shielded {text}."),
    )?;
    drop(priced);
    // The deposit is made, whatever a scan finds to complain about.
    if let Err(error) = wallet.sync().await {
        session.output.warn(format_args!(
            "the deposit is made, but the scan that should find it failed: {error}"
        ));
    }
    Ok(())
}
