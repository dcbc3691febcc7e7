//! KFP's ClassificationMetrics, drawn: confusion matrix and ROC curve.

use dagwright_texts::t;
use leptos::prelude::*;
use serde_json::Value;

/// A confusion matrix: rows are actual classes, columns predicted ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Counts, row by row.
    pub rows: Vec<Vec<f64>>,
}

/// A point of a ROC curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RocPoint {
    /// Falsely called positive, 0 to 1.
    pub false_positive_rate: f64,
    /// Rightly called positive, 0 to 1.
    pub recall: f64,
}

impl Matrix {
    /// Reads KFP v2's `confusionMatrix {annotationSpecs, rows}`.
    pub fn read(value: &Value) -> Option<Self> {
        let matrix = value.get("confusionMatrix")?;
        let specs = matrix.get("annotationSpecs").and_then(Value::as_array);
        let name = |spec: &Value| spec.get("displayName").and_then(Value::as_str).map(str::to_owned);
        let numbers = |row: &Value| {
            let row = row.get("row").unwrap_or(row).as_array()?;
            Some(row.iter().map(|number| number.as_f64().unwrap_or(0.0)).collect::<Vec<_>>())
        };
        let rows: Vec<Vec<f64>> = matrix.get("rows")?.as_array()?.iter().filter_map(numbers).collect();
        let width = rows.iter().map(Vec::len).max().filter(|width| *width > 0)?;
        let names: Vec<Option<String>> = specs.map(|specs| specs.iter().map(name).collect()).unwrap_or_default();
        let class = |index: usize| names.get(index).cloned().flatten().unwrap_or_else(|| index.to_string());
        Some(Self { classes: (0..width.max(rows.len())).map(class).collect(), rows })
    }

    /// How many were right, and of how many.
    pub fn right(&self) -> (f64, f64) {
        let right = self.rows.iter().enumerate().filter_map(|(index, row)| row.get(index)).sum();
        (right, self.rows.iter().flatten().sum())
    }

    /// `871 of 899 right`.
    pub fn summary(&self) -> String {
        let (right, all) = self.right();
        t!("{right} of {all} right", right, all)
    }
}

/// Reads KFP v2's `confidenceMetrics`.
pub fn roc_points(value: &Value) -> Vec<RocPoint> {
    let points = value.get("confidenceMetrics").and_then(Value::as_array);
    let mut points: Vec<RocPoint> = points
        .into_iter()
        .flatten()
        .filter_map(|point| {
            let number = |name: &str| point.get(name).and_then(Value::as_f64).filter(|number| number.is_finite());
            Some(RocPoint { false_positive_rate: number("falsePositiveRate")?, recall: number("recall")? })
        })
        .collect();
    points.sort_by(|a, b| a.false_positive_rate.total_cmp(&b.false_positive_rate).then(a.recall.total_cmp(&b.recall)));
    points
}

/// Area under the curve by trapezoids.
pub fn area(points: &[RocPoint]) -> f64 {
    let step = |pair: &[RocPoint]| {
        (pair[1].false_positive_rate - pair[0].false_positive_rate) * (pair[0].recall + pair[1].recall) / 2.0
    };
    points.windows(2).map(step).sum()
}

/// What a node's row says about it: `10 × 10`.
pub fn headline(value: &Value) -> Option<String> {
    Matrix::read(value)
        .map(|matrix| format!("{} × {}", matrix.rows.len(), matrix.classes.len()))
        .or_else(|| Some(format!("AUC {:.3}", area(&roc_points(value)))).filter(|_| !roc_points(value).is_empty()))
}

/// Which of the six inks a count gets: by its share of the largest.
fn ink(count: f64, largest: f64) -> usize {
    match count / largest.max(1.0) {
        share if share <= 0.0 => 0,
        share if share < 0.03 => 1,
        share if share < 0.25 => 2,
        share if share < 0.6 => 3,
        share if share < 0.9 => 4,
        _ => 5,
    }
}

