//! The few WebDriver commands that tests need, as JSON over HTTP (W3C WebDriver, section 6.5).

use serde_json::{Value, json};
use std::time::Duration;

/// The name under which WebDriver hands out element references (W3C WebDriver, section 11).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One browser session of a WebDriver server.
#[derive(Debug)]
pub(crate) struct Session {
    agent: ureq::Agent,
    url: String,
}

impl Session {
    /// Opens a session on the driver at `driver` with the given capabilities.
    pub(crate) fn open(driver: &str, capabilities: Value) -> Result<Self, String> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let answer = post(&agent, &format!("{driver}/session"), &body)?;
        let id = answer["sessionId"].as_str().ok_or("the driver gave no session")?;
        Ok(Self { url: format!("{driver}/session/{id}"), agent })
    }

    /// Sends a command below the session with a body.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        post(&self.agent, &format!("{}{path}", self.url), body)
    }

    /// Asks for a value below the session.
    pub(crate) fn get(&self, path: &str) -> Result<Value, String> {
        let answer = self.agent.get(format!("{}{path}", self.url)).call();
        value(answer)
    }

    /// Ends a thing below the session; the empty path ends the session itself.
    pub(crate) fn delete(&self, path: &str) -> Result<Value, String> {
        value(self.agent.delete(format!("{}{path}", self.url)).call())
    }

    /// Sends a command of the Chrome DevTools Protocol.
    pub(crate) fn devtools(&self, command: &str, params: Value) -> Result<Value, String> {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": params }))
    }

    /// The references of all elements that match a CSS selector, below the page or an element.
    pub(crate) fn find_all(&self, within: &str, css: &str) -> Result<Vec<String>, String> {
        let query = json!({ "using": "css selector", "value": css });
        let found = self.post(&format!("{within}/elements"), &query)?;
        let found = found.as_array().ok_or("the driver gave no list of elements")?;
        Ok(found.iter().filter_map(|one| one[ELEMENT].as_str()).map(str::to_owned).collect())
    }
}

fn post(agent: &ureq::Agent, url: &str, body: &Value) -> Result<Value, String> {
    value(agent.post(url).send_json(body))
}

/// The `value` of an answer, or what the driver says went wrong.
fn value(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, String> {
    let mut answer = answer.map_err(|error| format!("the driver did not answer: {error}"))?;
    let ok = answer.status().is_success();
    // A full-page screenshot of a long page passes the default limit of a body.
    let body: Value = answer
        .body_mut()
        .with_config()
        .limit(256 << 20)
        .read_json()
        .map_err(|error| format!("the driver's answer is no JSON: {error}"))?;
    let value = body["value"].clone();
    if ok {
        return Ok(value);
    }
    let kind = value["error"].as_str().unwrap_or("unknown error");
    let message = value["message"].as_str().unwrap_or_default();
    Err(format!("{kind}: {}", message.lines().next().unwrap_or_default()))
}
