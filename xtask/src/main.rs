//! Project chores: `cargo xtask header | abi | bindings | errors-doc | notices [--check]`.
//!
//! Each writes generated files that are committed; with `--check` it only
//! compares and fails if one is not what the code says.

mod abi;
mod bindings;
mod c;
mod errors_doc;
mod header;
mod misuse;
mod notices;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A generated file: its path in the repository, and what it should hold.
pub struct Generated {
    path: &'static str,
    text: String,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (chore, check) = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [chore] => (chore, false),
        [chore, "--check"] => (chore, true),
        _ => return usage(),
    };
    let root = root();
    let generated = match chore {
        "header" => header::generate(&root),
        "abi" => abi::generate(&root),
        "bindings" => bindings::generate(&root),
        "errors-doc" => errors_doc::generate(&root),
        "notices" => notices::generate(&root),
        _ => return usage(),
    };
    match generated.and_then(|files| if check { compare(&root, &files) } else { write(&root, &files) }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask {chore}: {message}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: cargo xtask header | abi | bindings | errors-doc | notices [--check]");
    ExitCode::from(2)
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The text of a file of the repository.
pub fn read(root: &Path, path: &str) -> Result<String, String> {
    std::fs::read_to_string(root.join(path)).map_err(|e| format!("{path}: {e}"))
}

fn write(root: &Path, files: &[Generated]) -> Result<(), String> {
    for file in files {
        let path = root.join(file.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        std::fs::write(&path, &file.text).map_err(|e| format!("{}: {e}", file.path))?;
        println!("wrote {}", file.path);
    }
    Ok(())
}

fn compare(root: &Path, files: &[Generated]) -> Result<(), String> {
    for file in files {
        let committed = read(root, file.path)?;
        if let Some(line) = first_difference(&committed, &file.text) {
            return Err(format!(
                "{} is not what the code says, from line {line} on; run the chore without --check and commit",
                file.path
            ));
        }
    }
    Ok(())
}

fn first_difference(a: &str, b: &str) -> Option<usize> {
    if a == b {
        return None;
    }
    let same = a.lines().zip(b.lines()).take_while(|(a, b)| a == b).count();
    Some(same + 1)
}
