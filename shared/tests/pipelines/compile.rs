//! Plans of whole pipelines.

use crate::sample::*;
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;

#[test]
fn the_pair() {
    insta::assert_json_snapshot!(compile(&pair(), &Arguments::new()).unwrap());
}
