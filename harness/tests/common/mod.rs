//! What the command's tests share: the built programs and plugins, and a folder to work in.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// Folder of the built programs and libraries.
pub fn build_dir() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_pressmark"));
    program.parent().expect("a program stands in a folder").to_path_buf()
}

/// A library that `cargo build` made.
pub fn library(name: &str) -> PathBuf {
    let path = build_dir().join(format!("lib{name}.so"));
    assert!(
        path.is_file(),
        "{} is missing: run `cargo build` before `cargo test`, so that plugins and worker are built",
        path.display()
    );
    path
}

/// `../shared` beside the repository, or none with a word about it.
pub fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent", path.display());
    None
}

/// A folder to work in, with a plugin folder of its own.
pub struct Bench {
    dir: TempDir,
}

impl Bench {
    /// With the libraries named, in `plugins/`.
    pub fn new(libraries: &[&str]) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("plugins")).unwrap();
        for name in libraries {
            let library = library(name);
            let target = dir.path().join("plugins").join(library.file_name().unwrap());
            std::fs::copy(library, target).unwrap();
        }
        Bench { dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The command, in this folder and with its plugins.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pressmark"));
        command
            .current_dir(self.dir.path())
            .env_remove("PRESSMARK_PLUGIN_PATH")
            .env("NO_COLOR", "1")
            .args(["--plugin-dir", "plugins"])
            .args(arguments);
        command
    }

    /// Runs the command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::new(self.command(arguments).output().unwrap())
    }

    /// Records of a run in this folder.
    pub fn records(&self, run: &str) -> Vec<Value> {
        let path = self.path(run).join("results.jsonl");
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Compiles a C file into `plugins/`.
    pub fn compile(&self, source: &Path, name: &str) {
        let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/abi/include");
        let status = Command::new("cc")
            .args(["-std=c99", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-w"])
            .arg("-I")
            .arg(include)
            .arg("-o")
            .arg(self.path("plugins").join(name))
            .arg(source)
            .status()
            .expect("a C compiler, as Rust itself needs one to link");
        assert!(status.success(), "{} does not compile", source.display());
    }
}

/// A command that ended.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn new(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Panics with everything printed unless the exit code is this one.
    #[track_caller]
    pub fn expect(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Panics unless standard error says all of this.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Ran {
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in stderr:\n{}", self.err);
        }
        self
    }
}
