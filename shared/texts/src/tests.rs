//! Texts in both languages, and the questions that the compiler asks.

use super::*;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The one table of this test binary (the first stays).
fn in_korean<T>(act: impl FnOnce() -> T) -> T {
    let table =
        r#"{"Save": "저장", "Delete {name}?": "{name} 항목을 삭제할까요?", "{done} of {all}": "{all}개 중 {done}개"}"#;
    install(table).unwrap();
    set_language(Language::Korean);
    let result = act();
    set_language(Language::English);
    result
}

const fn unchecked(english: &'static str) -> Text {
    Text { english }
}

#[test]
fn a_text_is_said_in_the_language_of_the_thread_and_values_stand_where_that_language_wants_them() {
    let half: &[(&str, &dyn Display)] = &[("done", &1), ("all", &2)];
    assert_eq!(unchecked("{done} of {all}").with(half), "1 of 2");
    in_korean(|| {
        assert_eq!(unchecked("Save").plain(), "저장");
        assert_eq!(unchecked("{done} of {all}").with(half), "2개 중 1개");
        assert_eq!(unchecked("Not in the table").plain(), "Not in the table");
    });
}

#[test]
fn a_value_is_not_read_for_placeholders_and_other_braces_stay() {
    assert_eq!(unchecked("Delete {name}?").with(&[("name", &"{name}")]), "Delete {name}?");
    assert_eq!(unchecked("{} {A} {a {name}}").with(&[("name", &"x")]), "{} {A} {a x}");
}

#[test]
fn the_compiler_s_questions() {
    assert!(!check::is_translated("nobody wrote this"));
    assert!(check::are_placeholders("{a} and {b_2}", &["b_2", "a"]));
    assert!(!check::are_placeholders("{a} and {b}", &["a"]));
    assert!(!check::are_placeholders("{a}", &["a", "b"]));
    assert!(!check::are_placeholders("{a} {a}", &["a"]));
    assert!(check::are_placeholders("{} {A} {", &[]));
}

#[test]
fn the_first_language_that_we_speak_is_taken() {
    assert_eq!(Language::best("ko-KR,ko;q=0.9,en;q=0.8"), Some(Language::Korean));
    assert_eq!(Language::best("fr, EN-us;q=0.7, ko"), Some(Language::English));
    assert_eq!(Language::best("fr"), None);
    assert_eq!(Language::best(""), None);
}

#[test]
fn a_future_speaks_its_language_and_leaves_the_thread_as_it_was() {
    let future = pin!(Spoken::new(Language::Korean, async { language() }));
    let polled = future.poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready(Language::Korean));
    assert_eq!(language(), Language::English);
}
