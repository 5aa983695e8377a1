//! Enabling, points E1 to E5 and C1 of the guide.

use holdfast_otp::KeyUri;
use holdfast_testkit::Server;

use crate::client::{Client, EMAIL, PASSWORD, code, now, settle, wrong_code};

#[test]
fn e1_the_code_is_asked_for_after_email_and_password() {
    let server = Server::start();
    let secret = Client::registered(&server).enable();

    let mut other = Client::of(&server);
    let answer = other.log_in();
    assert_eq!(answer.location(), "/login/second-factor");
    assert!(!other.is_signed_in(), "the password alone must not do");
    assert_eq!(other.enter_code(&code(&secret, now())).location(), "/account");
    assert!(other.is_signed_in());
}

#[test]
fn e1_the_code_without_the_password_is_not_even_looked_at() {
    let server = Server::start();
    let secret = Client::registered(&server).enable();
    let mut other = Client::of(&server);
    assert_eq!(other.enter_code(&code(&secret, now())).location(), "/login");
    assert_eq!(other.get("/login/second-factor").location(), "/login");
    assert!(!other.is_signed_in());
}

/// Each kind of token is good for its own door: half a log-in for the code, a browser's for the pages, a
/// command line's for the API.
#[test]
fn e1_half_a_log_in_opens_nothing_and_no_token_opens_anothers_door() {
    let server = Server::start();
    let secret = Client::registered(&server).enable();
    let mut other = Client::of(&server);
    other.log_in();
    let half = other.cookies["__Host-holdfast-half"].clone();
    let challenge = other.api_open().json()["challenge"].as_str().expect("one").to_owned();
    let mut thief = Client::of(&server);
    for token in [&half, &challenge] {
        thief.cookies = [("__Host-holdfast".to_owned(), token.clone())].into();
        assert_eq!(thief.get("/account").location(), "/login", "half a log-in as a whole one");
        assert_eq!(thief.api_get("/account", token).status, 401);
    }
    settle();
    assert_eq!(other.enter_code(&code(&secret, now())).location(), "/account");
    let web = other.cookies["__Host-holdfast"].clone();
    assert_eq!(thief.api_get("/account", &web).status, 401, "a browser's at the API");
    thief.cookies = [("__Host-holdfast-half".to_owned(), web.clone())].into();
    assert_eq!(thief.get("/login/second-factor").location(), "/login");
    let codes = other.recovery_codes();
    let cli = other.api_code(&challenge, &codes[0]).json()["token"].as_str().map(str::to_owned);
    let cli = cli.expect("a token");
    assert_eq!(thief.api_get("/account", &cli).status, 200);
    thief.cookies = [("__Host-holdfast".to_owned(), cli)].into();
    assert_eq!(thief.get("/account").location(), "/login", "a command line's at the pages");
}

#[test]
fn e2_the_account_page_leads_step_by_step() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.get("/account").must_say("Enable two-factor authentication");
    ann.get("/account/two-factor/enable").must_say("Step 1 of 3").must_say("authenticator app");
    ann.begin();
    ann.get("/account/two-factor/enable/scan")
        .must_say("Step 2 of 3")
        .must_say("<svg id=\"barcode\"")
        .must_say("Step 3 of 3")
        .must_say("href=\"#step-3\"")
        .must_say("good for 15 minutes")
        .must_say("name=\"code\"");
}

#[test]
fn e2_row_37_steps_cannot_be_entered_out_of_order() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let start = "/account/two-factor/enable";
    assert_eq!(ann.get("/account/two-factor/enable/scan").location(), start);
    let answer = ann.confirm("123456");
    assert_eq!(answer.status, 422);
    answer.must_say("Start again").must_say("Step 1 of 3");
    let answer = ann.post(start, &[("password", "not the password")]);
    answer.must_say("That password is not right");
    assert_eq!(ann.get("/account/two-factor/enable/scan").location(), start);
    assert!(!ann.two_factor_is_on());

    let mut stranger = Client::of(&server);
    for path in ["/account", start, "/account/two-factor/enable/scan", "/account/api-key"] {
        assert_eq!(stranger.get(path).location(), "/login", "{path}");
    }
    assert_eq!(stranger.confirm("123456").location(), "/login");
}

