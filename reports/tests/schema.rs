//! The published schema and what is written agree in both directions.

mod common;

use pressmark_reports::Record;
use pressmark_reports::record::{CharUnit, PrimeMethod, Protocol, State, Task};
use serde_json::{Map, Value};

fn schema() -> Value {
    serde_json::from_str(include_str!("../schema/record-1.json")).expect("the schema is JSON")
}

/// Checks `value` against the part of JSON Schema that the file uses; returns
/// one line per difference. Properties the schema does not name are differences
/// too: whatever is written must be published.
fn differences(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut require = |ok: bool, what: String| {
        if !ok {
            found.push(format!("{at}: {what}"));
        }
    };
    if let Some(constant) = schema.get("const") {
        require(constant == value, format!("is not {constant}"));
    }
    if let Some(allowed) = schema.get("enum") {
        require(allowed.as_array().unwrap().contains(value), format!("{value} is not allowed"));
    }
    if let Some(types) = schema.get("type") {
        let types = match types {
            Value::Array(types) => types.clone(),
            one => vec![one.clone()],
        };
        require(
            types.iter().any(|t| has_type(value, t.as_str().unwrap())),
            format!("{value} is not {types:?}"),
        );
    }
    if let (Some(least), Some(x)) = (schema.get("minimum"), value.as_f64()) {
        require(x >= least.as_f64().unwrap(), format!("{x} is below {least}"));
    }
    if let Some(items) = value.as_array() {
        let n = items.len() as u64;
        require(schema.get("minItems").is_none_or(|m| n >= m.as_u64().unwrap()), "too few".into());
        require(schema.get("maxItems").is_none_or(|m| n <= m.as_u64().unwrap()), "too many".into());
        for (i, item) in items.iter().enumerate() {
            found.extend(differences(&schema["items"], item, &format!("{at}[{i}]")));
        }
    }
    if let Some(object) = value.as_object() {
        let empty = Map::new();
        let named = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            let name = name.as_str().unwrap();
            if !object.contains_key(name) {
                found.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, value) in object {
            let at = format!("{at}.{name}");
            match (named.get(name), &schema["additionalProperties"]) {
                (Some(schema), _) | (None, schema @ Value::Object(_)) => {
                    found.extend(differences(schema, value, &at));
                }
                (None, _) if named.is_empty() => {}
                (None, _) => found.push(format!("{at}: is not in the schema")),
            }
        }
    }
    found
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the schema uses a type this test does not know: {other}"),
    }
}

#[test]
fn every_record_validates_and_says_nothing_unpublished() {
    let mut records = common::experiment();
    records.push(Record { key: "ff".into(), ..Record::default() });
    for record in records {
        let value = serde_json::to_value(&record).unwrap();
        assert_eq!(differences(&schema(), &value, "record"), Vec::<String>::new());
    }
}

#[test]
fn every_published_property_is_written_and_read() {
    let schema = schema();
    let written = serde_json::to_value(Record::default()).unwrap();
    for (name, property) in schema["properties"].as_object().unwrap() {
        assert!(written.get(name).is_some(), "{name} is published but not written");
        assert!(property.get("description").is_some(), "{name} has no description");
        assert!(
            schema["required"].as_array().unwrap().iter().any(|r| r == name),
            "{name} is always written, so it is required"
        );
        for nested in property.get("properties").and_then(Value::as_object).into_iter().flatten() {
            assert!(written[name].get(nested.0).is_some(), "{name}.{} is not written", nested.0);
        }
    }
}

#[test]
fn the_check_itself_finds_faults() {
    let mut value = serde_json::to_value(&common::experiment()[0]).unwrap();
    value["state"] = "fine".into();
    value["encoded_bytes"] = (-1).into();
    value["extra"] = 1.into();
    value["dataset"].as_object_mut().unwrap().remove("bytes");
    value["series"]["memory_curve"][0] = serde_json::json!([1.0]);
    let found = differences(&schema(), &value, "record");
    assert_eq!(found.len(), 5, "{found:?}");
}

#[test]
fn enums_list_the_same_values() {
    let check = |name: &str, values: Vec<&str>| {
        let published = schema()["properties"][name]["enum"].clone();
        let published: Vec<&str> =
            published.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(published, values, "{name}");
    };
    check("state", State::ALL.iter().map(|v| v.as_str()).collect());
    check("task", Task::ALL.iter().map(|v| v.as_str()).collect());
    check("protocol", Protocol::ALL.iter().map(|v| v.as_str()).collect());
    check("prime_method", PrimeMethod::ALL.iter().map(|v| v.as_str()).collect());
    check("char_unit", CharUnit::ALL.iter().map(|v| v.as_str()).collect());
}

#[test]
fn a_missing_value_is_null_and_reads_back_missing() {
    let record = Record { key: "0a".into(), ..Record::default() };
    let value = serde_json::to_value(&record).unwrap();
    for name in ["encoded_bytes", "bits_per_char", "encode_mb_per_s", "signal", "prime_method"] {
        assert_eq!(value[name], Value::Null, "{name}");
    }
    assert_eq!(serde_json::from_value::<Record>(value).unwrap(), record);
}

#[test]
fn a_later_field_does_not_stop_an_earlier_reader() {
    let mut value = serde_json::to_value(&common::experiment()[0]).unwrap();
    value["added_later"] = serde_json::json!({"a": 1});
    assert_eq!(serde_json::from_value::<Record>(value).unwrap(), common::experiment()[0]);
}
