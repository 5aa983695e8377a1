//! A person's browser without pictures: it keeps cookies, sends forms, and follows nothing.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use holdfast_otp::{Algorithm, Digits, Period, Secret, TimeStep, UnixTime, totp};
use holdfast_testkit::Server;
pub use holdfast_testkit::settle;
use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body};

pub const EMAIL: &str = "ann@example.org";
pub const PASSWORD: &str = "kelp on a cold rock";

pub struct Client {
    agent: Agent,
    pub url: String,
    pub cookies: BTreeMap<String, String>,
    /// What is sent as `Origin` with forms; a browser sends the page's own.
    pub origin: Option<String>,
    /// What is sent as `Host` with `get`, where that is not the address itself.
    pub host: Option<String>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn location(&self) -> &str {
        self.header("location").unwrap_or("")
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub fn error_code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The text between two marks.
    pub fn between(&self, before: &str, after: &str) -> Option<&str> {
        let rest = &self.body[self.body.find(before)? + before.len()..];
        Some(&rest[..rest.find(after)?])
    }

    #[track_caller]
    pub fn must_say(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "{} does not say {text:?}:\n{}", self.status, self.body);
        self
    }
}

impl Client {
    pub fn of(server: &Server) -> Client {
        Client::at(server.url())
    }

