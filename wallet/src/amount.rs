//! Amounts of money: whole numbers of the smallest unit inside, decimals with a symbol outside.
//!
//! No float is ever involved: `0.1 QLK` is exactly 100,000,000,000 units of 10⁻¹² QLK, and a text
//! with more decimals than the token has is refused rather than rounded.

use serde::Serialize;

/// The longest text that is looked at: `u128::MAX` has 39 digits, and room for point, underscores and symbol.
const MAX_TEXT: usize = 80;

/// A chain's token, as its properties name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Token {
    /// The symbol that people write behind amounts.
    pub symbol: String,
    /// How many decimal places one whole token has.
    pub decimals: u8,
}

impl Default for Token {
    fn default() -> Self {
        Self {
            symbol: "QLK".into(),
            decimals: 12,
        }
    }
}

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Nothing there.
    #[error("the amount is empty")]
    Empty,
    /// Nothing to be paid.
    #[error("the amount must be greater than zero")]
    Zero,
    /// Longer than any amount.
    #[error("the amount has {0} characters; no amount needs more than {MAX_TEXT}")]
    TooLong(usize),
    /// A character that has no place in a decimal number.
    #[error("`{0}` is not an amount: write digits with at most one point, such as 1.5 (no sign, no exponent, no comma)")]
    NotANumber(String),
    /// More decimals than the token has.
    #[error("{found} decimals, but {symbol} has only {decimals}")]
    TooManyDecimals {
        /// How many were written.
        found: usize,
        /// The token's symbol.
        symbol: String,
        /// How many the token has.
        decimals: u8,
    },
    /// More than the chain can count.
    #[error("the amount is larger than the chain can hold")]
    TooLarge,
    /// Another token's symbol.
    #[error("the amount is in `{found}`, but this chain's token is {expected}")]
    WrongSymbol {
        /// What was written.
        found: String,
        /// The chain's symbol.
        expected: String,
    },
    /// A token definition that cannot be computed with.
    #[error("the chain says its token has {0} decimals; at most 38 can be counted")]
    UnusableToken(u8),
}

impl Token {
    /// One whole token in its smallest unit.
    fn unit(&self) -> Result<u128, AmountError> {
        10u128
            .checked_pow(u32::from(self.decimals))
            .ok_or(AmountError::UnusableToken(self.decimals))
    }

    /// Reads `1.5`, `1.5 QLK`, `1.5QLK` or `1_000`, exactly.
    ///
    /// # Errors
    /// An [`AmountError`] that says what is wrong with the text.
    pub fn parse(&self, text: &str) -> Result<u128, AmountError> {
        let unit = self.unit()?;
        if text.len() > MAX_TEXT {
            return Err(AmountError::TooLong(text.len()));
        }
        let number = self.strip_symbol(text.trim())?;
        if number.is_empty() {
            return Err(AmountError::Empty);
        }
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let malformed = || AmountError::NotANumber(text.trim().into());
        let whole = digits(whole).ok_or_else(malformed)?;
        let decimals = digits(decimals)
            .filter(|_| !decimals.contains('_'))
            .ok_or_else(malformed)?;
        if whole.is_empty() && decimals.is_empty() {
            return Err(malformed());
        }
        if decimals.len() > usize::from(self.decimals) {
            return Err(AmountError::TooManyDecimals {
                found: decimals.len(),
                symbol: self.symbol.clone(),
                decimals: self.decimals,
            });
        }
        let fraction = format!("{decimals:0<width$}", width = usize::from(self.decimals));
        let whole = number_of(&whole)?
            .checked_mul(unit)
            .ok_or(AmountError::TooLarge)?;
        whole
            .checked_add(number_of(&fraction)?)
            .ok_or(AmountError::TooLarge)
    }

    /// Reads an amount that is to be paid: not zero.
    ///
    /// # Errors
    /// As [`Token::parse`], or [`AmountError::Zero`].
    pub fn parse_payment(&self, text: &str) -> Result<u128, AmountError> {
        match self.parse(text)? {
            0 => Err(AmountError::Zero),
            amount => Ok(amount),
        }
    }

    /// Prints an amount with its symbol and without trailing zeros: `1.5 QLK`.
    pub fn format(&self, amount: u128) -> String {
        format!("{} {}", self.format_number(amount), self.symbol)
    }

    /// Prints an amount without its symbol: `1.5`.
    pub fn format_number(&self, amount: u128) -> String {
        let digits = format!("{amount:0>width$}", width = usize::from(self.decimals) + 1);
        let (whole, decimals) = digits.split_at(digits.len() - usize::from(self.decimals));
        match decimals.trim_end_matches('0') {
            "" => whole.into(),
            decimals => format!("{whole}.{decimals}"),
        }
    }