/// Numbers on dark cells are light.
fn text_class(ink: usize) -> &'static str {
    if ink >= 4 { "on" } else { "" }
}

/// The matrix.
#[component]
pub fn ConfusionMatrix(
    /// What to draw.
    matrix: Matrix,
) -> impl IntoView {
    let columns = matrix.classes.len().max(1);
    let cell = (310.0 / columns as f64).clamp(4.0, 44.0);
    let gap = if cell > 10.0 { 1.0 } else { 0.0 };
    let widest = matrix.classes.iter().map(|class| class.chars().count()).max().unwrap_or(1).min(14) as f64;
    let left = 24.0 + (widest * 6.5).max(10.0);
    let (width, height) = (left + cell * columns as f64, cell * matrix.rows.len() as f64 + 46.0);
    let largest = matrix.rows.iter().flatten().copied().fold(0.0, f64::max);
    let words = cell >= 16.0;
    let short = |class: &str| {
        if class.chars().count() > 14 {
            format!("{}…", class.chars().take(13).collect::<String>())
        } else {
            class.to_owned()
        }
    };
    let cells = matrix.rows.iter().enumerate().flat_map(|(row, counts)| {
        let classes = matrix.classes.clone();
        counts.iter().enumerate().map(move |(column, count)| {
            let (x, y) = (left + cell * column as f64, 6.0 + cell * row as f64);
            let ink = ink(*count, largest);
            let actual = classes.get(row).cloned().unwrap_or_default();
            let predicted = classes.get(column).cloned().unwrap_or_default();
            let number = (words && *count > 0.0).then(|| view! {
                <text class=text_class(ink) x=format!("{:.1}", x + (cell - gap) / 2.0) y=format!("{:.1}", y + cell / 2.0 + 4.0)>{count.to_string()}</text>
            });
            view! {
                <g>
                    <rect class=format!("c{ink}") x=format!("{x:.1}") y=format!("{y:.1}") width=format!("{:.1}", cell - gap) height=format!("{:.1}", cell - gap) rx="2">
                        <title>{t!("actual {actual}, predicted {predicted}: {count}", actual, predicted, count)}</title>
                    </rect>
                    {number}
                </g>
            }
        })
    });
    let cells = cells.collect_view();
    let rows = matrix.rows.len();
    // Every n-th name, so that names never lie over each other.
    let every = (14.0 / cell).ceil().max(1.0) as usize;
    let row_names = matrix.classes.iter().take(rows).enumerate().step_by(every).map(|(index, class)| view! {
        <text class="ax end" x=format!("{:.1}", left - 8.0) y=format!("{:.1}", 10.0 + cell * (index as f64 + 0.5))>{short(class)}</text>
    });
    let row_names = row_names.collect_view();
    let column_names = matrix.classes.iter().enumerate().step_by(every).map(|(index, class)| view! {
        <text class="ax" x=format!("{:.1}", left + cell * (index as f64 + 0.5)) y=format!("{:.1}", 20.0 + cell * rows as f64)>
            {class.chars().take(((cell / 6.0) as usize).max(2)).collect::<String>()}
        </text>
    });
    let column_names = column_names.collect_view();
    let middle = 6.0 + cell * rows as f64 / 2.0;
    let label = t!("Confusion matrix: {summary}", summary = matrix.summary());
    view! {
        <svg class="cm" data-viewer="matrix" viewBox=format!("0 0 {width:.0} {height:.0}") width=format!("{width:.0}") height=format!("{height:.0}") role="img" aria-label=label>
            {row_names} {cells} {column_names}
            <text class="ax" x=format!("{:.1}", left + cell * columns as f64 / 2.0) y=format!("{:.1}", height - 4.0)>{t!("predicted")}</text>
            <text class="ax" transform=format!("translate(10 {middle:.1}) rotate(-90)")>{t!("actual")}</text>
        </svg>
    }
}

