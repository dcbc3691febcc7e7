//! Changes in a text that a person wrote: what stays equal keeps its lines, its order and its comments; what changed is
//! written anew in its place. Works on block maps and lists, line by line; gives up where a text is laid out otherwise.

use super::position::{Positions, Spot, Step};
use super::write::{Layout, Style, write};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Writes `new` into `text`. `tree` and `positions` are of the text as it was read; `old` is what it means, in the form in
/// which `new` is given (defaults filled in, spellings folded): only what differs between those two is touched.
///
/// `None` where the text's lines cannot be told apart. The caller reads the outcome again before it is believed: aliases
/// and the like may stand in it.
pub fn update(
    text: &str,
    (tree, positions): (&Value, &Positions),
    (old, new): (&Value, &Value),
    style: &Style<'_>,
) -> Option<String> {
    if text.contains(['\r', '\u{feff}']) {
        return None;
    }
    let update = Update { spots: &positions.spots, style };
    let lines: Vec<Line<'_>> = text.lines().map(Cow::Borrowed).collect();
    let block = Block { lines: &lines, first: 0, tree, spot: 0 };
    let updated = update.mapping(&block, old.as_object()?, new.as_object()?, &mut Vec::new())?;
    Some(updated.into_iter().map(|line| line.into_owned() + "\n").collect())
}

type Line<'t> = Cow<'t, str>;

struct Update<'a, 's> {
    spots: &'a [Spot],
    style: &'a Style<'s>,
}

/// A map or list of the text with the lines that are its own.
struct Block<'l, 'b, 't> {
    lines: &'l [Line<'t>],
    /// The number of the first of them, from 0.
    first: usize,
    tree: &'b Value,
    spot: usize,
}

/// An entry of a map or an item of a list.
struct Part<'b> {
    /// The key as it stands in the text; empty for an item.
    key: &'b str,
    tree: &'b Value,
    spot: usize,
    /// Blank lines and comments above it.
    leading: usize,
    /// Its first line.
    start: usize,
    /// After its last line.
    end: usize,
}

