//! Pipelines in links: what goes in comes out, and nothing that happens to a link gives another document.

use super::*;
use crate::pipeline::arbitrary;
use crate::pipeline::file::{read_pipeline, write_pipeline};
use proptest::prelude::*;

const FILE: &str = include_str!("../../../backend/src/examples/digits.pipeline.yaml");

/// A link of any content, as a foreign or malicious program may make it: with a checksum that fits.
fn forged(version: u8, content: &[u8]) -> String {
    let length = u32::try_from(content.len()).expect("short").to_be_bytes();
    let mut bytes = vec![version, length[1], length[2], length[3]];
    let checksum = Sha256::new().chain_update(&bytes).chain_update(content).finalize();
    bytes.extend(&checksum[..8]);
    bytes.extend(content);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn deflated(text: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec(text, 6)
}

#[test]
fn a_file_goes_into_a_link_and_comes_out_byte_for_byte() {
    let link = pipeline_link("https://pipelines.example.org/", FILE).expect("it fits");
    assert!(link.starts_with("https://pipelines.example.org/#pipeline="), "{link}");
    assert!(link.len() < FILE.len() / 2, "{} characters for {} bytes", link.len(), FILE.len());
    let Some(Link::Pipeline(packed)) = Link::find(&link) else { panic!("not found") };
    assert_eq!(unpack(&packed).as_deref(), Ok(FILE));
}

/// Links that were sent must open for ever: this one was made by version 1.
#[test]
fn a_link_of_the_first_version_opens() {
    assert_eq!(unpack("AQAAEVpXg5ME_sVXy87MS7FSCMgsSM3JzEvlAgA").as_deref(), Ok("kind: Pipeline\n"));
}

#[test]
fn a_link_is_found_whatever_its_host_and_however_it_is_pasted() {
    let packed = pack("kind: Pipeline\n").expect("short");
    let id = shared_id([7; 16]);
    let pipeline = Some(Link::Pipeline(packed.clone()));
    for pasted in [
        format!("https://pipelines.example.org/#pipeline={packed}"),
        format!("http://127.0.0.1:7667/pipelines/4?x=1#a=b&pipeline={packed}&node=train"),
        format!("  <https://a.example/#pipeline={packed}>.\n"),
        format!("#pipeline={packed}"),
        format!("https://a.example/#pipeline={}\r\n  {}", &packed[..30], &packed[30..]),
    ] {
        assert_eq!(Link::find(&pasted), pipeline, "{pasted}");
    }
    let shared = |base: &str| Some(Link::Shared { base: String::from(base), id: id.clone() });
    assert_eq!(Link::find(&shared_link("https://a.example/dagwright/", &id)), shared("https://a.example/dagwright"));
    assert_eq!(Link::find(&format!("http://[::1]:7667/?a=1#shared={id}")), shared("http://[::1]:7667"));
    assert_eq!(Link::in_fragment(&format!("#shared={id}")), shared(""));
    for other in
        ["", "#", "https://a.example/", "https://a.example/#top", "kind: Pipeline # pipeline=x", "# pipeline", "#p=1"]
    {
        assert_eq!(Link::find(other), None, "{other}");
    }
}

#[test]
fn ids_of_short_links_are_known_by_their_form() {
    assert!(is_shared_id(&shared_id([0xff; 16])) && is_shared_id(&shared_id([0; 16])));
    let id = shared_id(*b"sixteen bytes!!!");
    for wrong in [&id[1..], &format!("{id}A"), "", "../../../../etc/passwd", "________________._____"] {
        assert!(!is_shared_id(wrong), "{wrong}");
    }
}

#[test]
fn what_is_wrong_with_a_link_is_said() {
    let packed = pack(FILE).expect("short");
    let all = Some(packed.len());
    let flipped = |at: usize| {
        let other = if packed.as_bytes()[at] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &packed[..at], &packed[at + 1..])
    };
    assert_eq!(unpack(""), Err(LinkError::Cut { there: 0, all: None }));
    assert_eq!(unpack(&packed[..8]), Err(LinkError::Cut { there: 8, all: None }));
    assert_eq!(unpack(&packed[..700]), Err(LinkError::Cut { there: 700, all }));
    assert_eq!(unpack(&format!("{packed}AB")), Err(LinkError::Longer { there: packed.len() + 2, all: packed.len() }));
    assert_eq!(unpack(&flipped(10)), Err(LinkError::Damaged));
    assert_eq!(unpack(&flipped(500)), Err(LinkError::Damaged));
    assert_eq!(unpack(&format!("{}%{}", &packed[..40], &packed[41..])), Err(LinkError::Damaged));
    assert_eq!(unpack(&forged(2, b"?")), Err(LinkError::Newer { version: 2 }));
    assert_eq!(unpack(&forged(1, b"\x07")), Err(LinkError::NoText));
    assert_eq!(unpack(&forged(1, &deflated(b"\xff\xfe"))), Err(LinkError::NoText));
    assert_eq!(unpack(&"A".repeat(LINK_LIMIT + 1)), Err(LinkError::TooLong { characters: LINK_LIMIT + 1 }));

    let all = [
        LinkError::Cut { there: 8, all: None },
        LinkError::Cut { there: 700, all },
        LinkError::Longer { there: 12, all: 10 },
        LinkError::Damaged,
        LinkError::Newer { version: 2 },
        LinkError::TooLong { characters: 40_000 },
        LinkError::TooLarge,
        LinkError::NoText,
    ];
    let said: Vec<_> = all.iter().map(|error| format!("{error}. {}", error.hint())).collect();
    insta::assert_snapshot!(said.join("\n").replace(&packed.len().to_string(), "N"));
}

