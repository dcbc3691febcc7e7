//! Property: any text at all gets an answer, and every position lies in the text.

use dagwright_python::analyse;
use proptest::prelude::*;

const PIECES: [&str; 42] = [
    "def ",
    "f",
    "(",
    ")",
    ":",
    "\n",
    "    ",
    "a",
    "b_path",
    ": int",
    ": str",
    "=",
    "1",
    "'x'",
    "\"\"\"",
    "->",
    "NamedTuple",
    "[",
    "]",
    ",",
    "*",
    "**",
    "/",
    "InputPath",
    "OutputPath",
    "Input",
    "Output",
    "Dataset",
    "Optional",
    "|",
    "None",
    "Literal",
    "class ",
    "lambda",
    "f'{",
    "}'",
    "\\",
    "\t",
    "é",
    "😀",
    "#",
    "@",
];

proptest! {
    #[test]
    fn any_text(source in "\\PC*") {
        analyse(&source, None);
    }

    #[test]
    fn any_pieces_of_python(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..60)) {
        let source: String = pieces.concat();
        for problem in analyse(&source, None).diagnostics {
            let at = problem.position.expect("every problem has a place");
            prop_assert!(at.line >= 1 && at.column >= 1);
            prop_assert!(at.line as usize <= source.lines().count() + 1);
        }
    }
}