impl<'b> Update<'b, '_> {
    /// The spots of a node's children.
    fn children(&self, parent: usize) -> impl Iterator<Item = usize> {
        let end = self.spots.get(parent).map_or(0, |spot| parent + spot.size);
        let next = move |at: &usize| Some(at + self.spots.get(*at)?.size.max(1));
        std::iter::successors(Some(parent + 1), next).take_while(move |at| *at < end)
    }

    /// Cuts a block into its parts, each starting at a line of its own in one column; gives that column.
    fn parts<'t>(
        &self,
        block: &Block<'_, 'b, 't>,
        starts: &[usize],
        column: usize,
    ) -> Option<(Vec<(usize, usize)>, usize)> {
        let is_aside = |line: &str| {
            let rest = line.trim_start_matches(' ');
            rest.is_empty() || (rest.starts_with('#') && line.len() - rest.len() <= column)
        };
        let mut bounds = Vec::with_capacity(starts.len());
        let mut after = 0;
        for (place, start) in starts.iter().enumerate() {
            let line = block.lines.get(*start)?;
            if (place > 0 && *start < after)
                || line.len() < column
                || !line.bytes().take(column).all(|byte| byte == b' ')
            {
                return None;
            }
            let mut leading = *start;
            while leading > after && is_aside(&block.lines[leading - 1]) {
                leading -= 1;
            }
            // What stands above the first part is above it, whatever it is: a file's head.
            bounds.push((if place == 0 { 0 } else { leading }, *start));
            after = start + 1;
        }
        let mut footer = block.lines.len();
        while footer > after && is_aside(&block.lines[footer - 1]) {
            footer -= 1;
        }
        Some((bounds, footer))
    }

    fn mapping<'t>(
        &self,
        block: &Block<'_, 'b, 't>,
        old: &Map<String, Value>,
        new: &'b Map<String, Value>,
        path: &mut Vec<Step<'b>>,
    ) -> Option<Vec<Line<'t>>> {
        let tree = block.tree.as_object()?;
        let spots: Vec<usize> = self.children(block.spot).collect();
        let first_key = self.spots.get(*spots.first()?)?.key;
        let column = first_key.column as usize - 1;
        let mut starts = Vec::with_capacity(spots.len());
        for spot in &spots {
            let key = self.spots.get(*spot)?.key;
            if key.column != first_key.column {
                return None;
            }
            starts.push((key.line as usize - 1).checked_sub(block.first)?);
        }
        if spots.len() != tree.len() {
            return None;
        }
        let (bounds, footer) = self.parts(block, &starts, column)?;
        let end = |place: usize| bounds.get(place + 1).map_or(footer, |(leading, _)| *leading);
        let renames = renames(old, new);
        let now = |key: &'b str| renames.get(key).copied().unwrap_or(key);
        let old = &old
            .iter()
            .map(|(key, value)| (String::from(*renames.get(key.as_str()).unwrap_or(&key.as_str())), value.clone()))
            .collect::<Map<_, _>>();
        let keys: Vec<&'b str> = tree.keys().map(|key| now(key)).collect();
        let part = |(place, (key, value)): (usize, (&'b String, &'b Value))| {
            let (leading, start) = bounds[place];
            (now(key), Part { key, tree: value, spot: spots[place], leading, start, end: end(place) })
        };
        let parts: HashMap<&str, Part<'b>> = tree.iter().enumerate().map(part).collect();
        if parts.len() != tree.len() {
            return None;
        }
        let mut lines = Vec::new();
        for key in order(&keys, old, new) {
            let part = parts.get(key);
            path.push(Step::Key(key));
            match (part, new.get(key)) {
                (Some(part), None) => lines.extend_from_slice(&block.lines[part.leading..part.end]),
                (Some(part), Some(value)) => {
                    lines.extend_from_slice(&block.lines[part.leading..part.start]);
                    lines.extend(self.entry(block, part, (key, old.get(key), value), column, path));
                }
                (None, Some(value)) => lines.extend(self.fresh_entry(key, value, column, path)),
                (None, None) => {}
            }
            path.pop();
        }
        lines.extend_from_slice(&block.lines[footer..]);
        Some(lines)
    }

    fn entry<'t>(
        &self,
        block: &Block<'_, 'b, 't>,
        part: &Part<'b>,
        (key, old, new): (&'b str, Option<&Value>, &'b Value),
        column: usize,
        path: &mut Vec<Step<'b>>,
    ) -> Vec<Line<'t>> {
        let own = &block.lines[part.start..part.end];
        let head = if part.key == key { Some(own[0].clone()) } else { with_key(&own[0], part.key, key, column) };
        if old == Some(new)
            && same_order(old, new)
            && let Some(head) = &head
        {
            return std::iter::once(head).chain(&own[1..]).cloned().collect();
        }
        let inner = Block { lines: &own[1..], first: block.first + part.start + 1, tree: part.tree, spot: part.spot };
        let merged = match (old, new) {
            (Some(Value::Object(old)), Value::Object(new)) if !new.is_empty() => self.mapping(&inner, old, new, path),
            (Some(Value::Array(old)), Value::Array(new)) if !new.is_empty() => self.sequence(&inner, old, new, path),
            _ => None,
        };
        if let (Some(head), Some(merged)) = (head, merged) {
            return std::iter::once(head).chain(merged).collect();
        }
        let mut lines = self.fresh_entry(key, new, column, path);
        if let ([line], [old_line]) = (lines.as_mut_slice(), own)
            && let Some(comment) = comment_of(old_line, part.key, part.tree)
        {
            line.to_mut().push_str(comment);
        }
        lines
    }

    fn sequence<'t>(
        &self,
        block: &Block<'_, 'b, 't>,
        old: &[Value],
        new: &'b [Value],
        path: &mut Vec<Step<'b>>,
    ) -> Option<Vec<Line<'t>>> {
        let tree = block.tree.as_array()?;
        let spots: Vec<usize> = self.children(block.spot).collect();
        if spots.len() != tree.len() || tree.len() != old.len() || tree.is_empty() {
            return None;
        }
        let mut starts = Vec::with_capacity(spots.len());
        for spot in &spots {
            starts.push((self.spots.get(*spot)?.value.line as usize - 1).checked_sub(block.first)?);
        }
        let first = block.lines.get(*starts.first()?)?;
        let column = first.len() - first.trim_start_matches(' ').len();
        let is_item = |start: &usize| {
            block.lines.get(*start).is_some_and(|line| line[column.min(line.len())..].starts_with("- "))
        };
        let (bounds, footer) = self.parts(block, &starts, column)?;
        if !starts.iter().all(is_item) {
            return None;
        }
        let mut lines = Vec::new();
        let pairs = pairs(old, new);
        for (place, item) in new.iter().enumerate() {
            path.push(Step::Item(place));
            match pairs[place] {
                Some(from) => {
                    let (leading, start) = bounds[from];
                    let end = bounds.get(from + 1).map_or(footer, |(leading, _)| *leading);
                    let part = Part { key: "", tree: &tree[from], spot: spots[from], leading, start, end };
                    lines.extend_from_slice(&block.lines[leading..start]);
                    lines.extend(self.item(block, &part, &old[from], item, column, path));
                }
                None => lines.extend(self.fresh_item(item, column, path)),
            }
            path.pop();
        }
        lines.extend_from_slice(&block.lines[footer..]);
        Some(lines)
    }

    fn item<'t>(
        &self,
        block: &Block<'_, 'b, 't>,
        part: &Part<'b>,
        old: &Value,
        new: &'b Value,
        column: usize,
        path: &mut Vec<Step<'b>>,
    ) -> Vec<Line<'t>> {
        let own = &block.lines[part.start..part.end];
        if old == new && same_order(Some(old), new) {
            return own.to_vec();
        }
        self.inner_mapping(block, part, old, new, column, path).unwrap_or_else(|| self.fresh_item(new, column, path))
    }

    /// A map that begins on the line of its dash: merged as if the dash were a space.
    fn inner_mapping<'t>(
        &self,
        block: &Block<'_, 'b, 't>,
        part: &Part<'b>,
        old: &Value,
        new: &'b Value,
        column: usize,
        path: &mut Vec<Step<'b>>,
    ) -> Option<Vec<Line<'t>>> {
        let (old, new) = (old.as_object()?, new.as_object().filter(|new| !new.is_empty())?);
        let mut own = block.lines[part.start..part.end].to_vec();
        own.first_mut()?.to_mut().replace_range(column..=column, " ");
        let inner = Block { lines: &own, first: block.first + part.start, tree: part.tree, spot: part.spot };
        let mut lines = self.mapping(&inner, old, new, path)?;
        let first =
            lines.iter_mut().find(|line| !line.trim_start().is_empty() && !line.trim_start().starts_with('#'))?;
        if first.as_bytes().get(column) != Some(&b' ') {
            return None;
        }
        first.to_mut().replace_range(column..=column, "-");
        Some(lines)
    }

    /// An entry as it is written anew. The last step of `path` leads to it.
    fn fresh_entry<'t>(&self, key: &str, value: &Value, column: usize, path: &[Step<'b>]) -> Vec<Line<'t>> {
        let mut map = Map::new();
        map.insert(String::from(key), value.clone());
        self.fresh(&Value::Object(map), column, path)
    }

    fn fresh_item<'t>(&self, value: &Value, column: usize, path: &[Step<'b>]) -> Vec<Line<'t>> {
        self.fresh(&Value::Array(vec![value.clone()]), column, path)
    }

    fn fresh<'t>(&self, value: &Value, column: usize, path: &[Step<'b>]) -> Vec<Line<'t>> {
        let outside = &path[..path.len().saturating_sub(1)];
        let layout = |inside: &[Step<'_>], value: &Value| match inside {
            [] => Layout::Block,
            _ => (self.style.layout)(&[outside, inside].concat(), value),
        };
        let style = Style { width: self.style.width.saturating_sub(column), layout: &layout, ..*self.style };
        let indented = |line: &str| {
            if line.is_empty() { Cow::Borrowed("") } else { Cow::Owned(format!("{}{line}", " ".repeat(column))) }
        };
        write(value, &style).lines().map(indented).collect()
    }
}

