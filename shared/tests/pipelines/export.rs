//! Argo Workflows of whole pipelines.

use crate::layout::grid;
use crate::sample::*;
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;
use dagwright_shared::export::argo::export;
use dagwright_shared::pipeline::Pipeline;

pub(crate) fn yaml(pipeline: &Pipeline) -> String {
    export(&compile(pipeline, &Arguments::new()).unwrap()).unwrap().to_yaml()
}

#[test]
fn the_pair() {
    insta::assert_snapshot!(yaml(&pair()));
}

#[test]
fn a_grid_is_about_as_small_as_it_can_be() {
    for (width, depth, hera) in [(7, 8, 13_947), (25, 40, 210_118)] {
        let bytes = yaml(&grid(width, depth)).len();
        assert!(bytes * 10 <= hera * 11, "{bytes} bytes; Hera writes {hera}");
    }
}
