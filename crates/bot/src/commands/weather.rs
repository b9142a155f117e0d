//! `/weather Berlin`: what is it like there? `/weather` alone asks about one's favourite place.

use bot_core::{Action, Arg, Command, Cx, Reply, Scope, Spec, State, UsageError};
use serde::{Deserialize, Serialize};

use crate::sky::{Day, Place, forecast, found, search, weather};

/// Says what the weather is like.
#[derive(Deserialize)]
pub(crate) struct Weather {
    place: Option<String>,
}

/// The place a person asks about most.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Favourite {
    place: Option<Place>,
}

impl State for Favourite {
    const NAME: &'static str = "favourite";
    const SCOPE: Scope = Scope::User;
}

impl Command for Weather {
    const SPEC: Spec = Spec::new("weather", "Says what the weather is like.")
        .arg(Arg::text("place", "Where; your favourite place, if you leave it out").optional());
    type State = Favourite;

    async fn run(self, cx: &mut Cx<Favourite>) -> Result<Reply, UsageError> {
        cx.working("Looking at the sky…");
        let place = match (self.place, &cx.state.place) {
            (Some(name), _) => match found(cx.fetch(search(&name, cx.locale())).await) {
                Some(Some(place)) => place,
                Some(None) => return Err(UsageError::new("I know no place of that name.")),
                None => return Ok(Reply::text(NO_ANSWER)),
            },
            (None, Some(favourite)) => favourite.clone(),
            (None, None) => return Err(UsageError::new("Where? You have no favourite place yet.")),
        };
        Ok(report(cx, place, Day::Today).await)
    }
}

const NO_ANSWER: &str = "The weather service does not answer. Please try again later.";

/// The weather of one day, with a button for the other.
async fn report<S>(cx: &Cx<S>, place: Place, day: Day) -> Reply {
    let Some(words) = weather(cx.fetch(forecast(&place)).await, day) else {
        return Reply::text(NO_ANSWER);
    };
    let (today, other, label) = match day {
        Day::Today => ("today", Day::Tomorrow, "Tomorrow"),
        Day::Tomorrow => ("tomorrow", Day::Today, "Today"),
    };
    let text = format!("{} {today}: {words}.", place.name);
    let mut show = Show { place, day: other };
    // Of a long name the beginning has to do.
    while !show.fits() && show.place.name.pop().is_some() {}
    let prefer = Prefer { place: show.place.clone() };
    Reply::text(text).button(label, show).button("My favourite", prefer)
}

/// "Tomorrow": shows another day in the same message.
#[derive(Deserialize, Serialize)]
pub(crate) struct Show {
    place: Place,
    day: Day,
}

impl Action for Show {
    const NAME: &'static str = "weather_show";
    type State = ();

    async fn run(self, cx: &mut Cx<()>) -> Result<Reply, UsageError> {
        Ok(report(cx, self.place, self.day).await.edit())
    }
}

/// "My favourite": remembers the place for whoever presses.
#[derive(Deserialize, Serialize)]
pub(crate) struct Prefer {
    place: Place,
}

impl Action for Prefer {
    const NAME: &'static str = "weather_prefer";
    type State = Favourite;

    async fn run(self, cx: &mut Cx<Favourite>) -> Result<Reply, UsageError> {
        let name = self.place.name.clone();
        cx.state.place = Some(self.place);
        Ok(Reply::text(format!("{name} is your favourite place now: /weather tells you about it.")))
    }
}

#[cfg(test)]
mod tests {
    use bot_core::fetch::FetchError;
    use bot_core::play::{Play, play};

    use super::*;
    use crate::BOT;

    /// A talk in which Berlin has a weather.
    fn berlin() -> Play {
        play(&BOT)
            .fetches("/v1/search?name=Berlin", include_str!("../../recordings/berlin.json"))
            .fetches("/v1/search?name=Nowhere", include_str!("../../recordings/nowhere.json"))
            .fetches("/v1/forecast", include_str!("../../recordings/berlin_forecast.json"))
    }

    #[test]
    fn the_other_day_is_one_press_away() {
        berlin().talk(
            "
            > /weather Berlin
            * Looking at the sky…
            < Berlin today: overcast, 13 to 21 °C, rain 10 %. [Tomorrow] [My favourite]
            > [Tomorrow]
            ~ Berlin tomorrow: overcast, 13 to 25 °C, rain 3 %. [Today] [My favourite]
            > [Today]
            ~ Berlin today: overcast, 13 to 21 °C, rain 10 %. [Tomorrow] [My favourite]
            ",
        );
    }

    #[test]
    fn everybody_has_a_favourite_of_their_own() {
        let talk = berlin().talk(
            "
            ann@office> /weather
            < Where? You have no favourite place yet.
              Usage: /weather [place]
            bob@office> /weather Berlin
            * Looking at the sky…
            < Berlin today: overcast, 13 to 21 °C, rain 10 %. [Tomorrow] [My favourite]
            ann@office> [My favourite]
            < Berlin is your favourite place now: /weather tells you about it.
            ann> /weather
            * Looking at the sky…
            < Berlin today: overcast, 13 to 21 °C, rain 10 %. [Tomorrow] [My favourite]
            bob> /weather
            < Where? You have no favourite place yet.
              Usage: /weather [place]
            ",
        );
        assert_eq!(talk.state_of::<Favourite>("bob"), Favourite::default());
        assert!(
            talk.fetched()[1].contains("latitude=52.52437&longitude=13.41053&daily=weather_code")
        );
    }

    #[test]
    fn says_what_went_wrong() {
        berlin().talk(
            "
            > /weather Nowhere
            * Looking at the sky…
            < I know no place of that name.
              Usage: /weather [place]
            ",
        );
        play(&BOT).fetch_fails("/v1/search", FetchError::NoAnswer).talk(
            "
            > /weather Berlin
            * Looking at the sky…
            < The weather service does not answer. Please try again later.
            ",
        );
        play(&BOT)
            .fetches("/v1/search", include_str!("../../recordings/berlin.json"))
            .fetches_status("/v1/forecast", 503)
            .talk(
                "
                > /weather Berlin
                * Looking at the sky…
                < The weather service does not answer. Please try again later.
                ",
            );
    }

    #[test]
    fn the_longest_name_fits_into_a_button() {
        let long = include_str!("../../recordings/berlin.json").replace(
            "\"name\":\"Berlin\"",
            "\"name\":\"Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch\"",
        );
        play(&BOT)
            .fetches("/v1/search", long)
            .fetches("/v1/forecast", include_str!("../../recordings/berlin_forecast.json"))
            .talk(
                "
                > /weather Llanfair
                * Looking at the sky…
                < Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch today: overcast, 13 to 21 °C, rain 10 %. [Tomorrow] [My favourite]
                > [My favourite]
                < Llanfairpwllgwyngyllgogery is your favourite place now: /weather tells you about it.
                ",
            );
    }
}
