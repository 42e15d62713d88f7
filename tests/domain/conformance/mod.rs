//! The same results as in every other language: `tests/conformance/README.md`.

mod calls;
mod input;

use std::collections::BTreeMap;

use serde_json::Value;

use super::common::{Scratch, data};

/// What a case gives, as text under the names of the case.
type Got = BTreeMap<String, String>;

/// Numbers that are compared with a tolerance.
const NUMBERS: [&str; 8] =
    ["integrated", "range", "max_momentary", "max_short_term", "sample_peak", "true_peak", "rms", "peak"];

#[test]
fn cases_give_what_they_must() {
    let text = std::fs::read_to_string(data("../conformance/cases.json")).expect("the cases are there");
    let file: Value = serde_json::from_str(&text).expect("the cases are JSON");
    let cases = file["cases"].as_array().expect("a list of cases");
    assert!(cases.len() > 200, "only {} cases", cases.len());
    let folder = Scratch::new("conformance");
    let only = std::env::var("ONDES_ONLY").unwrap_or_default();
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|case| name(case).contains(&only) && calls::is_possible(case)) {
        let got = calls::run(case, &folder);
        wrong.extend(differences(&case["expect"], &got).into_iter().map(|line| format!("{}: {line}", name(case))));
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn name(case: &Value) -> &str {
    case["name"].as_str().expect("a case has a name")
}

fn flat(value: &Value, name: &str, into: &mut Got) {
    let inner = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, part)| flat(part, &inner(key), into)),
        Value::Array(list) => list.iter().enumerate().for_each(|(at, part)| flat(part, &inner(&at.to_string()), into)),
        Value::String(text) => drop(into.insert(name.to_owned(), text.clone())),
        other => drop(into.insert(name.to_owned(), other.to_string())),
    }
}

/// Each field that is not as it should be.
fn differences(expect: &Value, got: &Got) -> Vec<String> {
    let mut wanted = Got::new();
    flat(expect, "", &mut wanted);
    let tolerance = wanted.remove("tolerance").map_or(0.0, |text| number(&text));
    let mut wrong = Vec::new();
    for (name, expected) in &wanted {
        let found = got.get(name).map_or("nothing", String::as_str);
        if !fits(name, expected, found, tolerance) {
            wrong.push(format!("{name}: expected {expected}, got {found}{}", because(name, got)));
        }
    }
    for (name, found) in got.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
        let (list, last) = name.rsplit_once('.').unwrap_or(("", name));
        let is_more = last.parse::<usize>().is_ok() && expect.get(list).is_some_and(Value::is_array);
        if last == "status" || is_more {
            wrong.push(format!("{name}: expected nothing, got {found}{}", because(name, got)));
        }
    }
    wrong
}

fn fits(name: &str, expected: &str, found: &str, tolerance: f64) -> bool {
    let last = name.rsplit('.').find(|part| part.parse::<usize>().is_err()).unwrap_or("");
    match last {
        "text" | "warning" => found.contains(expected),
        last if NUMBERS.contains(&last) && found != "nothing" => {
            let (a, b) = (number(expected), number(found));
            a == b || (a - b).abs() <= tolerance || (a.is_nan() && b.is_nan())
        }
        _ => expected == found,
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

/// The message of what failed.
fn because(name: &str, got: &Got) -> String {
    let text = name.strip_suffix("status").and_then(|error| got.get(&format!("{error}text")));
    text.map_or_else(String::new, |text| format!(": {text}"))
}

#[test]
fn a_difference_is_told() {
    let told = |expect: &str, got: &[(&str, &str)]| {
        let got = got.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        differences(&serde_json::from_str(expect).expect("JSON"), &got)
    };
    assert_eq!(
        told(r#"{"frames": 3, "rms": [1.0]}"#, &[("frames", "2"), ("rms.0", "1.1")]),
        ["frames: expected 3, got 2", "rms.0: expected 1.0, got 1.1"]
    );
    assert_eq!(
        told("{}", &[("error.status", "IO"), ("error.text", "why")]),
        ["error.status: expected nothing, got IO: why"]
    );
    assert_eq!(
        told(r#"{"texts": ["a"]}"#, &[("texts.0", "a"), ("texts.1", "b")]),
        ["texts.1: expected nothing, got b"]
    );
    assert!(told(r#"{"rms": [1.0], "tolerance": 0.2}"#, &[("rms.0", "1.1")]).is_empty());
}
