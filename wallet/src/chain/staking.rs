//! Stakes as they stand at a block, and the calls that change them.

use subxt::dynamic::constant;
use subxt::error::StorageError;
use subxt::ext::scale_decode;
use subxt::ext::scale_decode::DecodeAsType;
use subxt::ext::scale_value::Value;
use subxt::storage::{Address, DynamicAddress};
use subxt::utils::{AccountId32, Static};

use super::session_keys::{SessionKeys, BYTES};
use super::transaction::{address_value, call, Call};
use super::{account_id32, AtBlock, Chain};
use crate::address::AccountId;
use crate::error::Error;

/// The pallet's name in the runtime.
const PALLET: &str = "Staking";
/// What of it is being asked, for errors.
const DOING: &str = "reading the stakes";

/// What an account has bonded, in the smallest unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
pub struct Ledger {
    /// Everything that is held.
    pub total: u128,
    /// What counts in elections.
    pub active: u128,
    /// What was given up and is held on for a while.
    pub unlocking: Vec<Unlocking>,
}

/// A part of a bond that was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
pub struct Unlocking {
    /// How much.
    pub value: u128,
    /// The era from which on it can be withdrawn.
    pub era: u32,
}

impl Ledger {
    /// What can be withdrawn in an era.
    pub fn thawed(&self, era: u32) -> u128 {
        let thawed = self.unlocking.iter().filter(|chunk| chunk.era <= era);
        thawed.fold(0, |sum, chunk| sum.saturating_add(chunk.value))
    }
}

/// The terms on which a candidate stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
pub struct Terms {
    /// What it keeps of rewards before they are shared, in billionths.
    pub commission: u32,
    /// Whether it takes no further nominators.
    pub blocked: bool,
}

/// Whom a nominator stands behind.
#[derive(Clone, Debug, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Nominations {
    targets: Vec<AccountId32>,
}

/// What slashes left behind.
#[derive(Clone, Debug, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct SlashingSpans {
    prior: Vec<u32>,
}

/// The era that is running.
#[derive(Clone, Debug, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct ActiveEra {
    index: u32,
}

/// The stake behind a validator in an era.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
pub struct Backing {
    /// All of it.
    pub total: u128,
    /// The validator's own.
    pub own: u128,
    /// How many nominators the rest comes from.
    pub nominator_count: u32,
}

/// What an account does with its bond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nothing.
    Idle,
    /// It stands for election.
    Candidate(Terms),
    /// It stands behind candidates.
    Nominator(Vec<AccountId>),
}

/// The bounds and clocks of staking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What a candidate has to have active.
    pub minimum_validator: u128,
    /// What a nominator has to have active.
    pub minimum_nominator: u128,
    /// The era that runs.
    pub active_era: u32,
    /// The era that is planned, by which bonds thaw.
    pub planned_era: u32,
    /// For how many eras a bond is held on.
    pub bonding_eras: u32,
    /// The session that runs.
    pub session: u32,
}

impl Rules {
    /// Reads them.
    ///
    /// # Errors
    /// [`Error::NotQloak`] if the chain has no staking, [`Error::Node`].
    pub async fn read(chain: &Chain, at: &AtBlock) -> Result<Self, Error> {
        let reader = Reader { chain, at };
        let active: Option<ActiveEra> = reader.fetch(PALLET, "ActiveEra", ()).await?;
        let bonding = constant::<u32>(PALLET, "BondingDuration");
        let bonding = at.constants().entry(bonding);
        Ok(Self {
            minimum_validator: reader.count(PALLET, "MinValidatorBond").await?,
            minimum_nominator: reader.count(PALLET, "MinNominatorBond").await?,
            active_era: active.map_or(0, |era| era.index),
            planned_era: reader.count(PALLET, "CurrentEra").await?,
            bonding_eras: bonding.map_err(|_| missing(PALLET, "BondingDuration"))?,
            session: reader.count("Session", "CurrentIndex").await?,
        })
    }
}

