//! Whole pages, from the provider's declarations and the examples.

use super::schema::{section, words};
use super::support::catalog::Kind;
use super::support::files::{root, text};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use terraform_provider_quay::provider::QuayProvider;
use terraform_provider_quay::terraform::function::Function;
use terraform_provider_quay::terraform::provider::Provider;

const NOTICE: &str = "# Made by `make generate` from src/provider and examples. Change those.";

/// Every page by its place below `docs/`.
pub(crate) fn all() -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::from([(PathBuf::from("index.md"), index())]);
    for kind in Kind::ALL {
        for name in kind.names() {
            pages.insert(place(kind, name), page(kind, name));
        }
    }
    pages
}

/// Where the page of something is; the registry leaves the provider's prefix out.
pub(crate) fn place(kind: Kind, name: &str) -> PathBuf {
    let short = name.strip_prefix("quay_").unwrap_or(name);
    Path::new(kind.folder()).join(format!("{short}.md"))
}

/// What the registry calls a kind.
pub(crate) fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Resource => "Resource",
        Kind::DataSource => "Data Source",
        Kind::Ephemeral => "Ephemeral Resource",
        Kind::List => "List Resource",
        Kind::Action => "Action",
        Kind::Function => "function",
    }
}

/// What a reader must know of a whole kind before an example can work.
fn needs(kind: Kind) -> &'static str {
    match kind {
        Kind::List => {
            "It is used by `terraform query`, in files that end with `.tfquery.hcl`, and needs \
             Terraform 1.14 or newer.\n\n"
        }
        Kind::Action => "Actions need Terraform 1.14 or newer.\n\n",
        _ => "",
    }
}

fn front_matter(title: &str, subcategory: bool, description: &str) -> String {
    let subcategory = if subcategory { "subcategory: \"\"\n" } else { "" };
    format!(
        "---\n{NOTICE}\npage_title: \"{title}\"\n{subcategory}description: |-\n  \
         {description}\n---\n\n"
    )
}

/// The first sentence, which stands for itself.
fn first_sentence(description: &str) -> &str {
    let paragraph = description.split("\n\n").next().unwrap_or_default();
    paragraph.find(". ").map_or(paragraph, |end| &paragraph[..=end])
}

fn index() -> String {
    let schema = QuayProvider::SCHEMA;
    let mut page = front_matter("quay Provider", false, first_sentence(schema.description));
    let _ = write!(page, "# quay Provider\n\n{}\n\n", schema.description);
    example(&mut page, &root().join("examples/provider/provider.tf"));
    page.push_str(&section(&schema));
    page
}

fn page(kind: Kind, name: &str) -> String {
    let function = QuayProvider::FUNCTIONS.iter().find(|it| it.name == name);
    if let (Kind::Function, Some(function)) = (kind, function) {
        return function_page(function);
    }
    let schema = kind.schema(name).expect("all but functions have one");
    let page_title = format!("{name} {} - quay", title(kind));
    let mut page = front_matter(&page_title, true, first_sentence(schema.description));
    let _ = write!(page, "# {name} ({})\n\n{}\n\n", title(kind), schema.description);
    page.push_str(needs(kind));
    example(&mut page, &kind.example(name).join(kind.example_file()));
    page.push_str(&section(schema));
    if kind == Kind::Resource {
        import(&mut page, name);
    }
    page
}

fn function_page(function: &Function) -> String {
    let name = function.name;
    let mut page = front_matter(&format!("{name} function - quay"), true, function.summary);
    let _ = write!(page, "# function: {name}\n\n{}\n\n", function.description);
    example(&mut page, &Kind::Function.example(name).join(Kind::Function.example_file()));
    let parameters: Vec<String> = function
        .parameters
        .iter()
        .map(|it| format!("{} {}", it.name, words(&it.kind).to_lowercase()))
        .collect();
    let returns = words(&function.returns).to_lowercase();
    let _ = write!(
        page,
        "## Signature\n\n```text\n{name}({}) {returns}\n```\n\n## Arguments\n\n",
        parameters.join(", ")
    );
    for (position, it) in (1..).zip(function.parameters) {
        let _ =
            writeln!(page, "{position}. `{}` ({}) {}", it.name, words(&it.kind), it.description);
    }
    page
}

fn example(page: &mut String, file: &Path) {
    page.push_str("## Example Usage\n\n");
    fenced(page, "terraform", file);
    page.push('\n');
}

fn fenced(page: &mut String, language: &str, file: &Path) {
    let _ = writeln!(page, "```{language}\n{}\n```", text(file).trim_end());
}

/// The three ways of an import, the one that every Terraform knows first.
fn import(page: &mut String, name: &str) {
    let resource = QuayProvider::RESOURCES.iter().find(|it| it.name() == name);
    let resource = resource.expect("it is a resource");
    let identity = resource.identity();
    let folder = Kind::Resource.example(name);
    let _ = write!(
        page,
        "\n## Import\n\nWhat exists is imported by its id, which is `{}`:\n\n",
        identity.join("/")
    );
    fenced(page, "shell", &folder.join("import.sh"));
    page.push_str("\nThe id may also stand in an `import` block:\n\n");
    fenced(page, "terraform", &folder.join("import-by-string-id.tf"));
    page.push_str("\nTerraform 1.12 and newer also takes the identity:\n\n");
    fenced(page, "terraform", &folder.join("import-by-identity.tf"));
    page.push_str("\n### Identity Schema\n\n#### Required\n\n");
    for name in identity {
        let attribute = resource.schema().attribute(name).expect("identities are attributes");
        let meaning = first_sentence(attribute.description);
        let _ = writeln!(page, "- `{name}` (String) {meaning}");
    }
}
