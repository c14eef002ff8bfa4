//! Plugins in C compile from the header alone; the example works under a host in C.

use std::path::{Path, PathBuf};
use std::process::Command;

const STRICT: [&str; 7] = [
    "-std=c99",
    "-pedantic",
    "-O1",
    "-Wall",
    "-Wextra",
    "-Werror",
    // The defective libraries share more than each of them uses.
    "-Wno-unused-function",
];

fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// Runs the C compiler; what it says when it fails, `None` without a compiler.
fn cc(arguments: &[&str], sources: &[PathBuf], output: &Path) -> Option<Result<(), String>> {
    let mut command = Command::new("cc");
    command.args(STRICT).args(arguments).arg("-I").arg(crate_dir().join("include"));
    let Ok(done) = command.args(sources).arg("-o").arg(output).output() else {
        println!("skipped: there is no cc");
        return None;
    };
    let complaint = String::from_utf8_lossy(&done.stderr).into_owned();
    Some(if done.status.success() { Ok(()) } else { Err(complaint) })
}

#[test]
fn every_library_compiles_without_a_warning() {
    let mut sources = vec![crate_dir().join("../examples/delta.c")];
    for entry in std::fs::read_dir(crate_dir().join("../testing/bad-libraries")).unwrap() {
        let path = entry.unwrap().path();
        sources.extend(path.extension().is_some_and(|end| end == "c").then_some(path));
    }
    assert!(sources.len() > 20);
    let dir = scratch("libraries");
    for source in sources {
        let library = dir.join(source.file_stem().unwrap()).with_extension("so");
        let shared = ["-fPIC", "-shared", "-fvisibility=hidden"];
        match cc(&shared, std::slice::from_ref(&source), &library) {
            None => return,
            Some(result) => result.unwrap_or_else(|error| panic!("{}: {error}", source.display())),
        }
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn the_example_in_c_round_trips_under_a_host_in_c() {
    let dir = scratch("driver");
    let program = dir.join("driver");
    let sources = [crate_dir().join("tests/driver.c"), crate_dir().join("../examples/delta.c")];
    // With the sanitizers where the compiler has them.
    let checked = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    match cc(&checked, &sources, &program) {
        None => return,
        Some(Ok(())) => {}
        Some(Err(_)) => {
            println!("the sanitizers are absent");
            cc(&[], &sources, &program).unwrap().unwrap();
        }
    }
    let output = Command::new(&program).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    std::fs::remove_dir_all(dir).unwrap();
}
