//! `docs/benchmarks.svg`: the times of plans of one run.

use super::figures::Figures;
use super::page::name;
use super::project::Kind;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;

const KINDS: [(Kind, RGBColor); 3] = [
    (Kind::OneByOne, RGBColor(200, 90, 60)),
    (Kind::Ours, RGBColor(40, 110, 170)),
    (Kind::Floor, RGBColor(120, 120, 120)),
];

type Panel<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws the picture into a folder.
pub(crate) fn draw(folder: &Path, figures: &Figures) {
    let place = folder.join("benchmarks.svg");
    let root = SVGBackend::new(&place, (960, 400)).into_drawing_area();
    root.fill(&WHITE).expect("it can be drawn");
    let panels = root.split_evenly((1, 2));
    slow(&panels[0], figures);
    at_once(&panels[1], figures);
    root.present().expect("the picture can be written");
}

/// Bars: a Quay that takes its time.
fn slow(panel: &Panel<'_>, figures: &Figures) {
    let bars = [(KINDS[1], figures.slow.0), (KINDS[0], figures.slow.1)];
    let longest = bars.iter().map(|(_, plan)| plan.wall.as_secs_f64()).fold(0.0, f64::max);
    let title = format!(
        "plan of {}, {} ms a request",
        figures.sizes.large, figures.sizes.pace.service_time
    );
    let mut chart = ChartBuilder::on(panel)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(24)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..2.0, 0.0..longest * 1.15)
        .expect("it can be drawn");
    let mesh = &mut chart.configure_mesh();
    mesh.disable_x_mesh().x_labels(0).y_desc("seconds").draw().expect("it can be drawn");
    for (position, ((kind, colour), plan)) in [0.2, 1.2].into_iter().zip(bars) {
        let seconds = plan.wall.as_secs_f64();
        let bar = Rectangle::new([(position, 0.0), (position + 0.6, seconds)], colour.filled());
        let words = format!("{}: {seconds:.1} s", name(kind));
        let label = Text::new(words, (position, seconds + longest * 0.06), ("sans-serif", 15));
        chart.draw_series([bar]).expect("it can be drawn");
        chart.draw_series([label]).expect("it can be drawn");
    }
}

/// Lines: a Quay that answers at once.
fn at_once(panel: &Panel<'_>, figures: &Figures) {
    let longest = figures.rows.iter().map(|row| row.plan.wall.as_secs_f64()).fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(panel)
        .caption("plan, a Quay that answers at once", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d(0..figures.sizes.huge * 21 / 20, 0.0..longest * 1.1)
        .expect("it can be drawn");
    let mesh = &mut chart.configure_mesh();
    mesh.x_desc("applications").y_desc("seconds").draw().expect("it can be drawn");
    for (kind, colour) in KINDS {
        let rows = figures.rows.iter().filter(|row| row.kind == kind);
        let points = rows.map(|row| (row.applications, row.plan.wall.as_secs_f64()));
        let line = LineSeries::new(points, colour.stroke_width(2)).point_size(4);
        let key = move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2));
        chart.draw_series(line).expect("it can be drawn").label(name(kind)).legend(key);
    }
    let key = &mut chart.configure_series_labels();
    key.position(SeriesLabelPosition::UpperLeft)
        .border_style(BLACK.mix(0.3))
        .background_style(WHITE)
        .draw()
        .expect("it can be drawn");
}
