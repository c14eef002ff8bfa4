//! Tells the harness what it was built from and with.

use std::process::Command;

fn main() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    println!("cargo::rustc-env=PRESSMARK_RUSTC={}", first_line(&rustc, &["--version"]));
    let revision = first_line("git", &["describe", "--always", "--dirty", "--abbrev=12"]);
    println!("cargo::rustc-env=PRESSMARK_GIT_REVISION={revision}");
    println!("cargo::rerun-if-changed=build.rs");
    if std::path::Path::new("../.git/logs/HEAD").exists() {
        println!("cargo::rerun-if-changed=../.git/logs/HEAD");
    }
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    Command::new(program)
        .args(arguments)
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| {
            Some(String::from_utf8_lossy(&output.stdout).lines().next()?.to_string())
        })
        .unwrap_or_default()
}
