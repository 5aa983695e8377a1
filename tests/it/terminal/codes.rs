//! `holdfast code`: the codes of another program, and counters that are saved before they are shown.

use std::process::Command;

use super::program::{GITHUB, GITHUB_AGAIN, Home};

/// What oathtool says; `None`, with a word on it, where it is not installed (in CI that fails).
fn oathtool(arguments: &[&str]) -> Option<String> {
    match Command::new("oathtool").args(arguments).output() {
        Ok(said) => Some(String::from_utf8(said.stdout).unwrap().trim().to_owned()),
        Err(_) => {
            let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
            assert!(!ci, "oathtool is missing; `./dev test` installs it");
            println!("skipped: oathtool is not installed; `./dev test` installs it");
            None
        }
    }
}

#[test]
fn codes_agree_with_oathtool() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let long = "otpauth://totp/Forge:ann?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Forge\
                &algorithm=SHA512&digits=8&period=60";
    home.run(["add", long]).done();
    let cases: [(&str, &[&str]); 2] = [
        ("github", &["--totp", "-b", "JBSWY3DPEHPK3PXP"]),
        (
            "Forge:ann",
            &["--totp=sha512", "-d", "8", "-s", "60", "-b", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"],
        ),
    ];
    for (name, arguments) in cases {
        // Asked before and after, so that a time step that ends in between does not matter.
        let Some(before) = oathtool(arguments) else { return };
        let said = home.run(["code", name]);
        let after = oathtool(arguments).unwrap();
        let code = said.done().strip_suffix('\n').unwrap();
        assert!(code == before || code == after, "{name}: {code}, not {before} or {after}");
        assert_eq!(said.err, "", "alone, for scripts");
    }
}

#[test]
fn a_counter_is_saved_before_its_code_is_shown() {
    let home = Home::new();
    home.run(["add", "otpauth://hotp/Bank:eve?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0"])
        .done();
    // RFC 4226 appendix D.
    for code in ["755224", "287082", "359152"] {
        assert_eq!(home.run(["code", "bank"]).done(), format!("{code}\n"));
    }
    assert_eq!(home.run(["list", "--json"]).json()[0]["counter"], 3);
    // Where it cannot be saved, nothing is shown: the lock is held by somebody who hangs.
    let lock = std::fs::File::options().write(true).open(home.path("vault.lock")).unwrap();
    lock.lock_shared().unwrap();
    home.run(["code", "bank"]).refused(9, "Another window of Holdfast is using the vault");
    drop(lock);
    assert_eq!(home.run(["code", "bank"]).done(), "969429\n");
}

#[test]
fn counters_asked_for_at_once_give_each_code_once() {
    let home = Home::new();
    home.run(["add", "otpauth://hotp/Bank:eve?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0"])
        .done();
    let mut codes: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> =
            (0..4).map(|_| scope.spawn(|| home.run(["code", "bank"]).done().to_owned())).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    codes.sort();
    assert_eq!(codes, ["287082\n", "359152\n", "755224\n", "969429\n"]);
}

#[test]
fn a_name_finds_one_account_or_lists_those_it_could_be() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    home.run(["add", GITHUB_AGAIN, "--issuer", "GitLab", "--account", "bob"]).done();
    home.run(["code", "nobody"]).refused(5, "No account has that name");
    let said = home.run(["code", "git"]);
    said.refused(6, "2 accounts have that name");
    assert!(said.err.contains("GitHub (alice)") && said.err.contains("GitLab (bob)"), "{said:?}");
    assert_eq!(said.err.lines().count(), 3, "{said:?}");
    let said = home.run(["code", "git", "--json"]);
    said.refused(6, "");
    let error = &serde_json::from_str::<serde_json::Value>(&said.err).unwrap()["error"];
    assert_eq!(error["code"], "ambiguous");
    let message = "2 accounts have that name; say more of it, or the id of one of these.";
    assert_eq!(error["message"], message);
    // What a script chooses by is what it then asks for.
    let candidates = error["candidates"].as_array().unwrap();
    let bob = candidates.iter().find(|one| one["account"] == "bob").unwrap();
    assert_eq!((candidates.len(), &bob["issuer"]), (2, &"GitLab".into()));
    assert_eq!(home.run(["code", bob["id"].as_str().unwrap(), "--json"]).json()["account"], "bob");
    assert!(!said.err.contains("JBSW") && !said.err.contains("KRSX"), "{said:?}");
    for name in ["GITHUB", "alice", "github:alice", "GitHub (alice)", "hub"] {
        let said = home.run(["code", name, "--json"]).json();
        assert_eq!(said["account"], "alice", "{name}");
        assert_eq!(said["code"].as_str().unwrap().len(), 6);
        assert!((1..=30).contains(&said["seconds_left"].as_u64().unwrap()));
    }
    let id = home.run(["list", "--json"]).json()[1]["id"].as_str().unwrap().to_owned();
    assert_eq!(home.run(["code", &id, "--json"]).json()["account"], "bob");
}
