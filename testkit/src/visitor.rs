//! A person's browser without a screen: HTTP with cookies, forms filled in, pages read.

use std::time::Duration;

use scraper::{Html, Selector};
use serde_json::Value;
use ureq::ResponseExt;
use ureq::http::Response;

/// One browser with its cookies, on one server.
#[derive(Debug, Clone)]
pub struct Visitor {
    agent: ureq::Agent,
    base: String,
}

/// An answer of the server: a page for people, or JSON for programs.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status of the last answer, after redirects.
    pub status: u16,
    /// The path at which it ended.
    pub path: String,
    /// The body.
    pub body: String,
}

impl Visitor {
    /// A browser without cookies, for the server at `url`.
    pub fn new(url: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Self { agent: agent.into(), base: url.trim_end_matches('/').to_owned() }
    }

    /// The same browser, now that the server is started again and answers at `url`.
    pub fn moved_to(&mut self, url: &str) {
        url.trim_end_matches('/').clone_into(&mut self.base);
    }

    /// Opens a page.
    ///
    /// # Errors
    /// A sentence when the server does not answer.
    pub fn open(&self, path: &str) -> Result<Answer, String> {
        answer(self.agent.get(format!("{}{path}", self.base)).call())
    }

    /// Fills in the first form of the page's `main` and sends it, as pressing its button does.
    ///
    /// # Errors
    /// A sentence when the page has no form, the form lacks a field, or the server does not answer.
    pub fn submit(&self, page: &Answer, fields: &[(&str, &str)]) -> Result<Answer, String> {
        self.send(page, page.form("main form"), fields)
    }

    fn send(
        &self,
        page: &Answer,
        form: Option<(String, Vec<(String, String)>)>,
        fields: &[(&str, &str)],
    ) -> Result<Answer, String> {
        let (action, mut filled) = form.ok_or_else(|| page.is_unexpected("a form"))?;
        for (name, value) in fields {
            let field = filled.iter_mut().find(|(own, _)| own == name);
            let field = field.ok_or_else(|| page.is_unexpected(&format!("a field `{name}`")))?;
            (*value).clone_into(&mut field.1);
        }
        let to = self.agent.post(format!("{}{action}", self.base)).header("Origin", &self.base);
        answer(to.send_form(filled))
    }

    /// Fills in the form of the page's `main` that goes to `action`, and sends it.
    ///
    /// # Errors
    /// As for [`Visitor::submit`].
    pub fn submit_to(
        &self,
        page: &Answer,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Result<Answer, String> {
        let form = page.form(&format!("main form[action='{action}']"));
        self.send(page, form, fields)
    }

    /// Sends JSON to the API, with a token if there is one.
    ///
    /// # Errors
    /// A sentence when the server does not answer.
    pub fn api(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Answer, String> {
        let mut request = self.agent.post(format!("{}/api/v1{path}", self.base));
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        answer(request.send_json(body))
    }
}

impl Answer {
    /// The text of the first element that matches a CSS selector, in one line.
    pub fn text(&self, css: &str) -> Option<String> {
        let selector = Selector::parse(css).ok()?;
        let page = Html::parse_document(&self.body);
        let text: String = page.select(&selector).next()?.text().collect();
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The source of the inline SVG with the given `id`.
    pub fn svg(&self, id: &str) -> Option<&str> {
        let from = self.body.find(&format!("<svg id=\"{id}\""))?;
        let length = self.body[from..].find("</svg>")? + "</svg>".len();
        Some(&self.body[from..from + length])
    }

    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The sentence that the page or the API shows as what went wrong.
    pub fn problem(&self) -> Option<String> {
        let of_api = self.json()["error"]["message"].as_str().map(str::to_owned);
        of_api.or_else(|| self.text("[role=alert]"))
    }

    /// The action and the named fields, with their values, of the first form of this selector.
    fn form(&self, css: &str) -> Option<(String, Vec<(String, String)>)> {
        let page = Html::parse_document(&self.body);
        let form = page.select(&Selector::parse(css).ok()?).next()?;
        let fields = form
            .select(&Selector::parse("input[name]").ok()?)
            .map(|one| {
                let value = |name| one.value().attr(name).unwrap_or_default().to_owned();
                (value("name"), value("value"))
            })
            .collect();
        Some((form.value().attr("action").unwrap_or(&self.path).to_owned(), fields))
    }

    /// A sentence for an answer that lacks what it should have.
    pub fn is_unexpected(&self, lacks: &str) -> String {
        let said = self.problem().or_else(|| self.text("h1")).unwrap_or_default();
        format!("{} (status {}) lacks {lacks}; it says: {said}", self.path, self.status)
    }
}

fn answer(answer: Result<Response<ureq::Body>, ureq::Error>) -> Result<Answer, String> {
    let mut answer = answer.map_err(|error| format!("the server does not answer: {error}"))?;
    let body = answer
        .body_mut()
        .read_to_string()
        .map_err(|error| format!("the server's answer breaks off: {error}"))?;
    Ok(Answer { status: answer.status().as_u16(), path: answer.get_uri().path().to_owned(), body })
}
