//! The components that come with Dagwright, as KFP `component.yaml` files. Only carries them.

/// A component file and where the palette shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComponentFile {
    /// Its group in the palette.
    pub group: &'static str,
    /// Its name; `builtin/<name>` is the origin of what is made from it.
    pub name: &'static str,
    /// The component's text.
    pub text: &'static str,
}

macro_rules! components {
    ($($group:literal: $($name:literal)*;)*) => {
        &[$($(ComponentFile {
            group: $group,
            name: $name,
            text: include_str!(concat!("catalog/", $name, ".component.yaml")),
        },)*)*]
    };
}

/// All of them; groups together, in the order shown.
pub const COMPONENTS: &[ComponentFile] = components! {
    "Basics": "python_function" "shell_script" "print_text" "write_text";
    "Data": "download_file" "example_table" "split_table" "table_statistics";
    "Train": "train_classifier";
    "Evaluate": "predict_table" "evaluate_classifier";
    "Report": "html_report";
};
