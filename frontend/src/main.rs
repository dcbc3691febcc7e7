//! The browser app's entry: mounts the app on the page. No logic here.

fn main() {
    dagwright_frontend::app::start();
}
