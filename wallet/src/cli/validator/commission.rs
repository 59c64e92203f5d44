//! Commissions: percent outside, billionths inside, and never a float.

/// Billionths of a percent point.
const PERCENT: u32 = 10_000_000;
/// Decimals that a percentage can have: those of a billionth.
const DECIMALS: usize = 7;

/// Reads `5`, `2.5` or `2.5%`, exactly.
///
/// # Errors
/// What is wrong with the text.
pub fn parse(text: &str) -> Result<u32, String> {
    let number = text.trim();
    let number = number.strip_suffix('%').unwrap_or(number).trim_end();
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(decimals) {
        return Err("write a percentage such as 5 or 2.5".into());
    }
    if decimals.len() > DECIMALS {
        return Err(format!("at most {DECIMALS} decimals count"));
    }
    let whole: Option<u32> = whole.parse().ok().filter(|whole| *whole <= 100);
    let fraction: Option<u32> = format!("{decimals:0<DECIMALS$}").parse().ok();
    let total = whole
        .zip(fraction)
        .map(|(whole, fraction)| whole * PERCENT + fraction);
    total
        .filter(|total| *total <= 100 * PERCENT)
        .ok_or_else(|| "a commission is at most 100 percent".into())
}

/// Prints billionths as percent, without trailing zeros and sign.
pub fn format(billionths: u32) -> String {
    let (whole, fraction) = (billionths / PERCENT, billionths % PERCENT);
    let fraction = format!("{fraction:0>DECIMALS$}");
    match fraction.trim_end_matches('0') {
        "" => whole.to_string(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_exact() {
        for (text, billionths, printed) in [
            ("0", 0, "0"),
            ("5", 50_000_000, "5"),
            ("2.5", 25_000_000, "2.5"),
            ("2.50 %", 25_000_000, "2.5"),
            ("0.0000001", 1, "0.0000001"),
            ("100%", 1_000_000_000, "100"),
        ] {
            assert_eq!(parse(text), Ok(billionths), "{text}");
            assert_eq!(format(billionths), printed);
        }
    }

    #[test]
    fn what_is_no_percentage_is_refused() {
        for text in ["", "%", "-1", "1,5", "five", ".5", "5.", "1e1", "٥"] {
            assert!(
                parse(text).is_err_and(|error| error.contains("such as")),
                "{text}"
            );
        }
        for text in ["101", "100.0000001", "99999999999999"] {
            assert!(
                parse(text).is_err_and(|error| error.contains("at most 100")),
                "{text}"
            );
        }
        assert!(parse("1.00000001").is_err_and(|error| error.contains("decimals")));
    }
}
