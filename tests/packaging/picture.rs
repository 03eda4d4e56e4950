//! The picture of `make demo`.

use std::path::Path;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).expect("it is there")
}

#[test]
fn the_picture_shows_the_demo_as_it_is_now() {
    let (demo, picture) = (read("scripts/demo.py"), read("docs/demo.svg"));
    let quoted = |line: &str| Some(line.split_once('"')?.1.rsplit_once('"')?.0.to_owned());
    let headings = demo.lines().map(str::trim).filter(|line| line.starts_with("heading("));
    let headings: Vec<String> = headings.filter_map(quoted).collect();
    assert!(headings.len() > 5, "{headings:?}");
    for heading in &headings {
        // What comes before the address of a fake Quay, which is another one each time.
        let fixed = heading.split('{').next().unwrap_or_default();
        let again = "`python3 scripts/picture.py` draws it anew";
        assert!(picture.contains(fixed), "{fixed:?} is not shown: {again}");
    }
    for folder in ["root", "home", "Users", "tmp"] {
        assert!(!picture.contains(&format!("/{folder}/")), "a path of somebody's machine");
    }
}
