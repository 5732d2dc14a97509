//! A list, page by page: no answer is longer than it need be, however many objects there are.

use super::lists::List;
use kube::{Client, Error};
use serde::Deserialize;

/// Objects a page: what kubectl asks for too.
const PAGE_OBJECTS: u32 = 500;

pub struct Pages<'a> {
    client: &'a Client,
    list: &'a List,
    /// Where the next page begins; none after the last.
    next: Option<String>,
    /// Of the list as a whole: a watch goes on from here.
    pub version: String,
}

impl<'a> Pages<'a> {
    #[must_use]
    pub fn of(client: &'a Client, list: &'a List) -> Pages<'a> {
        Pages { client, list, next: Some(String::new()), version: String::new() }
    }

    /// The text of the next page; none after the last. After an error the same page is asked for again.
    ///
    /// # Errors
    ///
    /// What the cluster says instead.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        let Some(next) = &self.next else { return Ok(None) };
        let from = if next.is_empty() { String::new() } else { format!("&continue={}", encoded(next)) };
        let path = self.list.path();
        let request = http::Request::get(format!("{path}?limit={PAGE_OBJECTS}{from}")).body(Vec::new());
        let text = self.client.request_text(request.map_err(Error::HttpError)?).await?;
        let meta = serde_json::from_str::<Page>(&text).map_err(Error::SerdeError)?.metadata;
        self.next = Some(meta.next).filter(|it| !it.is_empty());
        self.version = meta.version;
        Ok(Some(text))
    }
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: PageMeta,
}

#[derive(Default, Deserialize)]
struct PageMeta {
    #[serde(default, rename = "continue")]
    next: String,
    #[serde(default, rename = "resourceVersion")]
    version: String,
}

fn encoded(token: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-_.~".contains(&it);
    token
        .bytes()
        .map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") })
        .collect()
}
