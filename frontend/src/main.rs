//! The browser app's entry: mounts the app on the page. No logic here.

use leptos::prelude::*;

fn main() {
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    view! { <main><h1>"Dagwright"</h1></main> }
}