/// The ROC curve with its area.
#[component]
pub fn RocCurve(
    /// Sorted by false positive rate.
    points: Vec<RocPoint>,
) -> impl IntoView {
    const SIDE: f64 = 280.0;
    let at = |point: &RocPoint| (40.0 + point.false_positive_rate * SIDE, 10.0 + (1.0 - point.recall) * SIDE);
    let mut line = String::new();
    for (index, point) in points.iter().enumerate() {
        let (x, y) = at(point);
        line.push_str(&format!("{}{x:.1} {y:.1}", if index == 0 { "M" } else { "L" }));
    }
    let below = format!("{line}L{:.1} {:.1}L40 {:.1}Z", 40.0 + SIDE, 10.0 + SIDE, 10.0 + SIDE);
    let auc = area(&points);
    let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|tick| view! {
        <text x=format!("{:.1}", 40.0 + tick * SIDE) y=format!("{:.1}", SIDE + 26.0) text-anchor="middle">{format!("{tick}")}</text>
        <text x="34" y=format!("{:.1}", 14.0 + (1.0 - tick) * SIDE) text-anchor="end">{format!("{tick}")}</text>
    });
    view! {
        <svg class="roc" data-viewer="roc" viewBox="0 0 340 326" width="340" height="326" role="img" aria-label=t!("ROC curve, area {area}", area = format!("{auc:.3}"))>
            <path class="area" d=below></path>
            <path class="axis" d=format!("M40 10V{:.1}H{:.1}", 10.0 + SIDE, 40.0 + SIDE)></path>
            <path class="chance" d=format!("M40 {:.1}L{:.1} 10", 10.0 + SIDE, 40.0 + SIDE)></path>
            <path class="curve" d=line></path>
            {ticks}
            <text x=format!("{:.1}", 40.0 + SIDE / 2.0) y="322" text-anchor="middle">{t!("false positive rate")}</text>
            <text transform="translate(10 150) rotate(-90)" text-anchor="middle">{t!("true positive rate")}</text>
            <text x=format!("{:.1}", 34.0 + SIDE) y=format!("{:.1}", SIDE - 4.0) text-anchor="end">{t!("area {area}", area = format!("{auc:.3}"))}</text>
        </svg>
    }
}

/// Both, as far as they are there.
#[component]
pub fn ClassificationView(
    /// KFP v2's JSON.
    value: Value,
) -> impl IntoView {
    let matrix = Matrix::read(&value);
    let points = roc_points(&value);
    let nothing = matrix.is_none() && points.is_empty();
    view! {
        {matrix.map(|matrix| view! { <ConfusionMatrix matrix=matrix /> })}
        {(!points.is_empty()).then(|| view! { <RocCurve points=points /> })}
        {nothing.then(|| view! { <p class="empty-line">{t!("Neither a confusion matrix nor a curve is in it.")}</p> })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kfp_json() {
        let value = json!({
            "confusionMatrix": {"annotationSpecs": [{"displayName": "cat"}, {"displayName": "dog"}], "rows": [{"row": [3, 1]}, {"row": [0, 4]}]},
            "confidenceMetrics": [
                {"confidenceThreshold": 0.9, "falsePositiveRate": 0.0, "recall": 0.5},
                {"confidenceThreshold": 0.1, "falsePositiveRate": 1.0, "recall": 1.0},
                {"confidenceThreshold": 0.5, "falsePositiveRate": 0.5, "recall": 1.0}
            ]
        });
        let matrix = Matrix::read(&value).unwrap();
        assert_eq!(matrix.summary(), "7 of 8 right");
        assert_eq!(headline(&value).as_deref(), Some("2 × 2"));
        assert!((area(&roc_points(&value)) - 0.875).abs() < 1e-9);
        assert_eq!(Matrix::read(&json!({"confusionMatrix": {"rows": []}})), None);
    }
}
