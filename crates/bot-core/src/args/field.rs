//! Asks a type which fields it has.

use serde::de::value::Error;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

/// The names a struct's fields are read under, their aliases among them; `None` where serde does not tell, as for one with
/// a flattened field.
pub(crate) fn names<T: for<'de> Deserialize<'de>>() -> Option<&'static [&'static str]> {
    let mut names = None;
    // It has no value to give, so there is never a result.
    let _ = T::deserialize(Probe(&mut names));
    names
}

/// Notes what it is asked for, and gives nothing.
struct Probe<'a>(&'a mut Option<&'static [&'static str]>);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = Some(fields);
        Err(Error::custom("only the names were asked for"))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("no struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "it is the names that are looked at")]
    struct Plain {
        #[serde(alias = "amount", alias = "much")]
        litres: u8,
        #[serde(rename = "what")]
        plant: Option<String>,
        #[serde(skip)]
        ours: u8,
    }

    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Transparent(#[expect(dead_code, reason = "as above")] Plain);

    #[derive(Deserialize)]
    struct Newtype(#[expect(dead_code, reason = "as above")] Plain);

    #[derive(Deserialize)]
    #[serde(from = "Plain")]
    struct From;

    impl std::convert::From<Plain> for From {
        fn from(_: Plain) -> Self {
            Self
        }
    }

    #[derive(Deserialize)]
    struct Flat {
        #[expect(dead_code, reason = "as above")]
        #[serde(flatten)]
        plain: Plain,
    }

    #[derive(Deserialize)]
    struct Empty {}

    #[test]
    fn a_struct_tells_the_names_of_its_fields() {
        // (case, what it tells, its names)
        let plain = Some(["amount", "litres", "much", "what"].as_slice());
        let cases = [
            ("a struct", names::<Plain>(), plain),
            ("one that stands for it", names::<Transparent>(), plain),
            ("one around it", names::<Newtype>(), plain),
            ("one made of it", names::<From>(), plain),
            ("none", names::<Empty>(), Some(&[][..])),
            ("a flattened field", names::<Flat>(), None),
            ("no struct", names::<String>(), None),
        ];

        for (case, told, expected) in cases {
            let mut told = told.map(<[_]>::to_vec);
            if let Some(names) = &mut told {
                names.sort_unstable();
            }
            assert_eq!(told.as_deref(), expected, "{case}");
        }
    }
}
