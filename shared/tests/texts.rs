//! The grammar of texts with references: what is read, what is refused with its place, and that printing reads back.

use dagwright_shared::pipeline::text::{
    TextPiece, parameters, parse, parse_with_places, print, tasks, with_references,
};
use proptest::prelude::*;

fn shown(text: &str) -> String {
    match parse(text) {
        Err(problem) => format!("{text} => {problem}"),
        Ok(pieces) => {
            let piece = |piece: &TextPiece| match piece {
                TextPiece::Text(literal) => format!("{literal:?}"),
                TextPiece::Parameter(name) => format!("parameter {name:?}"),
                TextPiece::Output { task, output } => format!("{task:?} gives {output:?}"),
            };
            format!("{text} => {}", pieces.iter().map(piece).collect::<Vec<_>>().join(", "))
        }
    }
}

#[test]
fn what_texts_mean() {
    let texts = [
        "",
        "plain",
        "digit ${image_number}",
        "${train.accuracy}${kernel}",
        "${ my task . my out }",
        "${\"my task\".\"out.csv\"}",
        "${\"a\\\"b\\\\c\"}",
        "$$ and $5 and $",
        "$${name}",
        "$$${name}",
        "{{workflow.name}} {x}",
        "${größe.数}",
        "ä ${",
        "ä ${name",
        "${}",
        "${a.}",
        "${.b}",
        "${a.b.c}",
        "${a{b}",
        "${a b\"c\"}",
        "${\"open}",
        "${\"a\\n\"}",
        "${\"a\" x}",
    ];
    insta::assert_snapshot!(texts.map(shown).join("\n"));
}

#[test]
fn references_are_found_and_changed_in_place() {
    let text = "a ${ k } $$ $x ${t.o} ${t.p} ${k}";
    assert_eq!(parameters(text), ["k"]);
    assert_eq!(tasks(text), ["t"]);
    let renamed = with_references(text, |piece| match piece {
        TextPiece::Output { output, .. } => TextPiece::Output { task: String::from("a.b"), output },
        other => other,
    });
    assert_eq!(renamed.as_deref(), Some("a ${ k } $$ $x ${\"a.b\".o} ${\"a.b\".p} ${k}"));
    assert_eq!(with_references(text, |piece| piece), None);
    let places = parse_with_places(text).unwrap();
    assert_eq!(&text[places[1].0.clone()], "${ k }");
    assert_eq!(&text[places[2].0.clone()], " $$ $x ");
}

fn piece() -> impl Strategy<Value = TextPiece> {
    let name = prop_oneof!["[a-z .{}\"$\\\\\n]{1,6}", any::<String>().prop_filter("a name", |name| !name.is_empty())];
    prop_oneof![
        "[a-z ${}.\"\\\\\n]{1,8}".prop_map(TextPiece::Text),
        name.clone().prop_map(TextPiece::Parameter),
        (name.clone(), name).prop_map(|(task, output)| TextPiece::Output { task, output }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printing_reads_back(pieces in prop::collection::vec(piece(), 0..6)) {
        let mut joined: Vec<TextPiece> = Vec::new();
        for piece in &pieces {
            match (joined.last_mut(), piece) {
                (Some(TextPiece::Text(before)), TextPiece::Text(more)) => before.push_str(more),
                _ => joined.push(piece.clone()),
            }
        }
        let text = print(&pieces);
        prop_assert_eq!(&parse(&text), &Ok(joined.clone()), "{}", text);
        prop_assert_eq!(print(&joined), text);
    }

    #[test]
    fn no_text_panics(text in "[a$ {}.\"\\\\ä]{0,20}") {
        if let Ok(pieces) = parse_with_places(&text) {
            // The places cover the text without a gap.
            let mut end = 0;
            for (place, _) in pieces {
                prop_assert_eq!(place.start, end);
                end = place.end;
            }
            prop_assert_eq!(end, text.len());
        }
    }
}
