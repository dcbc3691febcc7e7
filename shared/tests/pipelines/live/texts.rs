//! Every nasty text in every place arrives byte for byte, by Argo and Kubernetes themselves.

use super::cluster::{Cluster, script};
use crate::sample::*;
use crate::substitution::{NASTY, UPSTREAM, UPSTREAM_IN_COMMANDS};
use dagwright_shared::component::Placeholder;
use dagwright_shared::pipeline::EnvValue;
use sha2::{Digest, Sha256};

/// Writes what it sees as hexadecimal lines: `v` a word, `f` a file by its path, `e` a variable by its name.
const SEE: &str = "import os, sys
words, seen = sys.argv[2:], []
while words:
    kind, word, *words = words
    if kind == 'f':
        content = open(word, 'rb').read()
    else:
        content = os.fsencode(os.environ[word] if kind == 'e' else word)
    seen.append(content.hex())
open(sys.argv[1], 'w').write('\\n'.join(seen) + '\\n')
";
const GIVE: &str = "import sys
for path, text in zip(sys.argv[1::2], sys.argv[2::2]):
    open(path, 'wb').write(bytes.fromhex(text))
";

fn hex(text: &str) -> String {
    hex_of(text.as_bytes())
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn texts_arrive_byte_for_byte() {
    let Some(cluster) = Cluster::find("texts_arrive_byte_for_byte") else { return };
    let mut pipeline = pipeline("export texts");
    let graph = &mut pipeline.graph;
    // One newline at the end is cut, on both engines.
    let plain: Vec<&str> = UPSTREAM.iter().copied().chain(["two\n"]).collect();
    let upstream: Vec<&str> = plain.iter().chain(UPSTREAM_IN_COMMANDS).copied().collect();
    let names: Vec<String> = (0..upstream.len()).map(|number| format!("u{number}")).collect();
    let outputs: Vec<String> = names.iter().map(|name| format!("{name}: String")).collect();
    let mut give = script("give", &[], &outputs.iter().map(String::as_str).collect::<Vec<_>>(), GIVE, []);
    for (name, given) in names.iter().zip(&upstream) {
        command(&mut give).command.extend([out(name), text(&hex(&format!("{given}\n")))]);
    }
    add_component(graph, "give", give);
    add_task(graph, "give", task("give", []));

    let mut expected = Vec::new();
    for (group, nasty) in NASTY.chunks(7).enumerate() {
        let (mut inputs, mut seen) = (Vec::new(), Vec::new());
        let mut see = script("see", &[], &["seen: String"], SEE, [out("seen")]);
        let words = &mut command(&mut see).command;
        let mut arguments = Vec::new();
        let mut env = Vec::new();
        for (number, nasty) in nasty.iter().enumerate() {
            let place = (group * 7 + number) % names.len();
            let (from, given) = (names[place].as_str(), upstream[place]);
            let in_file = (group * 7 + number) % plain.len();
            let parameter_name = format!("p{group}-{number}");
            add_parameter(graph, &parameter_name, typed("String", *nasty));
            let mut see_input = |kind: &str, name: &str, argument, content: String| {
                let input = format!("{name} {number}");
                let port = if name == "content" { "Dataset" } else { "String" };
                inputs.push(format!("{input}: {port}"));
                words.push(text(kind));
                words.push(if kind == "f" { path(&input) } else { value(&input) });
                seen.push(hex(&content));
                arguments.push((input, argument));
            };
            let escaped = nasty.replace('$', "$$");
            see_input("v", "constant", constant(*nasty), String::from(*nasty));
            see_input("v", "parameter", parameter(&parameter_name), String::from(*nasty));
            let mixed = format!("{escaped}${{give.{from}}}{escaped}");
            see_input("v", "mixed", written(&mixed), format!("{nasty}{given}{nasty}"));
            see_input("v", "upstream", output("give", from), String::from(given));
            see_input("f", "constant file", constant(*nasty), String::from(*nasty));
            see_input("f", "parameter file", parameter(&parameter_name), String::from(*nasty));
            see_input("f", "upstream file", output("give", &names[in_file]), String::from(plain[in_file]));
            see_input("f", "content", constant(*nasty), String::from(*nasty));
            words.extend([
                text("v"),
                Placeholder::Concat(vec![text(nasty), value(&format!("upstream {number}")), text("{")]),
            ]);
            seen.push(hex(&format!("{nasty}{given}{{")));
            words.extend([text("e"), text(&format!("NASTY_{number}"))]);
            seen.push(hex(nasty));
            env.push((format!("NASTY_{number}"), EnvValue::Value(String::from(*nasty))));
        }
        let key = format!("see {group}");
        let ports = container("ports", &inputs.iter().map(String::as_str).collect::<Vec<_>>(), &[], []).inputs;
        see.inputs = ports;
        see.name = key.clone();
        add_component(graph, &key, see);
        let mut all = task(&key, []);
        all.arguments.extend(arguments);
        all.env.extend(env);
        add_task(graph, &key, all);
        expected.push((format!("see-{group}"), seen));
    }
    let ended = cluster.run(&pipeline);
    ended.succeeded();
    for (task, expected) in expected {
        let seen: Vec<&str> = ended.output(&task, "seen").split('\n').collect();
        assert_eq!(seen, expected, "{task}");
    }
}

/// Not one of them is long; their template is.
#[test]
fn many_files_with_dollar_signs_arrive_byte_for_byte() {
    let Some(cluster) = Cluster::find("many_files_with_dollar_signs_arrive_byte_for_byte") else { return };
    const DIGESTS: &str = "import hashlib, sys
files = [hashlib.sha256(open(name, 'rb').read()).hexdigest() for name in sys.argv[2:]]
open(sys.argv[1], 'w').write('\\n'.join(files))
";
    let files: Vec<String> =
        (0..6).map(|number| format!("{number} $$ $(HOME) ${{x}} \"$\" $\n").repeat(1100)).collect();
    assert!(files.iter().all(|file| (24 << 10..32 << 10).contains(&file.len())), "{}", files[0].len());
    let names: Vec<String> = (0..files.len()).map(|number| format!("f{number}")).collect();
    let inputs: Vec<String> = names.iter().map(|name| format!("{name}: String")).collect();
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let mut digests = script("digests", &inputs, &["seen: String"], DIGESTS, [out("seen")]);
    command(&mut digests).command.extend(names.iter().map(|name| path(name)));
    let mut pipeline = pipeline("export many files");
    add_component(&mut pipeline.graph, "digests", digests);
    let mut all = task("digests", []);
    all.arguments.extend(names.iter().zip(&files).map(|(name, file)| (name.clone(), constant(file.as_str()))));
    add_task(&mut pipeline.graph, "digests", all);
    let ended = cluster.run(&pipeline);
    let digest = |file: &String| hex_of(&Sha256::digest(file.as_bytes()));
    let expected: Vec<String> = files.iter().map(digest).collect();
    assert_eq!(ended.succeeded().output("digests", "seen").split('\n').collect::<Vec<_>>(), expected);
}