#[test]
fn a_link_that_claims_gigabytes_gives_no_more_than_the_limit() {
    let exactly = "a".repeat(TEXT_LIMIT);
    assert_eq!(unpack(&pack(&exactly).expect("within the limit")).map(|text| text.len()), Ok(TEXT_LIMIT));
    let bomb = forged(1, &deflated(&vec![b'a'; TEXT_LIMIT + 1]));
    assert!(bomb.len() < LINK_LIMIT, "{}", bomb.len());
    assert_eq!(unpack(&bomb), Err(LinkError::TooLarge));
    assert_eq!(pack(&format!("{exactly}a")), Err(LinkError::TooLarge));
}

#[test]
fn what_does_not_fit_is_refused_when_it_is_written() {
    // Digits of a hash: nothing to compress.
    let text: String = (0..2000_u32).map(|n| format!("{:x}", Sha256::digest(n.to_le_bytes()))).collect();
    let error = pipeline_link("https://a.example", &text).expect_err("too long");
    assert!(matches!(error, LinkError::TooLong { characters } if characters > LINK_LIMIT), "{error}");
    assert!(pack(&text).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_pipeline_goes_through_a_link(pipeline in arbitrary::pipeline()) {
        let text = write_pipeline(&pipeline);
        let packed = pack(&text).expect("small");
        let Some(Link::Pipeline(found)) = Link::find(&format!("https://a.example/#pipeline={packed}")) else {
            panic!("not found")
        };
        let back = unpack(&found).expect("whole");
        prop_assert_eq!(&back, &text);
        prop_assert_eq!(read_pipeline(&back).value, read_pipeline(&text).value);
    }

    #[test]
    fn any_changed_or_missing_character_is_an_error(
        text in "\\PC{0,300}",
        at in any::<prop::sample::Index>(),
        character in prop_oneof!["[A-Za-z0-9_-]", "\\PC"],
    ) {
        let packed = pack(&text).expect("short");
        let at = at.index(packed.len());
        let (before, rest) = packed.split_at(at);
        prop_assert!(unpack(before).is_err());
        let missing = format!("{before}{}", &rest[1..]);
        prop_assert!(unpack(&missing).is_err());
        let added = format!("{before}{character}{rest}");
        prop_assert!(unpack(&added).is_err());
        if !rest.starts_with(&character) {
            let changed = format!("{before}{character}{}", &rest[1..]);
            prop_assert!(unpack(&changed).is_err(), "{}", changed);
        }
    }

    #[test]
    fn nothing_that_is_pasted_panics(pasted in "(https?://[a-z./?]{0,9})?#?(pipeline|shared)?=?[A-Za-z0-9_-]{0,60}\\PC{0,9}", content: Vec<u8>, version: u8) {
        if let Some(Link::Pipeline(packed)) = Link::find(&pasted) {
            prop_assert!(unpack(&packed).is_err());
        }
        // A forger's content is text or an error; which, is deflate's to say.
        drop(unpack(&forged(version, &content)));
    }
}
