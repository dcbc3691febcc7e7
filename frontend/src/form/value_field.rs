//! One value by its type: number with steps, switch, segments, select, text that grows, JSON. Checks after a pause.

use crate::form::text_field::grow;
use crate::ui::pause::AfterPause;
use dagwright_shared::types::ParameterType;
use dagwright_shared::values::{ValueRules, to_text};
use dagwright_texts::t;
use leptos::{html, prelude::*};
use serde_json::Value;
use std::time::Duration;

/// How long a person pauses before what was typed is taken.
pub const PAUSE: Duration = Duration::from_millis(350);

/// What a field's value has to keep; owns what [`ValueRules`] borrows.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldRules {
    /// Its type.
    pub parameter_type: ParameterType,
    /// The only values allowed; empty means any.
    pub choices: Vec<Value>,
    /// Smallest number allowed.
    pub minimum: Option<f64>,
    /// Largest number allowed.
    pub maximum: Option<f64>,
    /// Shown when the field is empty, and named in messages.
    pub default: Option<Value>,
}

impl FieldRules {
    /// Of a type alone.
    pub fn of_type(parameter_type: ParameterType) -> Self {
        Self { parameter_type, choices: Vec::new(), minimum: None, maximum: None, default: None }
    }

    /// From the shared table's rules.
    pub fn from_rules(rules: &ValueRules<'_>) -> Self {
        Self {
            parameter_type: rules.parameter_type,
            choices: rules.choices.to_vec(),
            minimum: rules.minimum,
            maximum: rules.maximum,
            default: rules.default.cloned(),
        }
    }

    /// What the shared table needs.
    pub fn rules(&self) -> ValueRules<'_> {
        ValueRules {
            parameter_type: self.parameter_type,
            choices: &self.choices,
            minimum: self.minimum,
            maximum: self.maximum,
            default: self.default.as_ref(),
        }
    }

    /// `Integer, 1 to 100`.
    pub fn words(&self) -> String {
        let name = self.parameter_type.name();
        match (self.minimum, self.maximum) {
            (Some(minimum), Some(maximum)) => t!("{name}, {minimum} to {maximum}", name, minimum, maximum),
            (Some(minimum), None) => t!("{name}, at least {minimum}", name, minimum),
            (None, Some(maximum)) => t!("{name}, at most {maximum}", name, maximum),
            (None, None) => String::from(name),
        }
    }

    /// What holds: the value, else the default.
    fn holding(&self, value: Option<Value>) -> Option<Value> {
        value.or_else(|| self.default.clone())
    }

    fn default_text(&self) -> String {
        self.default.as_ref().map(|default| self.text(default)).unwrap_or_default()
    }

    fn text(&self, value: &Value) -> String {
        to_text(value, self.parameter_type).unwrap_or_else(|_| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }
}

/// A typed field. `value` is what is stored (`None`: nothing, so the default holds); `set` is called with what was taken.
#[component]
pub fn ValueField(
    /// What the value has to keep.
    rules: FieldRules,
    /// What is stored.
    #[prop(into)]
    value: Signal<Option<Value>>,
    /// Takes a value, or `None` for an emptied field.
    set: Callback<Option<Value>>,
    /// For screen readers and tests.
    #[prop(into)]
    label: String,
    /// Told whether what stands in the field is fine.
    #[prop(into, optional)]
    fine: Option<Callback<bool>>,
) -> impl IntoView {
    if !rules.choices.is_empty() {
        return view! { <ChoiceField rules=rules value=value set=set label=label /> }.into_any();
    }
    if rules.parameter_type == ParameterType::Boolean {
        return view! { <SwitchField rules=rules value=value set=set label=label /> }.into_any();
    }
    view! { <TypedField rules=rules value=value set=set label=label fine=fine /> }.into_any()
}

#[component]
fn ChoiceField(
    rules: FieldRules,
    value: Signal<Option<Value>>,
    set: Callback<Option<Value>>,
    label: String,
) -> impl IntoView {
    let held = rules.clone();
    let current = Memo::new(move |_| held.holding(value.get()));
    let choices: Vec<(String, Value)> =
        rules.choices.iter().map(|choice| (rules.text(choice), choice.clone())).collect();
    // The inspector's column is narrow: what does not stand in it side by side is a list.
    let width: usize = choices.iter().map(|(text, _)| text.chars().count() * 7 + 22).sum();
    if choices.len() > 4 || width > 156 {
        let shown = choices.clone();
        let options = choices.iter().enumerate().map(|(index, (text, choice))| {
            let choice = choice.clone();
            view! { <option value=index selected=move || current.get().as_ref() == Some(&choice)>{text.clone()}</option> }
        });
        let changed = move |event| {
            let index = event_target_value(&event).parse::<usize>().ok();
            set.run(index.and_then(|index| shown.get(index)).map(|(_, value)| value.clone()));
        };
        return view! { <span class="field select"><select aria-label=label on:change=changed>{options.collect_view()}</select></span> }.into_any();
    }
    let buttons = choices.into_iter().map(|(text, choice)| {
        let is = choice.clone();
        view! {
            <button type="button" role="radio" aria-checked=move || (current.get().as_ref() == Some(&is)).to_string() on:click=move |_| set.run(Some(choice.clone()))>
                {text}
            </button>
        }
    });
    view! { <span class="seg" role="radiogroup" aria-label=label>{buttons.collect_view()}</span> }.into_any()
}

