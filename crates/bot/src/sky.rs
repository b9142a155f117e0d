//! The weather, by Open-Meteo: free for non-commercial use and without a key.
//!
//! <https://open-meteo.com/en/docs>, <https://open-meteo.com/en/docs/geocoding-api>

use bot_core::{Fetched, Host, Request};
use serde::{Deserialize, Serialize};

/// Where it is asked for.
pub(crate) const HOSTS: &[Host] =
    &[Host::new("geocoding-api.open-meteo.com"), Host::new("api.open-meteo.com")];

/// A place with a weather.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Place {
    pub(crate) name: String,
    latitude: f32,
    longitude: f32,
}

/// Today or tomorrow, where the place is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) enum Day {
    Today,
    Tomorrow,
}

/// Asks for the place of a name, in a language.
pub(crate) fn search(name: &str, locale: Option<&str>) -> Request {
    // The API knows languages, not countries' forms of them.
    let language = locale.and_then(|locale| locale.split(['-', '_']).next()).unwrap_or("en");
    Request::get("https://geocoding-api.open-meteo.com/v1/search")
        .query("name", name)
        .query("count", 1)
        .query("language", language.to_ascii_lowercase())
}

/// The place that was found, if one was; `None` when there was no answer.
pub(crate) fn found(answer: Fetched) -> Option<Option<Place>> {
    #[derive(Deserialize)]
    struct Found {
        #[serde(default)]
        results: Vec<Place>,
    }

    let found: Found = answer.json().ok()?;
    Some(found.results.into_iter().next())
}

/// Asks for the weather of today and tomorrow.
pub(crate) fn forecast(place: &Place) -> Request {
    Request::get("https://api.open-meteo.com/v1/forecast")
        .query("latitude", place.latitude)
        .query("longitude", place.longitude)
        .query("daily", DAILY)
        .query("timezone", "auto")
        .query("forecast_days", 2)
}

const DAILY: &str =
    "weather_code,temperature_2m_max,temperature_2m_min,precipitation_probability_max";

/// The weather of a day in words; `None` when there was no such answer.
pub(crate) fn weather(answer: Fetched, day: Day) -> Option<String> {
    #[derive(Deserialize)]
    struct Forecast {
        daily: Daily,
    }

    #[derive(Deserialize)]
    struct Daily {
        weather_code: Vec<Option<u8>>,
        temperature_2m_max: Vec<Option<f32>>,
        temperature_2m_min: Vec<Option<f32>>,
        precipitation_probability_max: Vec<Option<u8>>,
    }

    let daily = answer.json::<Forecast>().ok()?.daily;
    let day = day as usize;
    let sky = in_words((*daily.weather_code.get(day)?)?);
    let (low, high) = (*daily.temperature_2m_min.get(day)?, *daily.temperature_2m_max.get(day)?);
    let mut words = format!("{sky}, {:.0} to {:.0} °C", low?, high?);
    if let Some(Some(rain)) = daily.precipitation_probability_max.get(day) {
        words.push_str(&format!(", rain {rain} %"));
    }
    Some(words)
}

/// The World Meteorological Organization's codes, as far as Open-Meteo has them.
const fn in_words(code: u8) -> &'static str {
    match code {
        0 => "clear sky",
        1 => "mostly clear",
        2 => "some clouds",
        3 => "overcast",
        45 | 48 => "fog",
        51..=57 => "drizzle",
        61..=67 => "rain",
        71..=77 => "snow",
        80..=82 => "showers",
        85 | 86 => "snow showers",
        95..=99 => "a thunderstorm",
        _ => "weather",
    }
}

#[cfg(test)]
mod tests {
    use bot_core::fetch::Answer;

    use super::*;

    fn answer(body: &str) -> Fetched {
        Ok(Answer { status: 200, body: body.into() }).into()
    }

    #[test]
    fn asks_in_the_persons_language() {
        // (locale, language)
        let cases =
            [(None, "en"), (Some("de"), "de"), (Some("pt-BR"), "pt"), (Some("EN_us"), "en")];

        for (locale, language) in cases {
            let url = search("São Paulo", locale).url();
            let expected = format!(
                "https://geocoding-api.open-meteo.com/v1/search?name=S%C3%A3o+Paulo&count=1&language={language}"
            );
            assert_eq!(url, expected);
        }
    }

    #[test]
    fn says_the_weather_as_far_as_it_is_known() {
        let recorded = include_str!("../recordings/berlin_forecast.json");
        let partial = recorded.replace("[10,3]", "[null]").replace("[3,3]", "[95,86]");
        // (answer, day, words)
        let cases = [
            (recorded, Day::Today, Some("overcast, 13 to 21 °C, rain 10 %")),
            (recorded, Day::Tomorrow, Some("overcast, 13 to 25 °C, rain 3 %")),
            (&partial, Day::Today, Some("a thunderstorm, 13 to 21 °C")),
            (&partial, Day::Tomorrow, Some("snow showers, 13 to 25 °C")),
            (&recorded.replace("[3,3]", "[3]"), Day::Tomorrow, None),
            (&recorded.replace("21.1", "null"), Day::Today, None),
            (r#"{"error":true,"reason":"no"}"#, Day::Today, None),
            ("<html>", Day::Today, None),
        ];

        for (body, day, words) in cases {
            assert_eq!(weather(answer(body), day).as_deref(), words, "{day:?} {body}");
        }
    }
}