#[test]
fn e3_the_key_is_also_shown_in_groups_of_four() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.begin();
    let page = ann.get("/account/two-factor/enable/scan");
    let groups = page.between("id=\"key\">", "</p>").expect("the key");
    assert_eq!(groups.split(' ').count(), 8, "160 bits are 32 letters");
    assert!(groups.split(' ').all(|group| group.len() == 4), "{groups}");
    assert_eq!(secret.bits(), 160);
}

#[test]
fn e3_the_barcode_is_the_key_uri_of_the_key_shown() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.begin();
    let page = ann.get("/account/two-factor/enable/scan");
    let svg = page.between("<svg", "</svg>").expect("an inline SVG");
    let text = read_barcode(svg);
    assert!(text.starts_with("otpauth://totp/Holdfast:"), "another form: {} bytes", text.len());
    let parsed = KeyUri::parse(&text).expect("a key URI");
    assert_eq!(parsed.remarks, vec![]);
    assert_eq!(parsed.uri.issuer.as_deref(), Some("Holdfast"));
    assert_eq!(parsed.uri.account, EMAIL);
    assert_eq!(parsed.uri.secret, secret);

    // The same for an app on the device that shows the page.
    let link = page.between("id=\"open-app\" href=\"", "\"").expect("a link");
    assert_eq!(link.replace("&#38;", "&").replace("&amp;", "&"), text);
}

#[test]
fn e4_nothing_is_on_until_a_code_proves_the_phone() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    settle();
    let secret = ann.begin();
    assert!(!ann.two_factor_is_on());
    let answer = ann.confirm(&wrong_code(&secret, now()));
    assert_eq!(answer.status, 422);
    answer.must_say("That code is not right").must_say("<svg id=\"barcode\"");
    assert_eq!(ann.shown_key(), Some(secret.clone()), "the barcode stays");
    assert_eq!(Client::of(&server).log_in().location(), "/account", "the password still does");
    let answer = ann.confirm(&code(&secret, now()));
    answer.must_say("Two-factor authentication is on");
    assert!(ann.two_factor_is_on());
}

#[test]
fn e4_abandoning_half_way_leaves_the_account_as_it_was() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let key = api_key(&mut ann);
    let token = ann.cli_token();
    let mut other = Client::of(&server);
    other.log_in();

    let secret = ann.begin();
    let answer = ann.post("/account/two-factor/enable/cancel", &[]);
    assert_eq!(answer.location(), "/account");
    assert!(!ann.two_factor_is_on());
    ann.confirm(&code(&secret, now())).must_say("Start again");
    assert!(!ann.two_factor_is_on());
    assert!(other.is_signed_in());
    assert_eq!(other.api_get("/account", &token).status, 200);
    assert_eq!(other.api_get("/account", &key).status, 200);
    assert_ne!(ann.begin(), secret, "a second start makes a second secret");
}

#[test]
fn e4_row_17_an_unfinished_enrolment_expires_within_15_minutes() {
    let start = Server::on_one_disk();
    let server = start(0);
    let mut ann = Client::registered(&server);
    let secret = ann.begin();
    drop(server);

    let server = start(14 * 60);
    ann.url = server.url().to_owned();
    ann.origin = Some(ann.url.clone());
    assert_eq!(ann.shown_key(), Some(secret.clone()), "14 minutes are not too long");
    drop(server);

    let server = start(15 * 60);
    ann.url = server.url().to_owned();
    ann.origin = Some(ann.url.clone());
    assert_eq!(ann.shown_key(), None);
    let answer = ann.confirm(&code(&secret, now() + 15 * 60));
    answer.must_say("This barcode has expired");
    assert!(!ann.two_factor_is_on());
    assert_eq!(Client::of(&server).log_in().location(), "/account", "it guards nothing");
}