/// Whether two equal values have their entries in the same order too.
fn same_order(old: Option<&Value>, new: &Value) -> bool {
    match (old, new) {
        (Some(Value::Object(old)), Value::Object(new)) => {
            old.iter().zip(new).all(|((old_key, old), (key, new))| old_key == key && same_order(Some(old), new))
        }
        (Some(Value::Array(old)), Value::Array(new)) => {
            old.iter().zip(new).all(|(old, new)| same_order(Some(old), new))
        }
        _ => true,
    }
}

/// The keys of the outcome in their order: the author's, with what is new behind what stands before it; the new one where
/// entries changed places.
fn order<'v>(tree: &[&'v str], old: &Map<String, Value>, new: &'v Map<String, Value>) -> Vec<&'v str> {
    let common_old = old.keys().filter(|key| new.contains_key(*key));
    let common_new = new.keys().filter(|key| old.contains_key(*key));
    // What the author left out stays out while it is what it would be anyway.
    let written: HashSet<&str> = tree.iter().copied().collect();
    let is_wanted = |key: &str| written.contains(key) || old.get(key) != new.get(key);
    let moved = !common_old.eq(common_new);
    let mut order: Vec<&str> = if moved {
        Vec::new()
    } else {
        // Fields without any meaning are the author's too.
        tree.iter().copied().filter(|key| new.contains_key(*key) || !old.contains_key(*key)).collect()
    };
    let mut places: HashSet<&str> = order.iter().copied().collect();
    let mut before: Option<&str> = None;
    for key in new.keys().map(String::as_str).filter(|key| is_wanted(key)) {
        if places.insert(key) {
            let place = before.and_then(|before| order.iter().rposition(|other| *other == before));
            match place {
                Some(place) => order.insert(place + 1, key),
                None if moved => order.push(key),
                None => order.insert(0, key),
            }
        }
        before = Some(key);
    }
    if moved {
        order.extend(tree.iter().copied().filter(|key| !new.contains_key(*key) && !old.contains_key(*key)));
    }
    order
}

