//! `include/ondes.h`: cbindgen's declarations, put into the sections that the
//! modules of `src/capi` are, in their order, with a front page.

use std::fmt::Write;
use std::path::Path;

use crate::{Generated, c, read};

/// The modules whose items the header shows. Each needs only those before it.
const SECTIONS: &[&str] = &[
    "version",
    "status",
    "error",
    "sample",
    "codec",
    "options",
    "io",
    "cancel",
    "progress",
    "bytes",
    "audio",
    "reader",
    "loudness",
    "tags",
    "batch",
    "resampler",
    "resampled",
    "writer",
    "transcode",
    "map",
    "convert",
    "device",
    "stream",
];

/// Structs that only the library writes need no initialiser.
const WITHOUT_INIT: &[&str] = &["ondes_progress"];

pub fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let config = cbindgen::Config::from_root_or_default(root);
    let bindings = cbindgen::Builder::new()
        .with_crate(root)
        .with_config(config)
        .generate()
        .map_err(|e| format!("cbindgen: {e}"))?;
    let mut raw = Vec::new();
    bindings.write(&mut raw);
    let raw = String::from_utf8(raw).map_err(|e| e.to_string())?;
    let text = assemble(root, &raw)?;
    Ok(vec![Generated { path: "include/ondes.h", text }])
}

fn assemble(root: &Path, raw: &str) -> Result<String, String> {
    let blocks = blocks(raw);
    let mut text = read(root, "xtask/src/front_page.h")?;
    text += "#ifndef ONDES_H\n#define ONDES_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n";
    text += "#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
    let mut shown = 0;
    for section in SECTIONS {
        let source = match read(root, &format!("src/capi/{section}.rs")) {
            Ok(source) => source,
            Err(_) => read(root, &format!("src/capi/{section}/mod.rs"))?,
        };
        let title = source.lines().next().and_then(|line| line.strip_prefix("//! ")).unwrap_or(section);
        write!(text, "\n/* ---- {title} {} */\n", "-".repeat(88 - title.len())).map_err(|e| e.to_string())?;
        if *section == "version" {
            text += &versions(root)?;
        }
        let mut items: Vec<(usize, &Block)> =
            blocks.iter().filter_map(|block| Some((position(&source, &block.name)?, block))).collect();
        items.sort_by_key(|(position, _)| *position);
        shown += items.len();
        for (_, block) in items {
            text += "\n";
            text += &block.text;
            text += "\n";
            text += &initialiser(block);
        }
    }
    let lost: Vec<&str> = blocks.iter().filter(|b| b.is_ours()).map(|b| b.name.as_str()).collect();
    if lost.len() != shown {
        return Err(format!("{shown} of the {} declarations are in a section: {lost:?}", lost.len()));
    }
    text += "\n#ifdef __cplusplus\n} /* extern \"C\" */\n#endif\n\n#endif /* ONDES_H */\n";
    Ok(text)
}

/// One declaration with its comment.
struct Block {
    name: String,
    text: String,
}

impl Block {
    fn is_ours(&self) -> bool {
        self.name.starts_with("ondes_") || self.name.starts_with("ONDES_")
    }
}

/// Cbindgen's output, declaration by declaration: blank lines part them.
fn blocks(raw: &str) -> Vec<Block> {
    raw.split("\n\n")
        .filter_map(|text| {
            let text = plain_enum(&short_comments(text.trim()));
            let name = c::declared_name(&text)?.to_owned();
            Some(Block { name, text })
        })
        .filter(Block::is_ours)
        .collect()
}

/// An enum as C has always had it: no signature uses its type, so that what
/// cbindgen adds to fix and name the type would only be noise.
fn plain_enum(text: &str) -> String {
    if !text.lines().any(|line| line.starts_with("enum ")) {
        return text.to_owned();
    }
    let lines: Vec<&str> = text.lines().take_while(|line| !line.starts_with("#ifndef")).collect();
    let code = lines.iter().filter(|line| !line.starts_with('#') && !line.trim_start().starts_with(": int32_t"));
    code.copied().collect::<Vec<_>>().join("\n").replace("\n {\n", " {\n")
}

/// Comments of one line on one line.
fn short_comments(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::new();
    let mut i = 0;
    while i < lines.len() {
        match lines[i..] {
            [open, body, close, ..]
                if open.trim() == "/**" && close.trim() == "*/" && body.trim().starts_with("* ") =>
            {
                let indent = &open[..open.len() - open.trim_start().len()];
                out.push(format!("{indent}/** {} */", &body.trim()[2..]));
                i += 3;
            }
            _ => {
                out.push(lines[i].to_owned());
                i += 1;
            }
        }
    }
    out.join("\n")
}

/// Where a module's source defines an item of the header.
fn position(source: &str, name: &str) -> Option<usize> {
    ["pub unsafe extern \"C\" fn ", "pub extern \"C\" fn ", "pub struct ", "pub enum ", "pub const ", "pub type "]
        .iter()
        .find_map(|keyword| {
            source
                .match_indices(&format!("{keyword}{name}"))
                .find(|(at, found)| {
                    let next = source[at + found.len()..].chars().next();
                    !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
                })
                .map(|(at, _)| at)
        })
}

/// `#define ONDES_X_INIT` for a struct that begins with its size: zero is the default of every member.
fn initialiser(block: &Block) -> String {
    let fields = c::fields(&block.text);
    if fields.first().is_none_or(|field| field.name != "struct_size") || WITHOUT_INIT.contains(&block.name.as_str()) {
        return String::new();
    }
    let zeros: Vec<&str> = fields[1..].iter().map(|field| if field.is_pointer() { "NULL" } else { "0" }).collect();
    format!(
        "\n/** An {name} of this version of the header, everything at its default. */\n\
         #define {upper}_INIT {{(uint32_t)sizeof({name}), {zeros}}}\n",
        name = block.name,
        upper = block.name.to_uppercase(),
        zeros = zeros.join(", ")
    )
}

/// The version macros, from the manifest.
fn versions(root: &Path) -> Result<String, String> {
    let manifest = read(root, "Cargo.toml")?;
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .ok_or("Cargo.toml has no version")?;
    let numbers: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    let [major, minor, patch] = numbers[..] else { return Err(format!("{version} is not three numbers")) };
    Ok(format!(
        "\n/** The version of this header. */\n\
         #define ONDES_VERSION_MAJOR {major}\n\
         #define ONDES_VERSION_MINOR {minor}\n\
         #define ONDES_VERSION_PATCH {patch}\n\
         #define ONDES_VERSION_STRING \"{version}\"\n\
         /** The version of this header as one number, for #if: major * 1000000 + minor * 1000 + patch. */\n\
         #define ONDES_VERSION_NUMBER {}\n",
        major * 1_000_000 + minor * 1000 + patch
    ))
}