#[test]
fn e5_row_29_the_other_sessions_end_and_the_api_key_is_replaced() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let mut other = Client::of(&server);
    assert_eq!(other.log_in().location(), "/account");
    let old_key = api_key(&mut ann);
    assert_eq!(other.api_get("/account", &old_key).status, 200);

    settle();
    let secret = ann.begin();
    let answer = ann.confirm(&code(&secret, now()));
    assert!(ann.is_signed_in(), "the session that switched it on stays");
    assert!(!other.is_signed_in());
    let new_key = answer.between("id=\"new-api-key\">", "</p>").expect("the new key");
    assert_ne!(new_key, old_key);
    assert_eq!(other.api_get("/account", &old_key).status, 401);
    assert_eq!(other.api_get("/account", new_key).status, 200);
    assert!(!ann.get("/account").body.contains(new_key), "it is not kept on the account page");
}

#[test]
fn c1_earlier_command_line_tokens_stop_working() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let token = ann.cli_token();
    assert_eq!(ann.api_get("/account", &token).status, 200);
    let secret = ann.enable();
    let answer = ann.api_get("/account", &token);
    assert_eq!((answer.status, answer.error_code()), (401, "not_signed_in".to_owned()));

    let asked = ann.api_open();
    assert_eq!(asked.status, 200);
    assert_eq!(asked.json()["second_factor_required"], true);
    assert!(asked.json().get("token").is_none());
    let challenge = asked.json()["challenge"].as_str().expect("a challenge").to_owned();
    assert_eq!(ann.api_get("/account", &challenge).status, 401, "half is not whole");
    let answer = ann.api_code(&challenge, &code(&secret, now()));
    assert_eq!((answer.status, answer.json()["email"].as_str()), (201, Some(EMAIL)));
    let token = answer.json()["token"].as_str().expect("a token").to_owned();
    assert_eq!(ann.api_get("/account", &token).json()["two_factor"]["enabled"], true);
}

#[test]
fn row_16_the_secret_is_shown_during_enrolment_only_to_its_session_and_never_stored() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let mut other = Client::of(&server);
    other.log_in();
    settle();
    let secret = ann.begin();
    let page = ann.get("/account/two-factor/enable/scan");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(other.shown_key(), None, "another browser of the same person does not see it");

    ann.confirm(&code(&secret, now()));
    assert_eq!(ann.shown_key(), None);
    let base32 = secret.to_base32();
    for path in ["/account", "/account/two-factor/enable", "/account/two-factor/disable"] {
        let page = ann.get(path);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        assert!(!page.body.replace(' ', "").contains(base32.as_str()), "{path}");
    }
}

#[test]
fn row_18_enabling_asks_for_the_password_again_and_throttles_it() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let path = "/account/two-factor/enable";
    for _ in 0..3 {
        assert_eq!(ann.post(path, &[("password", "not the password")]).status, 422);
    }
    let answer = ann.post(path, &[("password", PASSWORD)]);
    assert_eq!(answer.status, 429);
    let seconds: u64 = answer.header("retry-after").expect("a wait").parse().expect("seconds");
    assert!((1..=30).contains(&seconds), "{seconds}");
    assert!(!ann.two_factor_is_on());
    assert_eq!(Client::of(&server).log_in().location(), "/account", "counted apart from the door");
}

/// An API key made on the account page.
pub fn api_key(client: &mut Client) -> String {
    let answer = client.submit("/account/api-key", &[("password", PASSWORD)]);
    answer.between("id=\"new-api-key\">", "</p>").expect("an API key").to_owned()
}

/// Draws the SVG's runs as pixels and reads them with a real decoder.
fn read_barcode(svg: &str) -> String {
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let side = number(
        svg.split("viewBox=\"0 0 ").nth(1).and_then(|s| s.split(' ').next()).expect("a side"),
    );
    let path = svg.split(" d=\"").nth(1).and_then(|s| s.split('"').next()).expect("a path");
    let scale = 6;
    let mut dark = vec![false; side * side];
    for run in path.split('z').filter(|run| !run.is_empty()) {
        let (from, rest) =
            run.strip_prefix('M').and_then(|run| run.split_once('h')).expect("a run");
        let (x, y) = from.split_once(' ').expect("a point");
        let (length, _) = rest.split_once('v').expect("a length");
        let start = number(y) * side + number(x);
        dark[start..start + number(length)].fill(true);
    }
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(side * scale, side * scale, |x, y| {
            if dark[y / scale * side + x / scale] { 0 } else { 255 }
        });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one barcode");
    grids[0].decode().expect("it decodes").1
}