/// Entries that got another name and kept their place: old name → new name.
fn renames<'v>(old: &Map<String, Value>, new: &'v Map<String, Value>) -> HashMap<String, &'v str> {
    if old.len() != new.len() {
        return HashMap::new();
    }
    let pairs = old.iter().zip(new).filter(|((old_key, old_value), (key, value))| {
        let is_same = old_value == value || (old_value.is_object() && value.is_object());
        old_key != key && is_same && !new.contains_key(*old_key) && !old.contains_key(*key)
    });
    pairs.map(|((old_key, _), (key, _))| (old_key.clone(), key.as_str())).collect()
}

/// The line of an entry with another key, where the old one stands unquoted.
fn with_key<'t>(line: &str, old: &str, new: &str, column: usize) -> Option<Line<'t>> {
    let rest = line.get(column..)?.strip_prefix(old)?.strip_prefix(':')?;
    let entry = write(&Value::Object(Map::from_iter([(String::from(new), Value::Null)])), &Style::block());
    let written = entry.strip_suffix(" null\n").filter(|written| !written.starts_with("? "))?;
    Some(Cow::Owned(format!("{}{written}{rest}", " ".repeat(column))))
}

/// For each new item the old one that it was: by `name` where all have one, else by place from both ends.
fn pairs(old: &[Value], new: &[Value]) -> Vec<Option<usize>> {
    fn names(items: &[Value]) -> Option<HashMap<&str, usize>> {
        let mut names = HashMap::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let name = item.get("name")?.as_str()?;
            if names.insert(name, place).is_some() {
                return None;
            }
        }
        Some(names)
    }
    if let (Some(old_names), Some(new_names)) = (names(old), names(new)) {
        let name = |item: &Value| item.get("name").and_then(Value::as_str).map(String::from);
        // One that has a new name at its old place was renamed.
        let renamed = |place: usize| {
            let old_name = name(old.get(place)?)?;
            (old.len() == new.len() && !new_names.contains_key(old_name.as_str())).then_some(place)
        };
        let old_place =
            |(place, item): (usize, &Value)| old_names.get(name(item)?.as_str()).copied().or_else(|| renamed(place));
        return new.iter().enumerate().map(old_place).collect();
    }
    if old.len() == new.len() {
        return (0..new.len()).map(Some).collect();
    }
    let shorter = old.len().min(new.len());
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let end = old.iter().rev().zip(new.iter().rev()).take(shorter - start).take_while(|(old, new)| old == new).count();
    let pair = |place: usize| {
        if place < start {
            Some(place)
        } else if place >= new.len() - end {
            Some(place + old.len() - new.len())
        } else {
            None
        }
    };
    (0..new.len()).map(pair).collect()
}

/// The comment at the end of the line of a one-line entry.
fn comment_of<'l>(line: &'l str, key: &str, value: &Value) -> Option<&'l str> {
    let marks = line.match_indices(" #").map(|(place, _)| place);
    marks.into_iter().find_map(|mark| {
        let before = super::read(&line[..mark]).value?;
        (before.as_object()?.len() == 1 && before.get(key) == Some(value)).then(|| {
            let blanks = line[..mark].len() - line[..mark].trim_end_matches(' ').len();
            &line[mark - blanks..]
        })
    })
}
