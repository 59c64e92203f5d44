//! Values of the chain as JSON, with the help of the metadata: account ids as addresses, bytes as
//! hexadecimal, integers of 64 bits and more as text (JSON readers lose the low digits of large ones).

use scale_info::{PortableRegistry, TypeDef, TypeDefPrimitive};
use serde_json::{json, Map, Value as Json};
use subxt::ext::scale_value::{scale, Composite, Primitive, Value, ValueDef};
use subxt::metadata::Metadata;

use super::measure;
use crate::address::AccountId;
use crate::printable::printable;

/// The largest integer that every JSON reader keeps exact.
const MAX_EXACT: u128 = (1 << 53) - 1;

/// Decodes one value of a type, taking its bytes off the front; nothing if it is none, or larger than any of this chain.
pub fn decode(bytes: &mut &[u8], type_id: u32, types: &PortableRegistry) -> Option<Value<u32>> {
    measure::Walk::new(types, measure::MAX_VALUES)
        .pass(&mut &**bytes, type_id)
        .ok()?;
    scale::decode_as_type(bytes, type_id, types).ok()
}

/// Turns values into JSON for one chain.
pub struct Translator<'a> {
    /// The types.
    pub metadata: &'a Metadata,
    /// The prefix of addresses.
    pub prefix: u16,
}

impl Translator<'_> {
    /// Decodes one value of a type, taking its bytes off the front.
    pub fn decode(&self, bytes: &mut &[u8], type_id: u32) -> Option<Json> {
        decode(bytes, type_id, self.metadata.types()).map(|value| self.json(&value))
    }

    /// A value as JSON.
    pub fn json(&self, value: &Value<u32>) -> Json {
        match &value.value {
            ValueDef::Composite(composite) => self.composite(composite, value.context),
            ValueDef::Variant(variant) if variant.values.is_empty() => variant.name.clone().into(),
            ValueDef::Variant(variant) => {
                let content = self.fields(&variant.values);
                match variant.name.as_str() {
                    // An option and an address by id are their content.
                    "Some" => content,
                    "Id" if content.is_string() => content,
                    name => json!({ name: content }),
                }
            }
            ValueDef::Primitive(primitive) => scalar(primitive, self.is_wide(value.context)),
            ValueDef::BitSequence(bits) => {
                Json::String(bits.iter().map(|bit| if bit { '1' } else { '0' }).collect())
            }
        }
    }

    fn composite(&self, composite: &Composite<u32>, type_id: u32) -> Json {
        match self.bytes(composite, type_id) {
            Some(bytes) => match <[u8; 32]>::try_from(bytes.as_slice()) {
                Ok(id) if self.is_account(type_id) => AccountId(id).to_address(self.prefix).into(),
                _ => format!("0x{}", hex::encode(bytes)).into(),
            },
            None => self.fields(composite),
        }
    }

    /// The bytes of a sequence or array of `u8`, also inside a wrapper (an account id is a struct of one).
    fn bytes(&self, composite: &Composite<u32>, type_id: u32) -> Option<Vec<u8>> {
        let values: Vec<&Value<u32>> = composite.values().collect();
        let element = match &self.metadata.types().resolve(type_id)?.type_def {
            TypeDef::Sequence(sequence) => sequence.type_param.id,
            TypeDef::Array(array) => array.type_param.id,
            TypeDef::Composite(_) => match values.as_slice() {
                [Value {
                    value: ValueDef::Composite(inner),
                    context,
                }] => return self.bytes(inner, *context),
                _ => return None,
            },
            _ => return None,
        };
        let element = &self.metadata.types().resolve(element)?.type_def;
        if !matches!(element, TypeDef::Primitive(TypeDefPrimitive::U8)) {
            return None;
        }
        let byte = |value: &Value<u32>| match value.value {
            ValueDef::Primitive(Primitive::U128(number)) => u8::try_from(number).ok(),
            _ => None,
        };
        values.into_iter().map(byte).collect()
    }

    /// Whether a type is an integer of 64 bits or more, compact or not.
    fn is_wide(&self, type_id: u32) -> bool {
        match self
            .metadata
            .types()
            .resolve(type_id)
            .map(|ty| &ty.type_def)
        {
            Some(TypeDef::Compact(compact)) => self.is_wide(compact.type_param.id),
            Some(TypeDef::Primitive(primitive)) => matches!(
                primitive,
                TypeDefPrimitive::U64 | TypeDefPrimitive::U128 | TypeDefPrimitive::U256
            ),
            _ => false,
        }
    }

    fn is_account(&self, type_id: u32) -> bool {
        let ty = self.metadata.types().resolve(type_id);
        ty.is_some_and(|ty| {
            ty.path
                .segments
                .last()
                .is_some_and(|name| name == "AccountId32")
        })
    }

    fn fields(&self, composite: &Composite<u32>) -> Json {
        match composite {
            Composite::Named(fields) => Json::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.json(value)))
                    .collect::<Map<_, _>>(),
            ),
            Composite::Unnamed(fields) => match fields.as_slice() {
                [single] => self.json(single),
                fields => fields.iter().map(|value| self.json(value)).collect(),
            },
        }
    }
}

/// A wide integer is text whatever its value: a field's JSON type must not depend on the amount in it.
fn scalar(primitive: &Primitive, wide: bool) -> Json {
    match primitive {
        Primitive::Bool(value) => (*value).into(),
        Primitive::Char(value) => value.to_string().into(),
        Primitive::String(value) => value.clone().into(),
        Primitive::U128(value) if !wide && *value <= MAX_EXACT => (*value as u64).into(),
        Primitive::U128(value) => value.to_string().into(),
        Primitive::I128(value) => value.to_string().into(),
        Primitive::U256(value) | Primitive::I256(value) => {
            format!("0x{}", hex::encode(value)).into()
        }
    }
}

/// JSON as a line for people: strings without quotes, long bytes shortened.
pub fn line(json: &Json) -> String {
    match json {
        Json::String(text) if text.starts_with("0x") && text.len() > 74 => {
            format!(
                "{}… ({} bytes)",
                text.get(..34).unwrap_or_default(),
                (text.len() - 2) / 2
            )
        }
        Json::String(text) => printable(text),
        Json::Object(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", printable(name), line(value)))
                .collect();
            if fields.is_empty() {
                return String::new();
            }
            format!("{{ {} }}", fields.join(", "))
        }
        Json::Array(values) => format!(
            "[{}]",
            values.iter().map(line).collect::<Vec<_>>().join(", ")
        ),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_stay_exact_as_text() {
        let number = |value, wide| scalar(&Primitive::U128(value), wide);
        assert_eq!(number(7, false), json!(7));
        assert_eq!(number(7, true), json!("7"));
        assert_eq!(number(1 << 53, false), json!((1u64 << 53).to_string()));
        assert_eq!(number(u128::MAX, true), json!(u128::MAX.to_string()));
    }

    #[test]
    fn lines_are_short() {
        let long = format!("0x{}", "ab".repeat(1952));
        assert!(line(&long.into()).ends_with("… (1952 bytes)"));
        assert_eq!(
            line(&json!({ "who": "5G", "amount": 3 })),
            "{ amount: 3, who: 5G }"
        );
        assert_eq!(line(&json!([1, "a"])), "[1, a]");
    }
}
