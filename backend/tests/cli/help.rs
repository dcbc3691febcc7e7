//! What `--help` says, for every command, and the completions made from it.

use crate::harness::Place;

#[test]
fn help_is_as_written_down() {
    let place = Place::new();
    let mut all = place.command(&["--help"]);
    let mut shown = String::from_utf8(all.output().unwrap().stdout).unwrap();
    for command in ["new", "check", "compile", "run", "link", "components", "runs", "logs", "completions"] {
        let text = place.command(&[command, "--help"]).env_remove("DAGWRIGHT_DATA_DIR").output().unwrap();
        shown.push_str(&format!("\n=== {command}\n{}", String::from_utf8(text.stdout).unwrap()));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn every_command_but_the_server_s_own_has_examples() {
    let place = Place::new();
    for command in ["new", "check", "compile", "run", "link", "components", "runs", "logs"] {
        assert!(place.run(&[command, "--help"]).ok().contains("Examples:\n  dagwright "), "{command}");
    }
}

#[test]
fn completions_name_the_commands() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run(&["completions", shell]).ok();
        assert!(script.contains("compile") && script.contains("sandbox"), "{shell}");
    }
}

#[test]
fn what_cannot_be_read_ends_with_2_and_the_usage() {
    let place = Place::new();
    let wrong = place.run(&["compile", "x.yaml", "-p", "nothing"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.err.contains("write it as NAME=VALUE"), "{}", wrong.err);
}
