//! Platforms' limits that are wider than a conversation: what they cover, and until when they hold.
//!
//! A limit of one conversation needs no note: what is given back keeps the rest of its conversation waiting. Every other
//! is noted for all workers. What holds for a tenant is one item of the table, so that one read tells whether a call is
//! taken, however many limits it is under.

use std::collections::BTreeMap;

use crate::event::Event;
use crate::hash::hash;
use crate::time::Timestamp;

/// A limit, by which of a tenant's calls it covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// All that come from our addresses, with or without a token of ours.
    Address,
    /// Those with our token.
    Token,
    /// Those of this method with our token.
    Method(String),
    /// Those about this chat, which is more than one conversation.
    Chat(String),
}

impl Limit {
    /// Its name among a tenant's limits.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Address => "address".to_owned(),
            Self::Token => "token".to_owned(),
            Self::Method(method) => format!("method#{method}"),
            Self::Chat(chat) => format!("chat#{chat}"),
        }
    }
}

/// Where it is noted which limits hold for a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HoldsKey(String);

impl HoldsKey {
    /// The place of the tenant in which `event` happened.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        Self(format!("limits#{}", hash(&[event.platform.slug(), &event.tenant])))
    }

    /// The table's partition key.
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.0
    }
}

/// Until when a tenant's limits hold, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holds(BTreeMap<String, Timestamp>);

impl Holds {
    /// Until when nothing is taken that is under these limits.
    #[must_use]
    pub fn until(&self, limits: &[Limit]) -> Option<Timestamp> {
        limits.iter().filter_map(|limit| self.0.get(&limit.name()).copied()).max()
    }

    /// Notes that `limit` holds until then, and forgets those others that are over: their names.
    pub fn note(&mut self, limit: &Limit, until: Timestamp, now: Timestamp) -> Vec<String> {
        // The table does not take that one attribute is written and forgotten at once.
        self.0.remove(&limit.name());
        let over = |(name, until): (&String, &Timestamp)| (*until <= now).then(|| name.clone());
        let over: Vec<String> = self.0.iter().filter_map(over).collect();
        self.0.retain(|_, until| *until > now);
        self.0.insert(limit.name(), until);
        over
    }
}

impl FromIterator<(String, Timestamp)> for Holds {
    fn from_iter<I: IntoIterator<Item = (String, Timestamp)>>(holds: I) -> Self {
        Self(holds.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::message;

    #[test]
    fn a_call_waits_for_the_last_of_its_limits_and_for_no_other() {
        let at = Timestamp::from_secs;
        let chat = |id: &str| Limit::Chat(id.to_owned());
        let mut holds = Holds::default();
        holds.note(&Limit::Token, at(10), at(0));
        holds.note(&chat("-1"), at(20), at(0));
        // (limits, until when they hold)
        let cases = [
            (vec![], None),
            (vec![Limit::Address], None),
            (vec![Limit::Token], Some(at(10))),
            (vec![Limit::Token, chat("-1")], Some(at(20))),
            (vec![Limit::Token, chat("-2")], Some(at(10))),
            (vec![Limit::Method("-1".to_owned())], None),
        ];
        for (limits, expected) in cases {
            assert_eq!(holds.until(&limits), expected, "{limits:?}");
        }
    }

    #[test]
    fn what_is_over_is_forgotten_and_told() {
        let at = Timestamp::from_secs;
        let mut holds = Holds::default();
        assert_eq!(holds.note(&Limit::Token, at(10), at(0)), [""; 0]);
        assert_eq!(holds.note(&Limit::Address, at(20), at(9)), [""; 0]);
        assert_eq!(holds.note(&Limit::Address, at(30), at(10)), ["token"]);
        // Unless it is what is noted, however late.
        assert_eq!(holds.note(&Limit::Address, at(30), at(30)), [""; 0]);
        assert_eq!(holds, Holds::from_iter([("address".to_owned(), at(30))]));
    }

    #[test]
    fn a_tenant_has_a_place_of_its_own() {
        let event = message("hello");
        let other = Event { tenant: "98".to_owned(), ..event.clone() };
        let elsewhere = Event { conversation: "43".to_owned(), ..event.clone() };
        assert_ne!(HoldsKey::of(&event), HoldsKey::of(&other));
        assert_eq!(HoldsKey::of(&event), HoldsKey::of(&elsewhere));
    }
}