/// All that staking says about an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stake {
    /// What it has bonded, if it has.
    pub ledger: Option<Ledger>,
    /// What it does with it.
    pub role: Role,
    /// How many times slashes divided its past; the chain wants to be told when the last is withdrawn.
    pub slashing_spans: u32,
    /// The session keys that it registered.
    pub keys: Option<SessionKeys>,
}

impl Stake {
    /// Reads it.
    ///
    /// # Errors
    /// As [`Rules::read`].
    pub async fn read(chain: &Chain, at: &AtBlock, account: AccountId) -> Result<Self, Error> {
        let reader = Reader { chain, at };
        let key = || (account_id32(account),);
        let spans: Option<SlashingSpans> = reader.fetch(PALLET, "SlashingSpans", key()).await?;
        let keys: Option<Static<[u8; BYTES]>> = reader.fetch("Session", "NextKeys", key()).await?;
        Ok(Self {
            ledger: reader.fetch(PALLET, "Ledger", key()).await?,
            role: reader.role(account).await?,
            slashing_spans: spans.map_or(0, |spans| spans_of(&spans)),
            keys: keys.map(|keys| SessionKeys(keys.0)),
        })
    }
}

/// The spans before the present one, and that.
fn spans_of(spans: &SlashingSpans) -> u32 {
    u32::try_from(spans.prior.len())
        .unwrap_or(u32::MAX)
        .saturating_add(1)
}

/// Where an account stands as a validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Whether it validates in this session.
    pub validating: bool,
    /// The keys with which it will in the next one, if it will.
    pub queued: Option<SessionKeys>,
    /// The first block in which it may be chosen again, after an offence.
    pub excluded_until: Option<u32>,
    /// The stake behind it in the running era.
    pub backing: Option<Backing>,
    /// Who stands behind it for the next election, and with how much.
    pub nominators: Vec<(AccountId, u128)>,
}

impl Seat {
    /// Reads it.
    ///
    /// # Errors
    /// As [`Rules::read`].
    pub async fn read(
        chain: &Chain,
        at: &AtBlock,
        account: AccountId,
        rules: &Rules,
    ) -> Result<Self, Error> {
        let reader = Reader { chain, at };
        let key = || (account_id32(account),);
        let backing = (rules.active_era, account_id32(account));
        Ok(Self {
            validating: validators(chain, at).await?.contains(&account),
            queued: reader.queued(account).await?,
            excluded_until: reader.fetch("ValidatorOffences", "Excluded", key()).await?,
            backing: reader.fetch(PALLET, "ErasStakersOverview", backing).await?,
            nominators: reader.nominators(account).await?,
        })
    }
}

/// The validators of the running session.
///
/// # Errors
/// [`Error::NotQloak`], [`Error::Node`].
pub async fn validators(chain: &Chain, at: &AtBlock) -> Result<Vec<AccountId>, Error> {
    let reader = Reader { chain, at };
    let validators: Option<Vec<AccountId32>> = reader.fetch("Session", "Validators", ()).await?;
    Ok(validators.unwrap_or_default().iter().map(plain).collect())
}

/// The stake behind a validator in the running era.
///
/// # Errors
/// [`Error::NotQloak`], [`Error::Node`].
pub async fn backing(
    chain: &Chain,
    at: &AtBlock,
    era: u32,
    account: AccountId,
) -> Result<Option<Backing>, Error> {
    let key = (era, account_id32(account));
    Reader { chain, at }
        .fetch(PALLET, "ErasStakersOverview", key)
        .await
}

/// The session with which an era began; nothing of one that is long over, or not planned.
///
/// # Errors
/// [`Error::NotQloak`], [`Error::Node`].
pub async fn first_session(chain: &Chain, at: &AtBlock, era: u32) -> Result<Option<u32>, Error> {
    let reader = Reader { chain, at };
    reader.fetch(PALLET, "ErasStartSessionIndex", (era,)).await
}

