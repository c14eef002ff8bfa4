//! The header, its Rust mirror and the released layout are the same, to the byte.

use std::mem::{offset_of, size_of};
use std::path::{Path, PathBuf};
use std::process::Command;

use pressmark_abi::*;

/// One line of the dump: how the C compiler computes it, and what the mirror says.
struct Line {
    name: String,
    c: String,
    mirror: String,
}

/// Lines for the size of a struct, and the offset and size of each of its fields.
macro_rules! layout {
    ($lines:ident, $($c:ident = $rust:ident { $($field:ident),+ $(,)? })+) => {$(
        let c = stringify!($c);
        $lines.push(Line {
            name: format!("sizeof {c}"),
            c: format!("(long long)sizeof({c})"),
            mirror: size_of::<$rust>().to_string(),
        });
        $({
            let field = stringify!($field);
            $lines.push(Line {
                name: format!("offsetof {c}.{field}"),
                c: format!("(long long)offsetof({c}, {field})"),
                mirror: offset_of!($rust, $field).to_string(),
            });
            $lines.push(Line {
                name: format!("sizeof {c}.{field}"),
                c: format!("(long long)sizeof((({c} *)0)->{field})"),
                mirror: size_of_field(|value: &$rust| &raw const value.$field).to_string(),
            });
        })+
    )+};
}

/// The size of the field that `place` points out, without a value.
fn size_of_field<T, F>(_place: fn(&T) -> *const F) -> usize {
    size_of::<F>()
}

macro_rules! numbers {
    ($lines:ident, $($c:ident = $rust:ident),+ $(,)?) => {$(
        $lines.push(Line {
            name: stringify!($c).into(),
            c: format!("(long long){}", stringify!($c)),
            mirror: i128::from($rust).to_string(),
        });
    )+};
}

macro_rules! texts {
    ($($c:ident = $rust:ident),+ $(,)?) => {
        vec![$(Line {
            name: stringify!($c).into(),
            c: stringify!($c).into(),
            mirror: $rust.to_str().unwrap().into(),
        }),+]
    };
}

fn lines() -> (Vec<Line>, Vec<Line>) {
    let mut numbers = Vec::new();
    layout! { numbers,
        pm_bytes = PmBytes { ptr, len }
        pm_str = PmStr { ptr, len }
        pm_host = PmHost {
            struct_size, abi_major, abi_minor, ctx, alloc, alloc_zeroed, realloc, free, write,
            reserve, commit, add_span, add_key, log, set_error, progress, metric, channel, series,
            option_int, option_float, option_str, seed, memory_limit, max_threads, reserved0,
            get_extension,
        }
        pm_option_spec = PmOptionSpec {
            name, doc, unit, kind, choice_count, int_default, int_min, int_max, float_default,
            float_min, float_max, text_default, choices,
        }
        pm_strategy = PmStrategy {
            struct_size, format_version, capabilities, id, name, version, license, vendor, doc,
            option_count, option_size, options, interfaces, create, destroy, get_interface,
        }
        pm_plugin = PmPlugin {
            magic, struct_size, abi_major, abi_minor, id, version, build_id, strategy_count,
            reserved0, strategy,
        }
        pm_codec = PmCodec { struct_size, reserved0, encode, decode, bound }
        pm_stream = PmStream { struct_size, reserved0, begin, push, finish }
        pm_prime = PmPrime { struct_size, reserved0, prime }
        pm_trainable = PmTrainable { struct_size, reserved0, train, load }
        pm_model = PmModel { struct_size, reserved0, code_length, symbol_costs }
        pm_compact = PmCompact { struct_size, reserved0, compact }
        pm_access = PmAccess { key, size, turn, kind, reserved0 }
        pm_cache = PmCache { struct_size, reserved0, reset, begin_turn, access, access_batch }
        pm_explain = PmExplain { struct_size, reserved0, explain }
        pm_page = PmPage { text, role, tool, turn, tokens }
        pm_pack = PmPack { struct_size, reserved0, pack }
    }
    numbers! { numbers,
        PM_MAGIC = MAGIC,
        PM_ABI_MAJOR = ABI_MAJOR,
        PM_ABI_MINOR = ABI_MINOR,
        PM_OK = OK,
        PM_ERR_FAILED = ERR_FAILED,
        PM_ERR_BAD_INPUT = ERR_BAD_INPUT,
        PM_ERR_NO_MEMORY = ERR_NO_MEMORY,
        PM_ERR_UNSUPPORTED = ERR_UNSUPPORTED,
        PM_ERR_BAD_OPTION = ERR_BAD_OPTION,
        PM_ERR_CANCELLED = ERR_CANCELLED,
        PM_ERR_PANIC = ERR_PANIC,
        PM_ERR_SINK = ERR_SINK,
        PM_ERR_BAD_CALL = ERR_BAD_CALL,
        PM_OPTION_BOOL = OPTION_BOOL,
        PM_OPTION_INT = OPTION_INT,
        PM_OPTION_FLOAT = OPTION_FLOAT,
        PM_OPTION_CHOICE = OPTION_CHOICE,
        PM_OPTION_SET = OPTION_SET,
        PM_OPTION_TEXT = OPTION_TEXT,
        PM_CAP_LOSSLESS = CAP_LOSSLESS,
        PM_CAP_DETERMINISTIC = CAP_DETERMINISTIC,
        PM_CAP_CONCURRENT = CAP_CONCURRENT,
        PM_CAP_THREADS = CAP_THREADS,
        PM_CAP_HOST_MEMORY = CAP_HOST_MEMORY,
        PM_STREAM_ENCODE = STREAM_ENCODE,
        PM_STREAM_DECODE = STREAM_DECODE,
        PM_BUDGET_BYTES = BUDGET_BYTES,
        PM_BUDGET_TOKENS = BUDGET_TOKENS,
        PM_ACCESS_READ = ACCESS_READ,
        PM_ACCESS_WRITE = ACCESS_WRITE,
        PM_ACCESS_TOOL = ACCESS_TOOL,
        PM_PACK_STRICT = PACK_STRICT,
        PM_PACK_RELAXED = PACK_RELAXED,
        PM_PACK_PASSIVE = PACK_PASSIVE,
    }
    let texts = texts! {
        PM_ENTRY_SYMBOL = ENTRY_SYMBOL,
        PM_CODEC_1 = CODEC_1,
        PM_STREAM_1 = STREAM_1,
        PM_PRIME_1 = PRIME_1,
        PM_TRAINABLE_1 = TRAINABLE_1,
        PM_MODEL_1 = MODEL_1,
        PM_COMPACT_1 = COMPACT_1,
        PM_CACHE_1 = CACHE_1,
        PM_DRAFT_EXPLAIN = DRAFT_EXPLAIN,
        PM_DRAFT_PACK_1 = DRAFT_PACK_1,
    };
    (numbers, texts)
}