    pub fn at(url: &str) -> Client {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .user_agent("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36")
            .build()
            .into();
        Client {
            agent,
            url: url.to_owned(),
            cookies: BTreeMap::new(),
            origin: Some(url.to_owned()),
            host: None,
        }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.try_get(path).expect("an answer")
    }

    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.try_post(path, form).expect("an answer")
    }

    /// As [`Self::get`], where whoever answers may go away meanwhile.
    pub fn try_get(&mut self, path: &str) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.get(self.page(path)).header("cookie", self.cookie_line());
        if let Some(host) = &self.host {
            request = request.header("host", host);
        }
        let response = request.call()?;
        Ok(self.take(response))
    }

    /// As [`Self::post`], where whoever answers may go away meanwhile.
    pub fn try_post(&mut self, path: &str, form: &[(&str, &str)]) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.post(self.page(path)).header("cookie", self.cookie_line());
        if let Some(origin) = &self.origin {
            request = request.header("origin", origin);
        }
        let response = request.send_form(form.iter().copied())?;
        Ok(self.take(response))
    }

    /// Sends a form and looks at the page that tells what was done.
    pub fn submit(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, form);
        if answer.location() == "/account/done" { self.get("/account/done") } else { answer }
    }

    pub fn api_post(&mut self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let mut request = self.agent.post(self.page(&format!("/api/v1{path}")));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = request.send_json(body).expect("an answer");
        self.take(response)
    }

    pub fn api_get(&mut self, path: &str, token: &str) -> Answer {
        let request = self.agent.get(self.page(&format!("/api/v1{path}")));
        let request = request.header("authorization", format!("Bearer {token}"));
        let response = request.call().expect("an answer");
        self.take(response)
    }

    /// A page or file that a program asks for with a token.
    pub fn get_with(&mut self, path: &str, token: &str) -> Answer {
        let request = self.agent.get(self.page(path));
        let request = request.header("authorization", format!("Bearer {token}"));
        let response = request.call().expect("an answer");
        self.take(response)
    }

    pub fn api_delete(&mut self, path: &str, token: &str) -> Answer {
        let request = self.agent.delete(self.page(&format!("/api/v1{path}")));
        let request = request.header("authorization", format!("Bearer {token}"));
        let response = request.call().expect("an answer");
        self.take(response)
    }

    fn page(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn cookie_line(&self) -> String {
        let pairs: Vec<_> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        pairs.join("; ")
    }

    fn take(&mut self, mut response: Response<Body>) -> Answer {
        for value in response.headers().get_all("set-cookie") {
            let line = value.to_str().expect("a cookie is text");
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        Answer {
            status: response.status().as_u16(),
            headers,
            body: response.body_mut().read_to_string().expect("a body"),
        }
    }
}

/// What a person does, in one call.
impl Client {
    /// A new account, signed in.
    #[track_caller]
    pub fn registered(server: &Server) -> Client {
        let mut client = Client::of(server);
        let answer = client.post("/register", &[("email", EMAIL), ("password", PASSWORD)]);
        assert_eq!((answer.status, answer.location()), (303, "/account"), "{}", answer.body);
        client
    }

    pub fn log_in(&mut self) -> Answer {
        self.post("/login", &[("email", EMAIL), ("password", PASSWORD)])
    }

    /// As far as the barcode; the key that the page shows.
    #[track_caller]
    pub fn begin(&mut self) -> Secret {
        let answer = self.post("/account/two-factor/enable", &[("password", PASSWORD)]);
        assert_eq!(answer.location(), "/account/two-factor/enable/scan", "{}", answer.body);
        self.shown_key().expect("the page shows the key")
    }

    pub fn shown_key(&mut self) -> Option<Secret> {
        let page = self.get("/account/two-factor/enable/scan");
        let key = page.between("id=\"key\">", "</p>")?;
        Some(Secret::from_base32(key).expect("the key is base32"))
    }

    pub fn confirm(&mut self, code: &str) -> Answer {
        self.submit("/account/two-factor/enable/confirm", &[("code", code)])
    }

    pub fn enter_code(&mut self, code: &str) -> Answer {
        self.post("/login/second-factor", &[("code", code)])
    }

    /// The second factor switched on with the code of the step before, so that the present one is
    /// still unspent; the key.
    #[track_caller]
    pub fn enable(&mut self) -> Secret {
        settle();
        let secret = self.begin();
        let answer = self.confirm(&earlier_code(&secret));
        answer.must_say("Two-factor authentication is on");
        assert_eq!(answer.status, 200);
        secret
    }

    /// The recovery codes that may be seen now, or after the password.
    #[track_caller]
    pub fn recovery_codes(&mut self) -> Vec<String> {
        let path = "/account/two-factor/codes";
        let mut page = self.get(path);
        if !page.body.contains("<ol class=\"codes\">") {
            assert_eq!(self.post(path, &[("password", PASSWORD)]).location(), path);
            page = self.get(path);
        }
        codes_on(&page)
    }

    pub fn is_signed_in(&mut self) -> bool {
        self.get("/account").status == 200
    }

    pub fn two_factor_is_on(&mut self) -> bool {
        let page = self.get("/account");
        page.must_say("id=\"two-factor-state\"");
        page.body.contains("<strong>On</strong>")
    }

    /// A CLI token, where only the password is asked for.
    #[track_caller]
    pub fn cli_token(&mut self) -> String {
        let answer = self.api_open();
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["token"].as_str().expect("a token").to_owned()
    }

    pub fn api_open(&mut self) -> Answer {
        let body =
            serde_json::json!({"email": EMAIL, "password": PASSWORD, "device_name": "laptop"});
        self.api_post("/sessions", None, &body)
    }

    pub fn api_code(&mut self, challenge: &str, code: &str) -> Answer {
        let body = serde_json::json!({"challenge": challenge, "code": code});
        self.api_post("/sessions/second-factor", None, &body)
    }
}

/// The recovery codes on a page.
pub fn codes_on(page: &Answer) -> Vec<String> {
    let parts = page.body.split("<code>").skip(1);
    parts.map(|part| part.split('<').next().unwrap_or_default().to_owned()).collect()
}

/// The machine's clock.
pub fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs()
}

/// The code that an app shows at `time` (Unix seconds).
pub fn code(secret: &Secret, time: u64) -> String {
    let TimeStep(step) = totp::step(UnixTime(time), Period::default());
    totp::code(secret, Algorithm::Sha1, Digits::default(), TimeStep(step)).as_str().to_owned()
}

/// The code of the step before, which leaves the present one for what comes. Typed at the very end of
/// a step it would be two steps old on its arrival: the server would learn that the phone is slow, and
/// refuse the present one (requirement 5).
pub fn earlier_code(secret: &Secret) -> String {
    settle();
    code(secret, now() - 30)
}

/// A code that no step near `time` has.
pub fn wrong_code(secret: &Secret, time: u64) -> String {
    let near: Vec<String> = (0..21).map(|step| code(secret, time - 300 + 30 * step)).collect();
    let free = |number: &u32| !near.contains(&format!("{number:06}"));
    format!("{:06}", (0..22).find(free).expect("21 codes leave one of 22"))
}