/// All candidates, with their terms.
///
/// # Errors
/// [`Error::NotQloak`], [`Error::Node`].
pub async fn candidates(chain: &Chain, at: &AtBlock) -> Result<Vec<(AccountId, Terms)>, Error> {
    Reader { chain, at }.all(PALLET, "Validators").await
}

/// Reads storage at one block.
struct Reader<'a> {
    chain: &'a Chain,
    at: &'a AtBlock,
}

impl Reader<'_> {
    async fn fetch<Keys, T>(
        &self,
        pallet: &str,
        entry: &str,
        keys: Keys,
    ) -> Result<Option<T>, Error>
    where
        T: DecodeAsType,
        DynamicAddress<Keys, T>: Address<KeyParts = Keys, Value = T>,
    {
        let storage = self.at.storage();
        let address = DynamicAddress::<Keys, T>::new(pallet, entry);
        let entry = storage.entry(address).map_err(|_| missing(pallet, entry))?;
        let value = entry
            .try_fetch(keys)
            .await
            .map_err(self.chain.failed(DOING))?;
        value
            .map(|value| value.decode())
            .transpose()
            .map_err(self.chain.failed(DOING))
    }

    /// A number that is zero until somebody sets it.
    async fn count<T: DecodeAsType + Default>(&self, pallet: &str, entry: &str) -> Result<T, Error>
    where
        DynamicAddress<(), T>: Address<KeyParts = (), Value = T>,
    {
        Ok(self.fetch(pallet, entry, ()).await?.unwrap_or_default())
    }

    async fn role(&self, account: AccountId) -> Result<Role, Error> {
        let key = || (account_id32(account),);
        if self.is_candidate(account).await? {
            let terms: Option<Terms> = self.fetch(PALLET, "Validators", key()).await?;
            return Ok(Role::Candidate(terms.unwrap_or_default()));
        }
        let nominations: Option<Nominations> = self.fetch(PALLET, "Nominators", key()).await?;
        Ok(nominations.map_or(Role::Idle, |nominations| {
            Role::Nominator(nominations.targets.iter().map(plain).collect())
        }))
    }

    /// Asked by the raw key: read as a value, an account that is no candidate has default terms.
    async fn is_candidate(&self, account: AccountId) -> Result<bool, Error> {
        let storage = self.at.storage();
        let address = DynamicAddress::<(AccountId32,), Terms>::new(PALLET, "Validators");
        let entry = storage
            .entry(address)
            .map_err(|_| missing(PALLET, "Validators"))?;
        let key = entry
            .fetch_key((account_id32(account),))
            .map_err(self.chain.failed(DOING))?;
        match storage.fetch_raw(key).await {
            Ok(_) => Ok(true),
            Err(StorageError::NoValueFound) => Ok(false),
            Err(error) => Err(self.chain.failed(DOING)(error)),
        }
    }

    async fn queued(&self, account: AccountId) -> Result<Option<SessionKeys>, Error> {
        type Queue = Vec<(AccountId32, Static<[u8; BYTES]>)>;
        let queue: Option<Queue> = self.fetch("Session", "QueuedKeys", ()).await?;
        let mut queue = queue.unwrap_or_default().into_iter();
        let place = queue.find(|(who, _)| plain(who) == account);
        Ok(place.map(|(_, keys)| SessionKeys(keys.0)))
    }

    async fn nominators(&self, candidate: AccountId) -> Result<Vec<(AccountId, u128)>, Error> {
        let all: Vec<(AccountId, Nominations)> = self.all(PALLET, "Nominators").await?;
        let candidate = account_id32(candidate);
        let behind = all
            .into_iter()
            .filter(|(_, nominations)| nominations.targets.contains(&candidate));
        let mut nominators = Vec::new();
        for (who, _) in behind {
            let key = (account_id32(who),);
            let ledger: Option<Ledger> = self.fetch(PALLET, "Ledger", key).await?;
            nominators.push((who, ledger.unwrap_or_default().active));
        }
        Ok(nominators)
    }

    /// Every entry of a map by account.
    async fn all<T>(&self, pallet: &str, entry: &str) -> Result<Vec<(AccountId, T)>, Error>
    where
        T: DecodeAsType,
        DynamicAddress<(AccountId32,), T>: Address<KeyParts = (AccountId32,), Value = T>,
    {
        let storage = self.at.storage();
        let address = DynamicAddress::<(AccountId32,), T>::new(pallet, entry);
        let entry = storage.entry(address).map_err(|_| missing(pallet, entry))?;
        let mut entries = entry.iter(()).await.map_err(self.chain.failed(DOING))?;
        let mut found = Vec::new();
        while let Some(entry) = entries.next().await {
            let entry = entry.map_err(self.chain.failed(DOING))?;
            let key = entry.key().and_then(|key| key.decode());
            let (who,) = key.map_err(self.chain.failed(DOING))?;
            let value = entry.value().decode();
            found.push((plain(&who), value.map_err(self.chain.failed(DOING))?));
        }
        // The state's own order is that of hashes.
        found.sort_by_key(|(who, _)| *who);
        Ok(found)
    }
}

