//! What freezing, rotating and recovering do not protect: shielded money, whose keys come from the account's
//! words and not from its signing key (`docs/spec/accounts.md`, What each order protects).

/// Before and after a freeze.
pub const FREEZE: &str = "freezing stops what the account signs, not its shielded payments: whoever has the account's words can still spend its shielded money. If somebody else may have them, move it to another account now (qloak send)";

/// Before and after a rotation.
pub const ROTATE: &str = "the new key comes from the same words, and so do the shielded keys: a rotation helps against whoever has the old key, not against whoever has the words. For that there is qloak key recover";

/// Before a recovery with the account's own words.
pub const SAME_WORDS: &str = "the new key comes from the account's own words: whoever else has them has this key too, and can spend the account's shielded money. Leave out --same-words if somebody may";

/// Before a recovery with new words.
pub const NEW_WORDS: &str = "a recovery does not touch shielded money: it stays under the old words, and whoever has them can spend it. Under the new words the account has other shielded addresses. An old address that was published stays in the directory until you publish a new one, and payments to it go to whoever has the old words. Privacy credits (PRIV) stay under the old words too";
