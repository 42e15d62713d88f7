//! Reads the C declarations of our own header: regular, as cbindgen writes them.

/// A member of a struct or a parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its type, "const char *"; a function pointer's is "callback".
    pub kind: String,
    pub name: String,
    /// What a function pointer points to.
    pub callback: Option<Callback>,
}

/// The type of a function that is called back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    pub result: String,
    pub parameters: Vec<Field>,
}

impl Field {
    pub fn is_pointer(&self) -> bool {
        self.kind.ends_with('*') || self.is_callback()
    }

    pub fn is_callback(&self) -> bool {
        self.kind == "callback" || self.kind.ends_with("_fn")
    }
}

/// A function of the header.
#[derive(Debug)]
pub struct Function {
    pub result: String,
    pub name: String,
    pub parameters: Vec<Field>,
}

/// A struct with visible members.
#[derive(Debug)]
pub struct Struct {
    pub name: String,
    pub fields: Vec<Field>,
}

/// One enumerator, with its comment.
#[derive(Debug)]
pub struct Value {
    pub name: String,
    pub number: i64,
    pub comment: String,
}

/// The header without comments, declaration by declaration.
pub fn declarations(header: &str) -> Vec<String> {
    without_comments(header)
        .split("\n\n")
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|text| !text.is_empty())
        .collect()
}

/// The functions of the header, in order.
pub fn functions(header: &str) -> Vec<Function> {
    declarations(header)
        .iter()
        .filter(|text| text.ends_with(");") && !text.starts_with("typedef") && !text.starts_with('#'))
        .filter_map(|text| {
            let (head, parameters) = text.trim_end_matches(");").split_once('(')?;
            let Field { kind, name, .. } = field(head)?;
            Some(Function { result: kind, name, parameters: parameter_list(parameters) })
        })
        .collect()
}

/// The structs of the header that show their members.
pub fn structs(header: &str) -> Vec<Struct> {
    declarations(header)
        .iter()
        .filter(|text| text.starts_with("typedef struct") && text.contains('{'))
        .filter_map(|text| Some(Struct { name: declared_name(text)?.to_owned(), fields: fields(text) }))
        .collect()
}

/// The function pointer types that have names of their own.
pub fn callbacks(header: &str) -> Vec<Field> {
    declarations(header)
        .iter()
        .filter(|text| text.contains("(*") && !text.contains('{'))
        .filter_map(|text| field(text.strip_prefix("typedef ")?.strip_suffix(';')?))
        .filter(Field::is_callback)
        .collect()
}

/// The types whose members are hidden.
pub fn opaque(header: &str) -> Vec<String> {
    declarations(header)
        .iter()
        .filter(|text| text.starts_with("typedef struct") && !text.contains('{'))
        .filter_map(|text| Some(declared_name(text)?.to_owned()))
        .collect()
}

/// The enumerations: the name of each with its enumerators' names and numbers.
pub fn enums(header: &str) -> Vec<(String, Vec<(String, i64)>)> {
    declarations(header)
        .iter()
        .filter_map(|text| {
            let (name, body) = text.strip_prefix("enum ")?.split_once('{')?;
            let values = body.split(',').filter_map(|value| {
                let (name, number) = value.split_once('=')?;
                Some((name.trim().to_owned(), number.trim().trim_end_matches(['}', ';']).trim().parse().ok()?))
            });
            Some((name.trim().to_owned(), values.collect()))
        })
        .collect()
}

/// The constants that are whole numbers.
pub fn constants(header: &str) -> Vec<(String, u64)> {
    header
        .lines()
        .filter_map(|line| {
            let (name, value) = line.strip_prefix("#define ")?.split_once(' ')?;
            let number = match value.trim() {
                "UINT64_MAX" => u64::MAX,
                "UINT32_MAX" => u32::MAX.into(),
                value => value.parse().ok()?,
            };
            Some((name.to_owned(), number))
        })
        .collect()
}

/// The enumerators whose names begin with `prefix`.
pub fn values(header: &str, prefix: &str) -> Vec<Value> {
    let mut comment = String::new();
    let mut values = Vec::new();
    for line in header.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("/** ").and_then(|line| line.strip_suffix(" */")) {
            comment = text.to_owned();
        } else if let Some((name, number)) = line.strip_suffix(',').and_then(|line| line.split_once(" = "))
            && let (true, Ok(number)) = (name.starts_with(prefix), number.parse())
        {
            values.push(Value { name: name.to_owned(), number, comment: std::mem::take(&mut comment) });
        }
    }
    values
}

/// The name that a declaration (with or without a comment) declares.
pub fn declared_name(text: &str) -> Option<&str> {
    let code = text.rfind("*/\n").filter(|_| text.starts_with("/*")).map_or(text, |_| {
        // The comment in front ends at the first "*/"; members have comments too.
        text.split_once("*/\n").map_or(text, |(_, code)| code)
    });
    let code = code.trim_start();
    for keyword in ["#define ", "typedef struct ", "enum "] {
        if let Some(rest) = code.strip_prefix(keyword) {
            return rest.split(|c: char| !c.is_alphanumeric() && c != '_').next();
        }
    }
    let head = code.split_once('(')?.0;
    if code.starts_with('#') || code.starts_with("extern") {
        return None;
    }
    if code.starts_with("typedef") {
        let name = code.split_once("(*")?.1;
        return name.split_once(')').map(|(name, _)| name);
    }
    head.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next()
}

/// The members of a struct's declaration.
pub fn fields(text: &str) -> Vec<Field> {
    if !text.contains("typedef struct") {
        return Vec::new();
    }
    let text = without_comments(text);
    let Some((_, body)) = text.split_once('{') else { return Vec::new() };
    let Some((body, _)) = body.rsplit_once('}') else { return Vec::new() };
    body.split(';').filter_map(field).collect()
}

/// A member or parameter: "const char *name", or a function pointer "int (*name)(...)".
fn field(text: &str) -> Option<Field> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text == "void" {
        return None;
    }
    if let Some((result, rest)) = text.split_once("(*") {
        let (name, rest) = rest.split_once(')')?;
        let parameters = rest.trim().trim_start_matches('(').trim_end_matches(')');
        let callback = Callback { result: result.trim().to_owned(), parameters: parameter_list(parameters) };
        return Some(Field { kind: "callback".to_owned(), name: name.to_owned(), callback: Some(callback) });
    }
    let at = text.rfind(|c: char| !c.is_alphanumeric() && c != '_')? + 1;
    let (kind, name) = text.split_at(at);
    Some(Field { kind: kind.trim().to_owned(), name: name.to_owned(), callback: None })
}

fn parameter_list(text: &str) -> Vec<Field> {
    split_parameters(text).iter().filter_map(|p| field(p)).collect()
}

/// Parts parameters at commas that are not inside a function pointer's.
fn split_parameters(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((code, comment)) = rest.split_once("/*") {
        out += code;
        rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
    }
    out + rest
}