fn missing(pallet: &str, entry: &str) -> Error {
    Error::NotQloak(format!("{pallet}::{entry}"))
}

fn plain(account: &AccountId32) -> AccountId {
    AccountId(account.0)
}

/// What the chain holds while session keys are registered; nothing if it does not say.
pub fn session_key_deposit(at: &AtBlock) -> Option<u128> {
    let deposit = constant::<u128>("Session", "KeyDeposit");
    at.constants().entry(deposit).ok()
}

/// Bonds an amount for the first time; rewards are bonded too.
pub fn bond(amount: u128) -> Call {
    let arguments = vec![
        ("value", Value::u128(amount)),
        ("payee", Value::unnamed_variant("Staked", [])),
    ];
    call(PALLET, "bond", arguments)
}

/// Adds to what is bonded.
pub fn bond_more(amount: u128) -> Call {
    let arguments = vec![("max_additional", Value::u128(amount))];
    call(PALLET, "bond_extra", arguments)
}

/// Gives up a part of the bond, or all of it.
pub fn unbond(amount: u128) -> Call {
    call(PALLET, "unbond", vec![("value", Value::u128(amount))])
}

/// Returns what has thawed.
pub fn withdraw(slashing_spans: u32) -> Call {
    let spans = Value::u128(slashing_spans.into());
    call(
        PALLET,
        "withdraw_unbonded",
        vec![("num_slashing_spans", spans)],
    )
}

/// Stands for election.
pub fn validate(terms: Terms) -> Call {
    let terms = Value::named_composite([
        ("commission", Value::u128(terms.commission.into())),
        ("blocked", Value::bool(terms.blocked)),
    ]);
    call(PALLET, "validate", vec![("prefs", terms)])
}

/// Stands behind candidates.
pub fn nominate(targets: &[AccountId]) -> Call {
    let targets = targets.iter().copied().map(address_value);
    let targets = Value::unnamed_composite(targets);
    call(PALLET, "nominate", vec![("targets", targets)])
}

/// Stands neither for election nor behind anybody.
pub fn chill() -> Call {
    call(PALLET, "chill", Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bond_thaws_with_its_era() {
        let chunk = |value, era| Unlocking { value, era };
        let ledger = Ledger {
            total: 10,
            active: 4,
            unlocking: vec![chunk(1, 5), chunk(2, 6), chunk(3, 9)],
        };
        let thawed = [4, 5, 6, 8, 9].map(|era| ledger.thawed(era));
        assert_eq!(thawed, [0, 1, 3, 3, 6]);
    }

    #[test]
    fn the_present_span_counts_too() {
        assert_eq!(spans_of(&SlashingSpans { prior: Vec::new() }), 1);
        assert_eq!(spans_of(&SlashingSpans { prior: vec![3, 1] }), 3);
    }
}