#[component]
fn SwitchField(
    rules: FieldRules,
    value: Signal<Option<Value>>,
    set: Callback<Option<Value>>,
    label: String,
) -> impl IntoView {
    let on = Memo::new(move |_| rules.holding(value.get()).is_some_and(|value| rules.text(&value) == "true"));
    view! {
        <button
            type="button"
            class="switch"
            class:on=move || on.get()
            role="switch"
            aria-label=label
            aria-checked=move || on.get().to_string()
            on:click=move |_| set.run(Some(Value::Bool(!on.get_untracked())))
        ></button>
    }
    .into_any()
}

#[component]
fn TypedField(
    rules: FieldRules,
    value: Signal<Option<Value>>,
    set: Callback<Option<Value>>,
    label: String,
    fine: Option<Callback<bool>>,
) -> impl IntoView {
    let rules = StoredValue::new(rules);
    let stored = move || value.get().map(|value| rules.with_value(|rules| rules.text(&value))).unwrap_or_default();
    let text = RwSignal::new(untrack(stored));
    let problem = RwSignal::new(None::<String>);
    let touched = StoredValue::new(false);
    // What is stored may change from elsewhere (undo, another field): then it shows, unless a person is typing.
    Effect::new(move |_| {
        let stored = stored();
        if !touched.get_value() && text.get_untracked() != stored {
            text.set(stored);
            problem.set(None);
        }
    });
    let take = move || {
        touched.set_value(false);
        let typed = text.get_untracked();
        let string = rules.with_value(|rules| rules.parameter_type == ParameterType::String);
        let read = if typed.is_empty() && (!string || value.get_untracked().is_none()) {
            Ok(None)
        } else {
            rules.with_value(|rules| {
                rules.rules().read(&typed).map(Some).map_err(|problem| String::from(problem.message()))
            })
        };
        if let Some(fine) = fine {
            fine.run(read.is_ok());
        }
        match read {
            Ok(new) => {
                problem.set(None);
                if new != value.get_untracked() {
                    set.run(new);
                }
            }
            Err(message) => problem.set(Some(message)),
        }
    };
    let pause = AfterPause::new(PAUSE);
    // Also when the field is left: nothing is lost by a quick click elsewhere.
    let leave = move || {
        if touched.try_get_value() == Some(true) {
            take();
        }
    };
    let typed = move |new: String| {
        text.set(new);
        touched.set_value(true);
        pause.run(leave);
    };
    let kind = rules.with_value(|rules| rules.parameter_type);
    let placeholder = rules.with_value(FieldRules::default_text);
    let numeric = matches!(kind, ParameterType::Integer | ParameterType::Double);
    let mono = matches!(kind, ParameterType::List | ParameterType::Dict);
    let step = move |by: f64| {
        let now = text.get_untracked();
        let now = if now.is_empty() { rules.with_value(FieldRules::default_text) } else { now };
        let number = now.parse::<f64>().unwrap_or(0.0) + by;
        text.set(if number == number.trunc() { format!("{number:.0}") } else { number.to_string() });
        take();
    };
    let keydown = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "ArrowUp" if numeric => {
            event.prevent_default();
            step(1.0);
        }
        "ArrowDown" if numeric => {
            event.prevent_default();
            step(-1.0);
        }
        // Enter takes the value; a further line is asked for by Shift Enter. A line break that nobody sees misleads.
        "Enter" if !event.shift_key() => {
            event.prevent_default();
            take();
        }
        _ => {}
    };
    let node: NodeRef<html::Textarea> = NodeRef::new();
    Effect::new(move |_| {
        text.track();
        if let Some(area) = node.get() {
            grow(&area, 6);
        }
    });
    let control = if numeric {
        view! {
            <input
                aria-label=label
                inputmode="decimal"
                placeholder=placeholder
                prop:value=move || text.get()
                on:input=move |event| typed(event_target_value(&event))
                on:blur=move |_| leave()
                on:keydown=keydown
                aria-invalid=move || problem.get().is_some().to_string()
            />
            <span class="stepper">
                <button type="button" tabindex="-1" aria-label=t!("Increase") on:click=move |_| step(1.0)>
                    <svg viewBox="0 0 12 10" fill="none" stroke="currentColor" stroke-width="1.5"><path d="m3 7 3-3 3 3"></path></svg>
                </button>
                <button type="button" tabindex="-1" aria-label=t!("Decrease") on:click=move |_| step(-1.0)>
                    <svg viewBox="0 0 12 10" fill="none" stroke="currentColor" stroke-width="1.5"><path d="m3 3 3 3 3-3"></path></svg>
                </button>
            </span>
        }
        .into_any()
    } else {
        view! {
            <textarea
                node_ref=node
                rows="1"
                class:mono=mono
                aria-label=label
                placeholder=placeholder
                spellcheck="false"
                prop:value=move || text.get()
                on:input=move |event| typed(event_target_value(&event))
                on:blur=move |_| leave()
                aria-invalid=move || problem.get().is_some().to_string()
                on:keydown=keydown
            ></textarea>
        }
        .into_any()
    };
    view! {
        <span class="field" class:tall=!numeric class:error=move || problem.get().is_some()>{control}</span>
        {move || problem.get().map(|message| view! { <span class="hint error" role="alert">{message}</span> })}
    }
}
