//! Keeping a task's component in the palette: as a new one, or as the next version of the one of its name.

use super::component::ComponentEditing;
use crate::store::palette::PaletteStore;
use crate::ui::icon::SmallIcon;
use crate::ui::toast::toast;
use dagwright_shared::pipeline::digest::digest;
use dagwright_texts::t;
use leptos::prelude::*;

/// How a component stands to the own one of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    /// There is none.
    New,
    /// That one, in this version.
    Same(u32),
    /// An earlier version of it, and the newest.
    Earlier(u32, u32),
    /// Another; this version of it is the newest.
    Other(u32),
}

/// The row; nothing where there is no palette to keep it in.
#[component]
pub fn KeepRow(
    /// The component.
    editing: ComponentEditing,
) -> impl IntoView {
    let palette = use_context::<PaletteStore>()?;
    let kept = Memo::new(move |_| {
        let (name, digest) = editing.read(|component| (component.name.clone(), digest(component)));
        match palette.own_of(&name) {
            None => Kept::New,
            Some(own) if own.digest == digest => Kept::Same(own.version),
            Some(own) => match own.versions.iter().find(|one| one.digest == digest) {
                Some(one) => Kept::Earlier(one.version, own.version),
                None => Kept::Other(own.version),
            },
        }
    });
    let keep = move |_| {
        let component = editing.read_untracked(Clone::clone);
        leptos::task::spawn_local(async move {
            match palette.keep(&component).await {
                Ok(stored) => {
                    // From now on the task's component is that version of it.
                    let origin = stored.component.get("origin").and_then(|origin| origin.as_str()).map(String::from);
                    editing.change_or_tell(|component| component.origin = origin);
                    toast(t!(
                        "{name} is in the palette, version {version}",
                        name = stored.name,
                        version = stored.version
                    ));
                }
                Err(problem) => toast(problem.to_string()),
            }
        });
    };
    Some(view! {
        <div class="frow two" data-testid="keep-component">
            <label>{t!("Palette")}</label>
            {move || match kept.get() {
                Kept::New => view! { <button class="btn small" on:click=keep><SmallIcon name="plus" />{t!("Save to the palette")}</button> }.into_any(),
                Kept::Same(version) => view! { <span class="faint with-icon"><SmallIcon name="check" />{t!("Yours, version {version}", version)}</span> }.into_any(),
                Kept::Earlier(version, newest) => view! { <span class="faint">{t!("Yours, version {version} of {newest}", version, newest)}</span> }.into_any(),
                Kept::Other(version) => view! {
                    <button class="btn small" title=t!("It becomes version {next}; version {version} stays in its history", next = version + 1, version) on:click=keep><SmallIcon name="rerun" />{t!("Update in the palette")}</button>
                }.into_any(),
            }}
        </div>
    })
}
