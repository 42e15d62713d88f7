//! THIRD-PARTY.txt: the licences of everything that is linked into the library,
//! which must go with it. It lies beside the Python package too, with our own
//! licences, because a wheel can only hold files from below its own folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Generated, read};

const FIRST: &str = "\
What is in the library besides ondes itself

The shared library holds the code of the packages below, and of Rust's standard library (MIT OR Apache-2.0, as ondes itself:
LICENSE-APACHE). Of a package under \"MIT OR ...\" it is the MIT licence that is made use of, or the Apache License where the
package has no text of its own.

LAME, which writes MP3, is under the GNU Library General Public License, version 2 or any later version. Anyone may use the
library with LAME in it, whatever their own licence; users can replace LAME, because libondes is a shared library of which
all sources are public: LAME's own, unchanged, are in the package mp3lame-sys (whose own part, the declarations of LAME's
functions, is under LGPL-3.0), and ondes builds with LAME or without (the feature `lame`). The sources of the packages under the MPL-2.0, unchanged too, are those of the versions named here.
";

/// C sources inside of packages: the program that they are, and its licence.
const INSIDE: [(&str, &str, &str); 5] = [
    ("aotuv_lancer_vorbis_sys", "libvorbis with aoTuV and Lancer", "vorbis_vendor/COPYING"),
    ("libflac-sys", "libFLAC", "flac/COPYING.Xiph"),
    ("mp3lame-sys", "LAME", "lame-3.100/COPYING"),
    ("ogg_next_sys", "libogg", "ogg_vendor/COPYING"),
    ("opusic-sys", "libopus", "opus/COPYING"),
];

/// The platform whose packages are listed: the one that wheels are made for.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// What is linked in.
struct Package {
    title: String,
    licence: String,
    source: String,
    folder: PathBuf,
    name: String,
}

pub fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let text = notices(&linked(root)?)?;
    Ok(vec![
        Generated { path: "THIRD-PARTY.txt", text: text.clone() },
        Generated { path: "bindings/python/THIRD-PARTY.txt", text },
        Generated { path: "bindings/python/LICENSE-MIT", text: read(root, "LICENSE-MIT")? },
        Generated { path: "bindings/python/LICENSE-APACHE", text: read(root, "LICENSE-APACHE")? },
    ])
}

fn notices(packages: &[Package]) -> Result<String, String> {
    let mut out = String::from(FIRST);
    out.push('\n');
    for package in packages {
        let _ = writeln!(out, "  {}: {}\n    {}", package.title, package.licence, package.source);
    }

    // Many packages share a text, but for its line breaks: each text is there once.
    let mut texts: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    for package in packages {
        for (of, path) in licences(package)? {
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let key = text.split_whitespace().collect::<Vec<_>>().join(" ");
            texts.entry(key).or_insert_with(|| (tidy(&text), BTreeSet::new())).1.insert(of);
        }
    }
    let mut texts: Vec<_> = texts.into_values().collect();
    texts.sort_by(|a, b| a.1.cmp(&b.1));
    for (text, of) in texts {
        let of = of.into_iter().collect::<Vec<_>>().join(", ");
        let _ = write!(out, "\n{}\n{of}\n\n{text}", "-".repeat(100));
    }
    Ok(out)
}

/// The texts that go with a package, and what each is of.
fn licences(package: &Package) -> Result<Vec<(String, PathBuf)>, String> {
    let mut found: Vec<(String, PathBuf)> = INSIDE
        .iter()
        .filter(|(name, ..)| *name == package.name)
        .map(|(_, program, path)| ((*program).to_owned(), package.folder.join(path)))
        .collect();

    let entries = std::fs::read_dir(&package.folder).map_err(|e| format!("{}: {e}", package.folder.display()))?;
    let mut own: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("LICENSE")))
        .collect();
    own.sort();
    if package.licence.contains("MIT") {
        let mit = |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains("MIT"));
        own = own.iter().find(mit).or(own.first()).cloned().into_iter().collect();
    }
    found.extend(own.into_iter().map(|path| (package.title.clone(), path)));
    if found.is_empty() && !package.licence.contains("Apache-2.0") {
        return Err(format!("{} has no licence in {}", package.title, package.folder.display()));
    }
    Ok(found)
}

/// The text without trailing spaces and empty lines around it.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.trim_matches(['\u{feff}', '\n', '\r', '\u{c}']).lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned() + "\n"
}

/// The packages that the library's code comes from, in the order of their names.
fn linked(root: &Path) -> Result<Vec<Package>, String> {
    let metadata = metadata(root)?;
    let packages: BTreeMap<&str, &Value> =
        list(&metadata["packages"]).iter().map(|package| (text(&package["id"]), package)).collect();
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| (text(&node["id"]), node)).collect();
    let ours = packages.iter().find(|(_, package)| package["name"] == "ondes").ok_or("no package ondes")?;

    let mut seen = BTreeSet::from([*ours.0]);
    let mut waiting = vec![*ours.0];
    while let Some(id) = waiting.pop() {
        for dependency in list(&nodes[id]["deps"]) {
            // Neither for the tests nor for building alone; macros run in the compiler.
            let linked = list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
            let id = text(&dependency["pkg"]);
            if linked && !is_macro(packages[id]) && seen.insert(id) {
                waiting.push(id);
            }
        }
    }
    // What comes from no registry is ours.
    seen.retain(|id| !packages[id]["source"].is_null());
    let mut found: Vec<Package> = seen.into_iter().map(|id| package(packages[id])).collect();
    found.sort_by(|a, b| a.title.cmp(&b.title));
    Ok(found)
}

fn package(value: &Value) -> Package {
    let name = text(&value["name"]).to_owned();
    let program = INSIDE.iter().find(|inside| inside.0 == name).map(|inside| format!(" ({})", inside.1));
    Package {
        title: format!("{name} {}{}", text(&value["version"]), program.unwrap_or_default()),
        licence: text(&value["license"]).replace('/', " OR "),
        source: text(&value["repository"]).to_owned(),
        folder: Path::new(text(&value["manifest_path"])).parent().unwrap_or(Path::new("")).to_owned(),
        name,
    }
}

fn is_macro(package: &Value) -> bool {
    list(&package["targets"]).iter().any(|target| list(&target["kind"]).iter().any(|kind| kind == "proc-macro"))
}

fn metadata(root: &Path) -> Result<Value, String> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", PLATFORM])
        .current_dir(root)
        .output()
        .map_err(|e| format!("cargo metadata: {e}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
