//! The picture of `make demo`.

use std::path::Path;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).expect("it is there")
}

/// The texts in quotes in a piece of Python, up to where the first of them differs from run to run.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').skip(1).step_by(2).map(|text| text.split('{').next().unwrap_or_default())
}

/// The lines of the demo's story that the picture shows: from one heading to another.
fn shown<'a>(demo: &'a str, script: &str) -> Vec<&'a str> {
    let bounds = script.lines().find(|line| line.starts_with("FIRST, AFTER = "));
    let bounds: Vec<String> = quoted(bounds.expect("the bounds")).map(str::to_owned).collect();
    let is_heading = |line: &&str, start: &str| {
        let heading = line.trim().strip_prefix("heading(\"");
        heading.is_some_and(|heading| heading.starts_with(start.trim_start_matches("== ")))
    };
    let story = demo.lines().skip_while(|line| !is_heading(line, &bounds[0]));
    story.take_while(|line| !is_heading(line, &bounds[1])).collect()
}

#[test]
fn the_picture_shows_the_demo_as_it_is_now() {
    let (demo, picture) = (read("scripts/demo.py"), read("docs/demo.svg"));
    let (script, again) = (read("scripts/picture.py"), "`scripts/picture.py` draws it anew");
    let story = shown(&demo, &script);
    let (mut headings, mut commands) = (0, 0);
    for line in story.iter().map(|line| line.trim()) {
        let texts: Vec<&str> = quoted(line).collect();
        if line.starts_with("heading(") {
            headings += 1;
            assert!(picture.contains(texts[0]), "{line}: not shown, {again}");
        } else if line.starts_with("story.terraform(") {
            commands += 1;
            let (arguments, said): (Vec<&str>, Vec<&str>) =
                texts.into_iter().partition(|text| !line.contains(&format!("says=\"{text}")));
            let command = format!("$ terraform {}", arguments.join(" "));
            assert!(picture.contains(&format!(">{command}<")), "{command}: not shown, {again}");
            assert!(said.iter().all(|text| picture.contains(text)), "{line}: not shown, {again}");
        }
    }
    assert_eq!((headings, commands), (2, 2), "{story:?}");
    for folder in ["root", "home", "Users", "tmp"] {
        assert!(!picture.contains(&format!("/{folder}/")), "a path of somebody's machine");
    }
}