    fn strip_symbol<'a>(&self, text: &'a str) -> Result<&'a str, AmountError> {
        let end = text.find(char::is_alphabetic).unwrap_or(text.len());
        let (number, symbol) = text.split_at(end);
        if !symbol.is_empty() && !symbol.eq_ignore_ascii_case(&self.symbol) {
            // `1e5` and `0x10` are malformed numbers rather than amounts of another token.
            if symbol.chars().all(char::is_alphabetic) {
                return Err(AmountError::WrongSymbol {
                    found: symbol.into(),
                    expected: self.symbol.clone(),
                });
            }
            return Err(AmountError::NotANumber(text.into()));
        }
        Ok(number.trim_end())
    }
}

/// The digits of `text` without separating underscores, or nothing if there is anything else.
fn digits(text: &str) -> Option<String> {
    let well_formed = text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let separated = !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    (well_formed && separated).then(|| text.replace('_', ""))
}

fn number_of(digits: &str) -> Result<u128, AmountError> {
    match digits.trim_start_matches('0') {
        "" => Ok(0),
        significant => significant.parse().map_err(|_| AmountError::TooLarge),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use proptest::prelude::*;

    const QLK: u128 = 1_000_000_000_000;

    #[test]
    fn reads_what_people_write() {
        let token = Token::default();
        for (text, amount) in [
            ("1", QLK),
            ("1.5", QLK + QLK / 2),
            (" 1.5 QLK ", QLK + QLK / 2),
            ("1.5qlk", QLK + QLK / 2),
            (".5", QLK / 2),
            ("5.", 5 * QLK),
            ("0", 0),
            ("0.000000000001", 1),
            ("1_000_000", 1_000_000 * QLK),
            ("000000000000000000000000000000000000000000000000001", QLK),
        ] {
            assert_eq!(token.parse(text), Ok(amount), "{text}");
        }
    }

    #[test]
    fn each_mistake_has_its_own_error() {
        let token = Token::default();
        let not_a_number = |text: &str| Err(AmountError::NotANumber(text.into()));
        assert_eq!(token.parse(""), Err(AmountError::Empty));
        assert_eq!(token.parse("QLK"), Err(AmountError::Empty));
        for text in [
            "-1", "+1", "1,5", "1.2.3", "1e5", "0x10", ".", "_1", "1__0", "1.0_0", "1 2", "١",
        ] {
            assert_eq!(token.parse(text), not_a_number(text), "{text}");
        }
        assert_eq!(
            token.parse("0.0000000000001"),
            Err(AmountError::TooManyDecimals {
                found: 13,
                symbol: "QLK".into(),
                decimals: 12
            })
        );
        assert_eq!(
            token.parse("1 DOT"),
            Err(AmountError::WrongSymbol {
                found: "DOT".into(),
                expected: "QLK".into()
            })
        );
        assert_eq!(
            token.parse("340282366920938463463374608"),
            Err(AmountError::TooLarge)
        );
        assert_eq!(token.parse(&"9".repeat(80)), Err(AmountError::TooLarge));
        assert_eq!(token.parse(&"9".repeat(81)), Err(AmountError::TooLong(81)));
        let absurd = Token {
            symbol: "X".into(),
            decimals: 39,
        };
        assert_eq!(absurd.parse("1"), Err(AmountError::UnusableToken(39)));
    }

    #[test]
    fn a_payment_of_nothing_is_no_payment() {
        let token = Token::default();
        for text in ["0", "0.000", "0 QLK"] {
            assert_eq!(token.parse_payment(text), Err(AmountError::Zero), "{text}");
        }
        assert_eq!(token.parse_payment("0.000000000001"), Ok(1));
    }

    #[test]
    fn prints_without_trailing_zeros() {
        let token = Token::default();
        assert_eq!(token.format(0), "0 QLK");
        assert_eq!(token.format(1), "0.000000000001 QLK");
        assert_eq!(token.format(10 * QLK), "10 QLK");
        assert_eq!(token.format(QLK + QLK / 4), "1.25 QLK");
        assert_eq!(
            Token {
                symbol: "U".into(),
                decimals: 0
            }
            .format(70),
            "70 U"
        );
    }

    proptest! {
        #[test]
        fn printing_and_reading_are_inverse(amount: u128, decimals in 0u8..=38) {
            let token = Token { symbol: "QLK".into(), decimals };
            prop_assert_eq!(token.parse(&token.format(amount)), Ok(amount));
        }

        #[test]
        fn no_text_panics(text in ".{0,100}") {
            let _ = Token::default().parse(&text);
        }
    }
}