/// What the mirror says, one `name value` a line.
fn dump() -> String {
    let (numbers, texts) = lines();
    numbers.iter().chain(&texts).map(|line| format!("{} {}\n", line.name, line.mirror)).collect()
}

fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A scratch directory of this test process.
fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// What a compiler, told to be strict, makes the header say; `None` without the compiler.
fn compiled(compiler: &str, standard: &str, extension: &str) -> Option<String> {
    if Command::new(compiler).arg("--version").output().is_err() {
        println!("skipped: there is no {compiler}");
        return None;
    }
    let (numbers, texts) = lines();
    let print = |(format, lines): (&str, &Vec<Line>)| -> String {
        lines.iter().map(|l| format!("  printf(\"{} {format}\\n\", {});\n", l.name, l.c)).collect()
    };
    let body: String = [("%lld", &numbers), ("%s", &texts)].into_iter().map(print).collect();
    let source = format!(
        "#include \"pressmark.h\"\n#include <stdio.h>\nint main(void) {{\n{body}  return 0;\n}}\n"
    );
    let dir = scratch(extension);
    let (file, program) = (dir.join(format!("layout.{extension}")), dir.join("layout"));
    std::fs::write(&file, source).unwrap();
    let built = Command::new(compiler)
        .args([standard, "-pedantic", "-Wall", "-Wextra", "-Werror", "-Wno-long-long", "-I"])
        .arg(crate_dir().join("include"))
        .arg(&file)
        .arg("-o")
        .arg(&program)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let output = Command::new(&program).output().unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn mirror_and_header_agree_in_c99() {
    if let Some(header) = compiled("cc", "-std=c99", "c") {
        assert_eq!(header, dump());
    }
}

#[test]
fn mirror_and_header_agree_in_cpp() {
    if let Some(header) = compiled("c++", "-std=c++11", "cc") {
        assert_eq!(header, dump());
    }
}

#[test]
#[cfg(target_pointer_width = "64")]
fn the_layout_is_the_released_one() {
    let released = std::fs::read_to_string(crate_dir().join("layout-1.0.txt")).unwrap();
    assert_eq!(dump(), released, "1.0 is frozen: grow tables at the tail in a new minor version");
}

#[test]
fn fields_fill_their_structs_without_padding() {
    let (numbers, _) = lines();
    let value = |line: &Line| line.mirror.parse::<usize>().unwrap();
    let mut ends: Vec<(String, usize, usize)> = Vec::new();
    for line in &numbers {
        match line.name.split_once(' ') {
            Some(("sizeof", name)) if !name.contains('.') => {
                ends.push((name.into(), value(line), 0));
            }
            Some(("offsetof", name)) => {
                let end = &ends.last().unwrap().2;
                assert_eq!(value(line), *end, "a gap, or a field left out, before {name}");
            }
            Some(("sizeof", _)) => ends.last_mut().unwrap().2 += value(line),
            _ => {}
        }
    }
    assert_eq!(ends.len(), 17);
    for (name, size, end) in ends {
        assert_eq!(size, end, "a field of {name} is left out, or its tail is padding");
    }
}

#[test]
fn every_constant_and_struct_of_the_header_is_compared() {
    let dump = dump();
    for line in HEADER.lines() {
        let define = line.strip_prefix("#define PM_").and_then(|rest| rest.split(' ').next());
        if let Some(name) = define.filter(|name| *name != "EXPORT") {
            assert!(dump.contains(&format!("PM_{name} ")), "PM_{name}");
        }
        let table = line.strip_prefix("typedef struct ").and_then(|rest| rest.strip_suffix(" {"));
        if let Some(name) = table {
            assert!(dump.contains(&format!("sizeof {name} ")), "{name}");
        }
    }
}
